import {
  type Generation,
  type GenerationRead,
  getGeneration,
  settleGeneration,
  type VideoProviders,
} from "@vidops/core/jobs";
import { type Logger, logEvent, logSafely } from "@vidops/core/logging";
import { jsonAnswer, userEndpoint } from "./endpoint.ts";
import type { JobsContext } from "./get-video-jobs.ts";
import { jobAnswers } from "./job-answer.ts";
import { queryParameter, requireJobId } from "./query-parameter.ts";

/** What `get-video-status` works with. */
export interface StatusContext extends JobsContext {
  readonly providers: VideoProviders;
  /** How often a job is asked after at its provider at most, however many poll, in ms. */
  readonly checkAfterMs: number;
}

/** How long a poll waits for the provider and the copy of the video, in ms; the work goes on after it. */
const settleWaitMs = 5_000;

/**
 * Makes the handler of `get-video-status`: `?job_id=`. What the provider knows is fetched on the way, by one of all that poll; when it
 * does not answer, the job is told as it stands. `poll_after` says in how many seconds it is worth asking again.
 */
export function getVideoStatus(context: StatusContext): (request: Request) => Promise<Response> {
  const { db, store, checkAfterMs } = context;
  const plan = { name: "get-video-status", methods: ["GET"] };
  return userEndpoint(context, plan, async (request, { id: userId }) => {
    const jobId = requireJobId(queryParameter(request, "job_id"));
    const read = await getGeneration(db, { userId, jobId, checkAfterMs, signal: request.signal });
    const { job, language } = (await settledNow(read, context))
      ? await getGeneration(db, { userId, jobId, signal: request.signal })
      : read;
    const [answer] = await jobAnswers([job], { store, language, request, log: context.log });
    return jsonAnswer({ job: answer, poll_after: pollAfter(job) });
  });
}

/** Asks the provider, when it is this request's turn. True when the job has ended by that. */
async function settledNow({ job, askProvider }: GenerationRead, context: StatusContext): Promise<boolean> {
  if (!askProvider) return false;
  const { db, providers, store, log = logEvent, waitUntil } = context;
  // Not stopped when the client goes away: the video is copied once, for whoever asks next.
  const work = settleGeneration(job, { db, providers, store, log }).then(
    ({ outcome }) => outcome === "completed" || outcome === "failed",
    (error: unknown) => notSettled(log, job, error),
  );
  waitUntil?.(work);
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), settleWaitMs);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What proves nothing about the job is asked again by the next poll. */
function notSettled(log: Logger, { jobId, provider }: Generation, error: unknown): false {
  logSafely(log, "generation_not_settled", { job_id: jobId, provider, error }, "warn");
  return false;
}

/** Videos take from half a minute to some minutes: the older a job, the less a moment matters. */
function pollAfter({ status, createdAt }: Generation): number | null {
  if (status === "completed" || status === "failed") return null;
  const age = (Date.now() - Date.parse(createdAt)) / 1_000;
  if (age < 30) return 2;
  if (age < 120) return 3;
  return age < 600 ? 5 : 15;
}
