import { createFal, createPika, type SubmitRequest } from "@vidops/core/providers";
import type { Recorded, RecordedProvider } from "./recorded-provider.ts";

function queueOfFal(options: {
  name: "fal" | "pika";
  create: RecordedProvider["create"];
  key: string;
  model: string;
  app: string;
  id: string;
  request: SubmitRequest;
  input: unknown;
}): RecordedProvider {
  const { app, id, model } = options;
  const url = `https://queue.fal.run/${app}/requests/${id}`;
  const status = (httpStatus: number, body: Record<string, unknown>): Recorded => ({
    method: "GET",
    url: `${url}/status`,
    status: httpStatus,
    body: { request_id: id, response_url: url, ...body },
  });
  const completed = status(200, { status: "COMPLETED", logs: null, metrics: { inference_time: 41.2 } });
  const result = (httpStatus: number, body: unknown, headers: Record<string, string> = {}): Recorded => ({
    method: "GET",
    url,
    status: httpStatus,
    body,
    headers,
  });
  const submit = (httpStatus: number, body: unknown): Recorded => ({
    method: "POST",
    url: `https://queue.fal.run/${model}`,
    status: httpStatus,
    body,
    headers: { "x-fal-request-id": id },
  });
  const cancel = (httpStatus: number, word: string): Recorded => ({
    method: "PUT",
    url: `${url}/cancel`,
    status: httpStatus,
    body: { status: word },
  });
  const videoUrl = "https://v3.fal.media/files/example/output.mp4";
  return {
    ...options,
    authorization: `Key ${options.key}`,
    job: {
      provider: options.name,
      id,
      model,
      urls: { status: `${url}/status`, result: url, cancel: `${url}/cancel` },
    },
    videoUrl,
    submitUrl: `https://queue.fal.run/${model}`,
    statusUrl: `${url}/status`,
    cancelUrl: `${url}/cancel`,
    cancelMethod: "PUT",
    scenes: {
      submitted: [
        submit(200, {
          status: "IN_QUEUE",
          request_id: id,
          response_url: url,
          status_url: `${url}/status`,
          cancel_url: `${url}/cancel`,
          queue_position: 0,
        }),
      ],
      queued: [status(202, { status: "IN_QUEUE", queue_position: 2 })],
      processing: [
        status(202, {
          status: "IN_PROGRESS",
          logs: [
            { message: "generating", timestamp: "2026-11-25T09:00:00.000Z", level: "INFO", source: "USER" },
          ],
        }),
      ],
      completed: [
        completed,
        result(
          200,
          {
            video: {
              url: videoUrl,
              content_type: "video/mp4",
              file_name: "output.mp4",
              file_size: 4_404_019,
            },
          },
          { "x-fal-billable-units": "8" },
        ),
      ],
      failed: [
        completed,
        result(
          500,
          {
            detail: [
              {
                loc: ["body"],
                msg: "Downstream service unavailable",
                type: "downstream_service_unavailable",
                url: "https://docs.fal.ai/errors#downstream_service_unavailable",
                input: options.input,
              },
            ],
          },
          { "x-fal-retryable": "true" },
        ),
      ],
      moderated: [
        completed,
        result(422, {
          detail: [
            {
              loc: ["body", "prompt"],
              msg: "The content could not be processed because it contained material flagged by a content checker.",
              type: "content_policy_violation",
              url: "https://docs.fal.ai/errors#content_policy_violation",
              input: options.input,
            },
          ],
        }),
      ],
      cancelled: [
        completed,
        result(499, { detail: "Request was cancelled", error_type: "client_cancelled" }),
      ],
      unknown_status: [status(200, { status: "PAUSED" })],
      no_video: [completed, result(200, { images: [] })],
      missing: [{ method: "GET", url: `${url}/status`, status: 404, body: { status: "NOT_FOUND" } }],
      invalid_submit: [
        submit(422, {
          detail: [
            {
              loc: ["body", "prompt"],
              msg: "Field required",
              type: "missing",
              url: "https://docs.fal.ai/errors#missing",
              input: options.input,
            },
          ],
        }),
      ],
      refused_key: [submit(401, { detail: `invalid key credentials ${options.key}` })],
      no_credits: [
        submit(403, {
          detail:
            "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
        }),
      ],
      cancel_in_time: [cancel(202, "CANCELLATION_REQUESTED")],
      cancel_too_late: [cancel(400, "ALREADY_COMPLETED")],
    },
  };
}

const falKey = "0aa1b2c3-d4e5-4f60-8192-a3b4c5d6e7f8:00112233445566778899aabbccddeeff";

/** @see https://fal.ai/docs/documentation/model-apis/inference/queue.md */
export const fal: RecordedProvider = queueOfFal({
  name: "fal",
  create: (http) => createFal({ apiKey: falKey, http }),
  key: falKey,
  model: "fal-ai/veo3.1/image-to-video",
  app: "fal-ai/veo3.1",
  id: "764cabcf-b745-4b3e-ae38-1200304cf45b",
  request: {
    model: "fal-ai/veo3.1/image-to-video",
    prompt: "a private wedding at sea",
    imageUrl: "https://example.com/bride.jpg",
    settings: { duration: "8s" },
  },
  input: { prompt: "a private wedding at sea", image_url: "https://example.com/bride.jpg", duration: "8s" },
});

/** @see https://fal.ai/models/fal-ai/pika/v2.2/text-to-video/llms.txt */
export const pika: RecordedProvider = queueOfFal({
  name: "pika",
  create: (http) => createPika({ apiKey: falKey, http }),
  key: falKey,
  model: "fal-ai/pika/v2.2/text-to-video",
  app: "fal-ai/pika",
  id: "0f6d3a52-6a2c-4d0e-9c84-5c3f1a7e2b11",
  request: {
    model: "fal-ai/pika/v2.2/text-to-video",
    prompt: "a private wedding at sea",
    settings: { aspect_ratio: "16:9", duration: 5 },
  },
  input: { prompt: "a private wedding at sea", aspect_ratio: "16:9", duration: 5 },
});
