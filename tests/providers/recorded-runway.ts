import { createRunway } from "@vidops/core/providers";
import type { Recorded, RecordedProvider } from "./recorded-provider.ts";

const runwayKey = `key_${"0123456789abcdef".repeat(8)}`;
const taskId = "acf9ba3d-a513-42c9-a646-96e8bc97c691";
const taskUrl = `https://api.dev.runwayml.com/v1/tasks/${taskId}`;
const textUrl = "https://api.dev.runwayml.com/v1/text_to_video";

const task = (body: Record<string, unknown>): Recorded => ({
  method: "GET",
  url: taskUrl,
  status: 200,
  body: { id: taskId, createdAt: "2026-08-26T06:30:33.796Z", ...body },
});
const refused = (status: number, body: Record<string, unknown>): Recorded => ({
  method: "POST",
  url: textUrl,
  status,
  body: { docUrl: "https://docs.dev.runwayml.com/api", ...body },
});
const estimatedCost = { credits: 60 };
const succeeded = task({
  status: "SUCCEEDED",
  output: ["https://dnznrvs05pmza.cloudfront.net/example.mp4?_jwt=signed"],
  cost: { credits: 60 },
});

/** @see https://docs.dev.runwayml.com/openapi.json */
export const runway: RecordedProvider = {
  name: "runway",
  key: runwayKey,
  create: (http) => createRunway({ apiKey: runwayKey, http }),
  authorization: `Bearer ${runwayKey}`,
  request: {
    model: "gen4.5",
    prompt: "a private wedding at sea",
    settings: { ratio: "1280:720", duration: 5 },
  },
  input: { model: "gen4.5", promptText: "a private wedding at sea", ratio: "1280:720", duration: 5 },
  job: { provider: "runway", id: taskId, model: "gen4.5" },
  videoUrl: "https://dnznrvs05pmza.cloudfront.net/example.mp4?_jwt=signed",
  submitUrl: textUrl,
  statusUrl: taskUrl,
  cancelUrl: taskUrl,
  cancelMethod: "DELETE",
  scenes: {
    submitted: [{ method: "POST", url: textUrl, status: 200, body: { id: taskId, estimatedCost } }],
    queued: [task({ status: "THROTTLED", estimatedCost })],
    processing: [task({ status: "RUNNING", progress: 0.02, estimatedCost })],
    completed: [succeeded],
    failed: [
      task({
        status: "FAILED",
        failure: "An unexpected error occurred.",
        failureCode: "INTERNAL.BAD_OUTPUT.CODE01",
        cost: { credits: 0 },
      }),
    ],
    moderated: [
      task({
        status: "FAILED",
        failure: "The provided image was flagged by content moderation.",
        failureCode: "SAFETY.INPUT.IMAGE",
        cost: { credits: 60 },
      }),
    ],
    cancelled: [task({ status: "CANCELLED", cost: { credits: 0 } })],
    unknown_status: [task({ status: "PAUSED" })],
    no_video: [task({ status: "SUCCEEDED", output: [] })],
    missing: [{ method: "GET", url: taskUrl, status: 404, body: { error: "Could not find Task" } }],
    invalid_submit: [
      refused(400, {
        error: "Validation of body failed",
        issues: [
          {
            code: "too_big",
            maximum: 1_000,
            message: "Too big: expected string to have <=1000 characters",
            path: ["promptText"],
            input: "a private wedding at sea",
          },
        ],
      }),
    ],
    refused_key: [refused(401, { error: `Unauthorized ${runwayKey}` })],
    no_credits: [refused(400, { error: "You do not have enough credits to run this task." })],
    cancel_in_time: [
      task({ status: "RUNNING", progress: 0.5 }),
      { method: "DELETE", url: taskUrl, status: 204 },
    ],
    cancel_too_late: [succeeded],
  },
};
