import type { LocalStack } from "@vidops/local";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { loadLocal, localError } from "../local/load-local.ts";
import type { DemoReport, DemoStep } from "./demo.view.ts";
import { demoIntroduction, demoStepView } from "./demo.view.ts";
import { appSteps } from "./demo-app.ts";
import { type DemoStory, demoSteps, type StepPlan } from "./demo-steps.ts";
import { runSelf } from "./run-self.ts";

/**
 * Runs the demo: starts a stack, lets this same program do each step as a child process, and tells it as it goes
 * along (with --json at the end).
 * @throws CommandError when a step does not end as it should: the demo is a smoke test, too.
 */
export async function runDemo(session: CommandSession): Promise<DemoReport> {
  const { context, output } = session;
  const stop = new AbortController();
  using _guard = context.interruptions.guard(() => stop.abort());
  const { startLocal } = await loadLocal(context.cwd);
  const started = context.now().getTime();
  const seconds = (): number => (context.now().getTime() - started) / 1000;
  const tell =
    output.format === "json"
      ? async () => {}
      : (document: Parameters<typeof output.result>[0]["document"]) =>
          output.result({ data: null, document });
  const steps: DemoStep[] = [];
  let startSeconds = 0;
  try {
    await using stack = await startLocal({
      ephemeral: true,
      port: 0,
      dbPort: 0,
      seed: "demo",
      functions: { pace: { seconds: 0.3 }, onLine: () => {} },
      announce: false,
      signal: stop.signal,
      onProgress: (message) => output.note({ text: message, tone: "quiet" }),
    });
    startSeconds = seconds();
    // What functions run in starts while the first steps are taken.
    const warm = fetch(`${stack.functionsUrl}/get-models`, { signal: stop.signal }).catch(() => {});
    const story = await findStory(stack, stop.signal);
    await tell(demoIntroduction(stack.url, startSeconds, story));
    for (const plan of demoSteps(story)) {
      const step = await perform(plan, stack, session, stop.signal);
      steps.push(step);
      await tell(demoStepView(step, steps.length));
      if (step.exitCode !== plan.exitCode) throw unexpectedStep(step, plan);
    }
    await warm;
    const ofOperators = steps.length;
    for await (const done of appSteps(stack, stop.signal)) {
      const step = { ...done, exitCode: 0 };
      steps.push(step);
      await tell(demoStepView(step, steps.length));
    }
    if (steps.length === ofOperators) output.note(appLeftOut);
  } catch (error) {
    if (stop.signal.aborted)
      throw new CommandError("CLI_INTERRUPTED", "Interrupted; the database is gone again.");
    throw localError(error);
  }
  return { steps, startSeconds, seconds: seconds() };
}

const appLeftOut =
  "The app's side is left out: it runs where a project has supabase/functions and the npm package deno is installed.";

async function perform(
  plan: StepPlan,
  stack: LocalStack,
  { context }: CommandSession,
  signal: AbortSignal,
): Promise<DemoStep> {
  if ("request" in plan) {
    const answer = await request(stack, plan.request, signal);
    const command = `curl "$SUPABASE_URL${plan.request}" -H "apikey: $SUPABASE_SECRET_KEY"`;
    return {
      title: plan.title,
      command,
      exitCode: 0,
      output: `${JSON.stringify(answer)}\n`,
    };
  }
  const env = {
    SUPABASE_URL: stack.url,
    SUPABASE_SECRET_KEY: stack.secretKey,
    VIDOPS_ADMIN: stack.admin.email,
  };
  const { exitCode, output } = await runSelf(context, plan.arguments, env, signal);
  return { title: plan.title, command: plan.command, exitCode, output };
}

/** A job that failed although it was charged, newest first: the usual reason of a refund. */
async function findStory(stack: LocalStack, signal: AbortSignal): Promise<DemoStory> {
  const query =
    "/rest/v1/video_jobs?select=job_id,user_id,credits_used&status=eq.failed&credits_used=gt.1&credits_refunded=eq.0&order=created_at.desc&limit=1";
  const [job] = await request(stack, query, signal);
  if (!job) throw new CommandError("CLI_UNEXPECTED", "The demo data has no failed job that was charged.");
  const [user] = await request(stack, `/rest/v1/users?select=email&id=eq.${job.user_id}`, signal);
  return { jobId: String(job.job_id), user: String(user?.email ?? job.user_id) };
}

async function request(
  stack: LocalStack,
  path: string,
  signal: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${stack.url}${path}`, { headers: { apikey: stack.secretKey }, signal });
  if (!response.ok)
    throw new CommandError("CLI_UNEXPECTED", `The demo's database answered ${response.status} to ${path}.`);
  return (await response.json()) as Record<string, unknown>[];
}

function unexpectedStep(step: DemoStep, plan: StepPlan): CommandError {
  return new CommandError(
    "CLI_UNEXPECTED",
    `The step "${step.title}" ended with exit code ${step.exitCode} instead of ${plan.exitCode}.`,
    {
      hint: step.output.trim().split("\n").slice(-5).join("\n"),
      reason: "demo_failed",
    },
  );
}
