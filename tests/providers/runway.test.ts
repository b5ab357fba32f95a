import type { ProviderHttp, VideoProvider } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { errorOf, usePeer } from "./peer.ts";
import { runway as recorded } from "./recorded-runway.ts";

const peer = usePeer();
const { key, job, request, statusUrl, submitUrl } = recorded;
const make = (http: ProviderHttp = {}): VideoProvider =>
  recorded.create({ initialDelay: 0, random: () => 0, ...http });
const answerTask = (task: Record<string, unknown>): void =>
  peer.answer("GET", statusUrl, () => HttpResponse.json({ id: job.id, ...task }));

describe("a task of Runway", () => {
  it("starts from an image when there is one, in either form, and names the version it speaks", async () => {
    const imageUrl = "https://api.dev.runwayml.com/v1/image_to_video";
    peer.answer("POST", imageUrl, () => HttpResponse.json({ id: job.id }));
    const promptImage = [{ uri: "https://example.com/bunny.jpg", position: "first" }];
    await make().submit({ model: "gen4_turbo", imageUrl: "https://example.com/bunny.jpg" });
    await make().submit({ model: "gen4_turbo", settings: { promptImage } });
    expect(peer.arrived.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { model: "gen4_turbo", promptImage: "https://example.com/bunny.jpg" },
      { model: "gen4_turbo", promptImage },
    ]);
    expect(peer.arrived[0]?.headers.get("x-runway-version")).toBe("2024-11-06");
  });

  it("tells its estimated cost at once, and none where there is none", async () => {
    const answers = [{ estimatedCost: { credits: 60 } }, {}, { estimatedCost: { credits: "60" } }];
    peer.answer("POST", submitUrl, (nth) => HttpResponse.json({ id: job.id, ...answers[nth - 1] }));
    const cost = { amount: 60, unit: "credits", usd: 0.6, final: false };
    for (const expected of [cost, null, null]) expect((await make().submit(request)).cost).toEqual(expected);
  });

  it.each([
    ["SAFETY.INPUT.TEXT", "ERR_5003", "content_policy"],
    ["SAFETY.OUTPUT.THIRD_PARTY", "ERR_5003", "content_policy"],
    ["INPUT_PREPROCESSING.SAFETY.TEXT", "ERR_5003", "content_policy"],
    ["INPUT_PREPROCESSING.INTERNAL", "ERR_5002", "job_broken"],
    ["ASSET.INVALID", "ERR_5003", "invalid_request"],
    ["THIRD_PARTY.UNAVAILABLE", "ERR_5002", "job_broken"],
    ["SOMETHING.NEW", "ERR_5002", "job_broken"],
    [undefined, "ERR_5002", "job_broken"],
  ])("failed for the reason that its code begins with: %s", async (failureCode, code, reason) => {
    answerTask({ status: "FAILED", failure: "It failed.", failureCode });
    expect(await make().status(job)).toMatchObject({
      status: "failed",
      error: { code, reason, details: { failure_code: failureCode ?? null } },
    });
  });

  it("that is another one is no answer", async () => {
    answerTask({ id: "another", status: "SUCCEEDED", output: ["https://example.com/other.mp4"] });
    expect(await errorOf(make().status(job), [key])).toMatchObject({ reason: "unexpected_answer" });
  });

  it("has a video only at an https address", async () => {
    for (const output of [["http://example.com/a.mp4"], ["file:///etc/passwd"], [7], {}, null]) {
      answerTask({ status: "SUCCEEDED", output });
      expect(await errorOf(make().status(job), [key])).toMatchObject({ reason: "unexpected_answer" });
    }
  });

  it("is processing although its progress cannot be read", async () => {
    for (const progress of [undefined, null, "half", -1, 2]) {
      answerTask({ status: "RUNNING", progress });
      expect(await make().status(job)).toEqual({ status: "processing", progress: null, cost: null });
    }
  });
});

describe("cancelling a task of Runway", () => {
  it("is sent once: a second time it might delete a video that was finished meanwhile", async () => {
    answerTask({ status: "RUNNING", progress: 0.9 });
    peer.answer("DELETE", statusUrl, () =>
      HttpResponse.json({}, { status: 503, headers: { "retry-after": "0" } }),
    );
    expect(await errorOf(make().cancel(job), [key])).toMatchObject({ operation: "cancel", retryable: true });
    expect(peer.arrived.map(({ method }) => method)).toEqual(["GET", "DELETE"]);
  });

  it("is done when the task is gone, or was cancelled before", async () => {
    answerTask({ status: "PENDING" });
    peer.answer("DELETE", statusUrl, () =>
      HttpResponse.json({ error: "Could not find Task" }, { status: 404 }),
    );
    expect(await make().cancel(job)).toBe("cancelled");
    peer.arrived.splice(0);
    answerTask({ status: "CANCELLED" });
    expect(await make().cancel(job)).toBe("cancelled");
    expect(peer.arrived).toHaveLength(1);
  });
});

it("a version of the API that Runway has given up is told to who runs this", async () => {
  const error = "The API version that was provided in the X-Runway-Version header is not valid.";
  peer.answer("POST", submitUrl, () => HttpResponse.json({ error }, { status: 400 }));
  expect(await errorOf(make().submit(request), [key])).toMatchObject({
    code: "ERR_5002",
    reason: "misconfigured",
    outcome: "not_accepted",
  });
});
