import { type Document, line, toned } from "../../output/document.ts";
import type { DemoStory } from "./demo-steps.ts";

/** One step as it happened. */
export interface DemoStep {
  readonly title: string;
  /** As a person would type it. */
  readonly command: string;
  readonly exitCode: number;
  readonly output: string;
}

export interface DemoReport {
  readonly steps: readonly DemoStep[];
  /** Time until the database was ready, and in all. */
  readonly startSeconds: number;
  readonly seconds: number;
}

/** What the demo is about, before the first step. */
export function demoIntroduction(url: string, startSeconds: number, { jobId, user }: DemoStory): Document {
  return [
    line(toned("vidops demo", "strong")),
    line(
      `A Postgres with Supabase's API runs at ${url}, started in ${startSeconds.toFixed(1)} s. It is thrown away at the end. SUPABASE_URL, SUPABASE_SECRET_KEY and VIDOPS_ADMIN are set to it.`,
    ),
    line(`Job ${jobId} of ${user} failed, but its credits were taken.`),
  ];
}

/** One step: what for, what was typed, what came back. */
export function demoStepView(step: DemoStep, number: number): Document {
  return [
    line(),
    line(toned(`${number}. ${step.title}`, "strong")),
    line(toned(`$ ${step.command}`, "quiet")),
    ...step.output
      .trimEnd()
      .split("\n")
      .map((text) => line(text)),
    ...(step.exitCode === 0 ? [] : [line(toned(`(exit code ${step.exitCode})`, "quiet"))]),
  ];
}

/** The last line. */
export function demoEnd({ steps, seconds, startSeconds }: DemoReport): Document {
  const total = `${seconds.toFixed(1)} s in all, ${startSeconds.toFixed(1)} s of it to start the database`;
  return [line(), line(toned(`Done: ${steps.length} steps, ${total}. Nothing is left behind.`, "good"))];
}

/** The transcript as JSON data. */
export function demoData({ steps, seconds, startSeconds }: DemoReport): Record<string, unknown> {
  return {
    steps: steps.map((step) => ({
      title: step.title,
      command: step.command,
      exit_code: step.exitCode,
      output: step.output,
    })),
    start_seconds: startSeconds,
    seconds,
  };
}
