import {
  createFal,
  createPika,
  type LookUpWindow,
  type ProviderHttp,
  type VideoProvider,
} from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { errorOf, usePeer } from "./peer.ts";
import { fal as recorded } from "./recorded-fal.ts";

const peer = usePeer();
const { key, job, request, statusUrl, submitUrl, scenes } = recorded;
const make = (http: ProviderHttp = {}): VideoProvider =>
  recorded.create({ initialDelay: 0, random: () => 0, ...http });
const resultUrl = job.urls?.result ?? "";
const completed = { status: "COMPLETED", request_id: job.id, response_url: resultUrl };
const video = { video: { url: recorded.videoUrl } };

describe("the addresses that fal answers", () => {
  it("are not used when they lead to another host, another scheme, another port or another job", async () => {
    const { id } = job;
    for (const url of [
      `https://evil.example/requests/${id}`,
      `http://queue.fal.run/fal-ai/veo3.1/requests/${id}`,
      `https://queue.fal.run:8443/requests/${id}`,
      `https://queue.fal.run@evil.example/requests/${id}`,
      `https://user:word@queue.fal.run/requests/${id}`,
      "https://queue.fal.run/fal-ai/veo3.1/requests/another",
      "not a url",
    ]) {
      const answer = { request_id: id, status_url: url, response_url: url, cancel_url: url };
      peer.answer("POST", submitUrl, () => HttpResponse.json(answer));
      const submitted = await make().submit(request);
      expect(submitted.job.urls).toEqual({});
      peer.answer("GET", statusUrl, () => HttpResponse.json({ ...completed, response_url: url }));
      peer.answer("GET", resultUrl, () => HttpResponse.json(video));
      // Also when they were stored by somebody else: the job is only data.
      const urls = { status: url, result: url, cancel: url };
      expect(await make().status({ ...submitted.job, urls })).toMatchObject({ status: "completed" });
    }
    expect(new Set(peer.arrived.map(({ url }) => url))).toEqual(new Set([submitUrl, statusUrl, resultUrl]));
  });

  it("are used as they are on fal's own host", async () => {
    const url = `https://queue.fal.run/fal-ai/veo3.1/image-to-video/requests/${job.id}/status`;
    peer.answer("GET", url, () => HttpResponse.json({ status: "IN_QUEUE" }));
    expect(await make().status({ ...job, urls: { status: url } })).toMatchObject({ status: "queued" });
  });

  it("are built for apps with a namespace as fal's client builds them", async () => {
    const built = `https://queue.fal.run/workflows/ada/film/requests/${job.id}/status`;
    peer.answer("GET", built, () => HttpResponse.json({ status: "IN_PROGRESS" }));
    const flow = { provider: "fal", id: job.id, model: "workflows/ada/film/step" } as const;
    expect(await make().status(flow)).toMatchObject({ status: "processing" });
  });
});

describe("a result of fal", () => {
  const finish = (answer: (nth: number) => Response, status: object = completed): void => {
    peer.answer("GET", statusUrl, () => HttpResponse.json(status));
    peer.answer("GET", resultUrl, answer);
  };

  it("that is a verdict on the job is read once and does not count against the server, however many there are", async () => {
    const detail = [{ type: "internal_server_error", msg: "boom" }];
    finish(() => HttpResponse.json({ detail }, { status: 500 }));
    const provider = make();
    const states = await Promise.all(Array.from({ length: 12 }, () => provider.status(job)));
    expect(states.map(({ status }) => status)).toEqual(Array(12).fill("failed"));
    expect(states[0]).toMatchObject({
      error: {
        code: "ERR_5002",
        status: 500,
        retryable: true,
        details: { error_types: ["internal_server_error"] },
      },
    });
    expect(peer.arrived).toHaveLength(24);
    // Not one of them opened the circuit.
    expect((await provider.status(job)).status).toBe("failed");
  });

  it("that a gateway spoiled is asked for again", async () => {
    finish((nth) =>
      nth < 3 ? HttpResponse.html("<h1>502</h1>", { status: 502 }) : HttpResponse.json(video),
    );
    expect(await make().status(job)).toMatchObject({ status: "completed", cost: null });
    expect(peer.arrived).toHaveLength(4);
  });

  it("is not asked for when the status tells already that time or runners ran out", async () => {
    for (const [type, code, reason] of [
      ["request_timeout", "ERR_5001", "job_timeout"],
      ["runner_disconnected", "ERR_5002", "job_broken"],
      ["runner_connection_timeout", "ERR_5002", "job_broken"],
    ]) {
      peer.arrived.splice(0);
      finish(() => HttpResponse.json(video), { ...completed, error: "It ran out", error_type: type });
      expect(await make().status(job)).toMatchObject({ status: "failed", error: { code, reason } });
      expect(peer.arrived).toHaveLength(1);
    }
  });

  it.each([
    [
      { ...completed, error: "Cancelled", error_type: "client_cancelled" },
      200,
      video,
      { status: "cancelled" },
    ],
    [{ ...completed, error: "Odd" }, 200, video, { status: "failed", error: { reason: "job_broken" } }],
    [{ ...completed, error: "Odd" }, 404, {}, { status: "failed", error: { reason: "job_broken" } }],
    [completed, 499, {}, { status: "cancelled" }],
    [completed, 422, { detail: "Too short" }, { status: "failed", error: { reason: "invalid_request" } }],
    [completed, 504, { detail: [{ type: "generation_timeout" }] }, { error: { reason: "job_timeout" } }],
    [completed, 400, { detail: [{ type: "downstream_service_error" }] }, { error: { reason: "job_broken" } }],
    [completed, 400, { detail: "Request is still in progress" }, { status: "processing" }],
    [
      completed,
      415,
      { error_type: "bad_request" },
      { status: "failed", error: { reason: "invalid_request" } },
    ],
    [{ ...completed, error: { code: 1 }, error_type: "odd" }, 200, video, { status: "failed" }],
    [{ ...completed, error: false }, 200, video, { status: "completed" }],
    [{ ...completed, error: {} }, 200, video, { status: "completed" }],
    [{ ...completed, error: "" }, 200, video, { status: "completed" }],
    [{ ...completed, error: 0, error_type: "odd" }, 200, video, { status: "completed" }],
    [{ ...completed, error: "Odd" }, 410, {}, { status: "failed", error: { reason: "job_broken" } }],
  ])("means what the page on errors says: %j and %i", async (status, httpStatus, body, state) => {
    finish(() => HttpResponse.json(body, { status: httpStatus }), status);
    expect(await make().status(job)).toMatchObject(state);
  });

  it.each([
    [404, "job_not_found"],
    [401, "credentials_refused"],
    [403, "not_permitted"],
    [500, "unavailable"],
  ])("that cannot be read leaves the job open: %i", async (status, reason) => {
    finish(() => HttpResponse.json({}, { status }));
    expect(await errorOf(make().status(job), [key])).toMatchObject({ operation: "status", reason });
  });
});

describe("an answer of fal that is no verdict", () => {
  const explained = { detail: [{ type: "internal_server_error" }], error_type: "runner_server_error" };
  const typed = { "x-fal-error-type": "internal_error" };

  it.each([
    [401, explained],
    [402, explained],
    [403, explained],
    [404, explained],
    [408, explained],
    [410, explained],
    [429, explained],
    [302, explained],
    [307, explained],
    [400, { message: "Bad request" }],
    [413, "<h1>Too large</h1>"],
    [415, "<h1>Media type</h1>"],
    [422, { detail: null }],
  ])("leaves the job open, whatever type it names: %i", async (status, body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    peer.answer("GET", statusUrl, () => HttpResponse.json(completed));
    peer.answer("GET", resultUrl, () => new HttpResponse(text, { status, headers: typed }));
    expect(await errorOf(make().status(job), [key])).toMatchObject({ operation: "status", status });
  });

  it.each([401, 403, 429])("leaves open why a job failed when it is %i", async (status) => {
    peer.answer("GET", statusUrl, () => HttpResponse.json({ ...completed, error: "Odd" }));
    peer.answer("GET", resultUrl, () => HttpResponse.json(explained, { status }));
    expect(await errorOf(make().status(job), [key])).toMatchObject({ operation: "status", status });
  });

  it.each([401, 403, 404, 429, 500, 503])("does not say that a cancel came too late: %i", async (status) => {
    const answer = { success: false, status: "ALREADY_COMPLETED" };
    peer.answer("PUT", recorded.cancelUrl, () => HttpResponse.json(answer, { status }));
    expect(await errorOf(make().cancel(job), [key])).toMatchObject({ operation: "cancel", status });
  });

  it.each([200, 202, 400])("says that a cancel came too late only with %i", async (status) => {
    peer.answer("PUT", recorded.cancelUrl, () => HttpResponse.json({ success: false }, { status }));
    expect(await make().cancel(job)).toBe("too_late");
  });
});

describe("a submit to fal", () => {
  const submitted = scenes.submitted[0]?.body as object;

  it("tells fal where to call, and keeps that address out of errors", async () => {
    const webhookUrl = "https://app.example/hook/17?sesame=open&x=1";
    peer.answer("POST", submitUrl, () => HttpResponse.json({}, { status: 500 }));
    await errorOf(make().submit({ ...request, webhookUrl }), [key, "open", "sesame"]);
    expect(new URL(peer.arrived[0]?.url ?? "").searchParams.get("fal_webhook")).toBe(webhookUrl);
  });

  it("turns fal's own retries off when asked to", async () => {
    peer.answer("POST", submitUrl, () => HttpResponse.json(submitted));
    const http = { initialDelay: 0 };
    await createFal({ apiKey: key, http, retriesAtFal: false }).submit(request);
    await createFal({ apiKey: key, http }).submit(request);
    expect(peer.arrived.map(({ headers }) => headers.get("x-fal-no-retry"))).toEqual(["1", null]);
  });

  it("keeps fal's id of a request whose answer cannot be read", async () => {
    const headers = { "x-fal-request-id": job.id };
    peer.answer("POST", submitUrl, () => new HttpResponse("{", { headers }));
    const error = await errorOf(make().submit(request), [key]);
    expect(error).toMatchObject({ code: "ERR_6006", requestId: job.id });
  });

  it("goes to Pika's models only when the provider is Pika", async () => {
    const pika = createPika({ apiKey: key });
    const error = await errorOf(pika.submit(request), [key]);
    expect(error).toMatchObject({ code: "ERR_4008", details: { field: "model" } });
  });

  it("is refused before it is made when the key cannot be one, without quoting it", () => {
    for (const apiKey of ["", "Key abc:def", "abc\ndef", undefined as unknown as string]) {
      expect(() => createFal({ apiKey })).toThrow(/^apiKey is missing or malformed\.$/);
    }
  });
});

describe("the look-up of a lost submit", () => {
  const listUrl = "https://api.fal.ai/v1/models/requests/by-endpoint";
  const window: LookUpWindow = { from: "2026-11-25T09:00:00.000Z", to: "2026-11-25T09:00:31.000Z" };
  const item = (id: string, input: unknown): object => ({
    request_id: id,
    endpoint_id: job.model,
    sent_at: "2026-11-25T09:00:00Z",
    json_input: input,
  });
  const list = (...items: object[]): void =>
    peer.answer("GET", listUrl, () => HttpResponse.json({ items, next_cursor: null, has_more: false }));
  const input = { duration: "8s", image_url: request.imageUrl, prompt: request.prompt };
  const found = { provider: "fal", id: job.id, model: job.model };

  it("finds the one request with the same input, whatever defaults fal has added", async () => {
    list(item(job.id, { ...input, resolution: "720p" }), item("other", { ...input, prompt: "other" }));
    expect(await make().lookUp(request, window)).toEqual({ jobs: [found], complete: true });
    const query = new URL(peer.arrived[0]?.url ?? "").searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      endpoint_id: job.model,
      start: "2026-11-25T08:58:00.000Z",
      end: "2026-11-25T09:02:31.000Z",
      expand: "payloads",
    });
  });

  it("takes what the error of the lost submit says", async () => {
    peer.answer("POST", submitUrl, () => HttpResponse.json({}, { status: 500 }));
    const error = await errorOf(make().submit(request), [key]);
    list(item(job.id, input));
    const told = JSON.parse(JSON.stringify(error.details?.lookup)) as LookUpWindow;
    expect((await make().lookUp(request, told)).jobs).toEqual([found]);
  });

  it("gives all when there are several, and says when some could not be compared", async () => {
    list(item(job.id, input), item("twin", input), item("unstored", null));
    const { jobs, complete } = await make().lookUp(request, window);
    expect(jobs.map(({ id }) => id)).toEqual([job.id, "twin"]);
    expect(complete).toBe(false);
  });

  it("compares nested settings, and takes no part for the whole", async () => {
    const settings = { shots: [{ at: 0, zoom: { to: 2 } }] };
    list(item("same", { prompt: "p", ...settings }), item("part", { prompt: "p", shots: [{ at: 0 }] }));
    const { jobs } = await make().lookUp({ model: job.model, prompt: "p", settings }, window);
    expect(jobs.map(({ id }) => id)).toEqual(["same"]);
  });

  it("turns pages, but not for ever", async () => {
    peer.answer("GET", listUrl, (nth) =>
      HttpResponse.json({ items: [], next_cursor: `c${nth}`, has_more: true }),
    );
    expect(await make().lookUp(request, window)).toEqual({ jobs: [], complete: false });
    expect(peer.arrived).toHaveLength(10);
    expect(new URL(peer.arrived[1]?.url ?? "").searchParams.get("cursor")).toBe("c1");
  });

  it("says what is wrong with the times, or with the answer", async () => {
    const wrong = make().lookUp(request, { from: "yesterday", to: window.to });
    expect(await errorOf(wrong, [key])).toMatchObject({ code: "ERR_4008", details: { field: "from" } });
    peer.answer("GET", listUrl, () => HttpResponse.json({ rows: [] }));
    const unknown = make().lookUp(request, window);
    expect(await errorOf(unknown, [key])).toMatchObject({
      reason: "unexpected_answer",
      operation: "look_up",
    });
  });
});
