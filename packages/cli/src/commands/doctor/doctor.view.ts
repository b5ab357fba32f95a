import { type Block, type Document, line, type Tone, toned } from "../../output/document.ts";
import type { Check } from "./check.ts";

export interface Examination {
  readonly project: string | null;
  readonly checks: readonly Check[];
}

const tones: Readonly<Record<Check["status"], Tone>> = {
  ok: "good",
  warn: "warning",
  fail: "bad",
  skipped: "quiet",
};

/** One line a check, with what mends it below. */
export function doctorView({ checks }: Examination): Document {
  const width = Math.max(...checks.map((check) => check.name.length));
  const failed = checks.filter((check) => check.status === "fail").length;
  const warned = checks.filter((check) => check.status === "warn").length;
  return [
    ...checks.flatMap((check): Block[] => [
      line(
        toned(`${check.status.padEnd(7)}  ${check.name.padEnd(width)}  ${check.detail}`, tones[check.status]),
      ),
      ...check.fix.map((fix) => line(`${" ".repeat(width + 11)}→ ${fix}`)),
    ]),
    line(),
    failed > 0
      ? line(toned(`${failed} ${failed === 1 ? "check" : "checks"} failed.`, "bad"))
      : line(
          toned(
            warned > 0 ? "No check failed; see the warnings." : "All is well.",
            warned > 0 ? "warning" : "good",
          ),
        ),
  ];
}

/** The same as JSON data. */
export function doctorData({ project, checks }: Examination): Record<string, unknown> {
  return { healthy: checks.every((check) => check.status !== "fail"), project, checks };
}
