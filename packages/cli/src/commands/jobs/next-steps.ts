import type { JobStory } from "@vidops/core/jobs";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";

/** A submit takes up to 70 seconds; whoever began it is gone after this, in ms. */
const beingSubmitted = 120_000;

/**
 * What can be done about a job, each with its command.
 *
 * @param story the job
 * @param now what time it is
 * @param look about which project
 * @returns lines, the most useful first
 */
export function nextSteps(
  { job, user, retriedAs }: JobStory,
  now: Date,
  { flags }: Pick<Look, "flags">,
): string[] {
  const { jobId, status, deliveredFree } = job;
  const next = (...words: string[]): string => nextCommand(words, flags);
  const owner = next("users", "show", job.email ?? job.userId);
  const left = job.creditsUsed - job.creditsRefunded;
  if (status === "pending" || status === "processing") {
    const young = now.getTime() - Date.parse(job.createdAt) < beingSubmitted;
    return [
      ...(young && status === "pending" ? ["It is being sent to the provider: wait a moment."] : []),
      `Ask the provider, and settle what hangs: ${next("jobs", "stuck", "--settle")}`,
      `End it, and give its credits back: ${next("jobs", "fail", jobId, "--reason", "WHY")}`,
    ];
  }
  if (deliveredFree)
    return [`Its user has the video for nothing, because it came after the refund: ${owner}`];
  if (status === "failed" && retriedAs !== null)
    return [`It was ordered once more: ${next("jobs", "show", retriedAs)}`];
  return [
    ...(left > 0
      ? [
          `Give ${left === 1 ? "1 credit" : `${left} credits`} back: ${next("refund", jobId, "--reason", "WHY")}`,
        ]
      : []),
    ...(status === "failed" && job.deletedAt === null && user.bannedAt === null
      ? [`Order it once more for its user: ${next("jobs", "retry", jobId, "--reason", "WHY")}`]
      : []),
    `Its user: ${owner}`,
  ];
}
