import type { FailedJob, SettledGeneration, WholeJob } from "@vidops/core/jobs";
import type { ActAnswer, ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { type Asked, askedWords, hasEnded } from "./ask-provider.ts";
import { ownerOf } from "./job-rows.ts";

/** A job that is to be ended, and what its provider says of it. */
export interface JobToEnd {
  readonly job: WholeJob;
  readonly asked: Asked;
}

/** What was done: it was failed by the admin, or settled as its provider says. */
export interface EndingAnswer extends ActAnswer {
  readonly failed: FailedJob | null;
  /** Null on a dry run as well. */
  readonly settled: SettledGeneration | null;
}

export type EndingReport = ActReport<JobToEnd, EndingAnswer>;

/** What would happen: who, what, before → after, and where. */
export function failPlanView(report: EndingReport): Document {
  const { job, asked } = report.target;
  const title = hasEnded(asked) ? "Settle job" : "End job";
  return [
    line(toned(`${title} ${job.jobId}`, "strong")),
    ...what(report),
    ...(asked.kind === "state" && !hasEnded(asked)
      ? [
          line(
            toned(
              `${job.provider} is still at it: a video that comes after this is delivered free.`,
              "warning",
            ),
          ),
        ]
      : []),
    ...(hasEnded(asked)
      ? [
          line(
            toned(
              `${job.provider} says that it has ended: it is settled so, and not failed by you.`,
              "warning",
            ),
          ),
        ]
      : []),
  ];
}

/** What was done, or on a dry run would be. */
export function failView(report: EndingReport, look: Look): Document {
  const { target, answer } = report;
  const { jobId } = target.job;
  const show = nextCommand(["jobs", "show", jobId], look.flags);
  if (!answer.changed)
    return [line(toned(`Job ${jobId} had failed before: nothing was changed.`, "good")), ...what(report)];
  if (answer.dryRun) return [...failPlanView(report), ...dryRunLines(report)];
  return [
    line(toned(doneWords(report), "good")),
    ...what(report),
    ...recordedLines(report, look),
    line(toned(`The whole of it: ${show}`, "quiet")),
  ];
}

function doneWords({ target, answer }: EndingReport): string {
  const { jobId, provider } = target.job;
  const { failed, settled } = answer;
  if (failed !== null) return `Ended job ${jobId}, ${credits(failed.creditsRefunded)} back`;
  if (settled?.outcome === "completed") return `Completed job ${jobId}: ${provider} had its video`;
  if (settled?.outcome === "failed")
    return `Job ${jobId} failed at ${provider} (${settled.reason.replaceAll("_", " ")}), ${credits(settled.creditsRefunded)} back`;
  return `Job ${jobId} is as it was`;
}

function what(report: EndingReport): Block[] {
  const { target, answer, project } = report;
  const { job, asked } = target;
  const { failed, settled } = answer;
  const ended = settled?.outcome === "completed" || settled?.outcome === "failed";
  const after = failed !== null ? "failed" : ended ? settled.outcome : null;
  const says = askedWords(asked);
  return [
    fields([
      ["project", project],
      ["user", ownerOf(job)],
      ["model", job.modelName],
      [job.provider, says],
      ["status", after === null || after === job.status ? job.status : `${job.status} → ${after}`],
      ["back", failed === null || failed.creditsRefunded === 0 ? null : credits(failed.creditsRefunded)],
      [
        "balance",
        failed === null || failed.creditsRefunded === 0
          ? null
          : `${failed.previousBalance} → ${failed.newBalance}`,
      ],
      ...actRows(report),
    ]),
  ];
}

/** The JSON data of it. */
export function failData(report: EndingReport): Record<string, unknown> {
  const { target, answer } = report;
  const { job, asked } = target;
  const { failed, settled } = answer;
  return {
    ...answerData(report),
    job_id: job.jobId,
    user_id: job.userId,
    email: job.email,
    before: { status: failed?.before ?? job.status },
    provider: job.provider,
    provider_says: asked.kind === "state" ? asked.state.status : asked.kind.replaceAll(" ", "_"),
    outcome: settled?.outcome ?? (answer.dryRun ? null : "failed"),
    credits_refunded:
      failed?.creditsRefunded ?? (settled?.outcome === "failed" ? settled.creditsRefunded : 0),
    previous_balance: failed?.previousBalance ?? null,
    new_balance: failed?.newBalance ?? null,
    ...actData(report),
  };
}
