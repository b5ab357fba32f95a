import { randomUUID } from "node:crypto";
import { readWishes, type Wishes } from "./prompt-words.ts";

/** How a job stands. `cancelled` is one that ended because nobody wants it any more. */
export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

/** A job as the development provider keeps it. */
export interface Job {
  readonly id: string;
  /** With its path: `fal-ai/veo3.1/image-to-video`. */
  readonly model: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Where the end is told; null for nowhere. */
  readonly webhook: string | null;
  readonly wishes: Wishes;
  readonly createdAt: Date;
  state: JobState;
}

/** What fal answers for a job: of the model, or of the queue in its place. */
export interface JobResult {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Makes the job of a submit. */
export function newJob(model: string, input: Record<string, unknown>, webhook: string | null): Job {
  return {
    ...{ id: randomUUID(), model, input, webhook },
    ...{ wishes: readWishes(input.prompt), createdAt: new Date(), state: "queued" as const },
  };
}

/** Whether nothing will change any more. */
export function isOver({ state }: Job): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}

/**
 * What a job ended with, as fal's models say it.
 *
 * @param videoUrl where its video is
 * @see https://fal.ai/docs/documentation/model-apis/errors.md
 */
export function resultOf({ id, state }: Job, videoUrl: string, videoBytes: number): JobResult {
  const failure = (status: number, type: string, msg: string): JobResult => ({
    status,
    body: { detail: [{ loc: ["body"], msg, type }] },
  });
  if (state === "completed") {
    const video = { url: videoUrl, content_type: "video/mp4", file_name: `${id}.mp4`, file_size: videoBytes };
    return { status: 200, body: { video } };
  }
  if (state === "failed") return failure(500, "internal_server_error", "The model broke, as it was asked to");
  if (state === "cancelled") return failure(499, "client_cancelled", "The request was cancelled");
  return { status: 400, body: { detail: "Request is still in progress" } };
}
