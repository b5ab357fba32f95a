import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { quoteForShell } from "../../shell-words.ts";

/** Whom the demo is about. */
export interface DemoStory {
  readonly jobId: string;
  /** Email, or the id of a guest. */
  readonly user: string;
}

export type StepPlan = { readonly title: string; readonly exitCode: ExitCode } & (
  | { readonly command: string; readonly arguments: readonly string[] }
  /** A read of the Data API, for what no command shows. */
  | { readonly request: string }
);

/** The steps, in the order in which an operator would take them. */
export function demoSteps({ jobId, user }: DemoStory): readonly StepPlan[] {
  const refund = ["refund", jobId, "--reason", "video never arrived", "--reason-code", "provider_failed"];
  const key = ["--idempotency-key", "demo-ticket-4711"];
  return [
    step("What the user has now", ["credits", "show", user]),
    step("Look at the refund first: nothing is changed", [...refund, "--dry-run"]),
    step("Refund it: consent is given with --yes", [...refund, ...key, "--yes"]),
    step("The new balance, and the proof of the ledger", ["credits", "show", user]),
    step("The ledger rows", ["credits", "history", user, "--limit", "3"]),
    {
      title: "The audit row: who did it, to whom, and why",
      request: `/rest/v1/admin_actions?select=id,action_type,admin_user_id,target_user_id,target_job_id,amount,reason,reason_code,idempotency_key,run_id&target_job_id=eq.${jobId}`,
      exitCode: exitCodes.done,
    },
    step("The same command again, as after a lost answer: nothing is done twice", [
      ...refund,
      ...key,
      "--yes",
    ]),
    step(
      "One credit more than the job cost: refused",
      ["refund", jobId, "--amount", "1", "--reason", "one more", "--yes"],
      exitCodes.refused,
    ),
    step("What a cleanup would delete", ["cleanup", "--dry-run"]),
    step("The cleanup", ["cleanup", "--yes"]),
    step("Every ledger still proves its balance", ["credits", "audit"]),
  ];
}

function step(title: string, words: readonly string[], exitCode: ExitCode = exitCodes.done): StepPlan {
  return { title, command: ["vidops", ...words].map(quoteForShell).join(" "), arguments: words, exitCode };
}
