import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpResponse, http, passthrough } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSupabaseVideoStore, type StorageBucket, type VideoStoreOptions } from "./index.ts";

const peer = setupServer();
beforeAll(() => peer.listen({ onUnhandledFrame: "error" }));
afterEach(() => peer.resetHandlers());
afterAll(() => peer.close());

const url = "https://v3.fal.media/files/kite.mp4";
const userId = "5b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const jobId = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const path = `${userId}/${jobId}.mp4`;

/** What became of each upload: its bytes where it was whole. */
let uploads: { path: string; contentType: string; bytes: number }[];
let upload: StorageBucket["upload"];
let bucket: string;

beforeEach(() => {
  uploads = [];
  upload = async (to, body, { contentType }) => {
    let bytes = 0;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.byteLength;
    uploads.push({ path: to, contentType, bytes });
    return { error: null };
  };
});

const save = (options: VideoStoreOptions = {}, from: string = url, signal?: AbortSignal) =>
  createSupabaseVideoStore(
    {
      from: (name) => {
        bucket = name;
        return {
          upload: (...args) => upload(...args),
          createSignedUrls: async (paths) => ({
            data: paths.slice(1).map((each) => ({ path: each, signedUrl: `https://signed.example/${each}` })),
            error: null,
          }),
          remove: async () => ({ error: new Error("no such bucket") }),
        };
      },
    },
    options,
  ).save({ userId, jobId, url: from, signal });

const video = (bytes = 100_000, headers: Record<string, string> = {}) =>
  new HttpResponse(new Uint8Array(bytes), { headers: { "content-type": "video/mp4", ...headers } });
const serve = (at: string, answer: () => Response | Promise<Response>) => peer.use(http.get(at, answer));

describe("createSupabaseVideoStore", () => {
  it("passes a video on to the bucket, under its user and job", async () => {
    serve(url, () => video());
    expect(await save()).toBe(path);
    expect(uploads).toEqual([{ path, contentType: "video/mp4", bytes: 100_000 }]);
    expect(bucket).toBe("videos");
  });

  it("takes bytes without a type for a video, and keeps the type of one that has it", async () => {
    serve(url, () => video(10, { "content-type": "binary/octet-stream" }));
    await save();
    serve(url, () => video(10, { "content-type": "video/webm; codecs=vp9" }));
    await save({ bucket: "clips" });
    expect(uploads.map(({ contentType }) => contentType)).toEqual(["video/mp4", "video/webm"]);
    expect(bucket).toBe("clips");
  });

  it.each([
    ["a page", () => HttpResponse.html("<p>Sign in</p>"), "not_a_video"],
    ["a 404", () => new HttpResponse(null, { status: 404 }), "video_unavailable"],
    [
      "a 206",
      () => new HttpResponse("ab", { status: 206, headers: { "content-type": "video/mp4" } }),
      "video_unavailable",
    ],
    ["nothing", () => video(0), "video_unavailable"],
    ["a connection that breaks", () => HttpResponse.error(), "video_unavailable"],
    [
      "a redirect to nowhere",
      () => new HttpResponse(null, { status: 302, headers: { location: "https://" } }),
      "video_unavailable",
    ],
    [
      "a redirect inside",
      () => new HttpResponse(null, { status: 302, headers: { location: "https://169.254.169.254/" } }),
      "video_url_refused",
    ],
    [
      "a redirect to http",
      () => new HttpResponse(null, { status: 301, headers: { location: "http://v3.fal.media/a.mp4" } }),
      "video_url_refused",
    ],
    [
      "a redirect without end",
      () => new HttpResponse(null, { status: 307, headers: { location: url } }),
      "video_unavailable",
    ],
    [
      "a video that says to be too large",
      () => video(10, { "content-length": "1000000" }),
      "video_too_large",
    ],
    ["a video that is too large", () => endless(), "video_too_large"],
  ])("stores nothing of %s", async (_, answer, reason) => {
    serve(url, answer);
    await expect(save({ maxBytes: 200_000 })).rejects.toMatchObject({ code: "ERR_5002", reason });
    expect(uploads).toEqual([]);
  });

  it("follows a redirect to another public place", async () => {
    serve(
      url,
      () =>
        new HttpResponse(null, { status: 302, headers: { location: "https://cdn.example.com/kite.mp4" } }),
    );
    serve("https://cdn.example.com/kite.mp4", () => video());
    await save();
    expect(uploads.length).toBe(1);
  });

  it("sends no request to a place that it does not go to", async () => {
    await expect(save({}, "https://127.0.0.1/kite.mp4")).rejects.toMatchObject({
      reason: "video_url_refused",
    });
  });

  it("says that the store failed where the provider did not", async () => {
    serve(url, () => video());
    upload = async () => ({ error: new Error("The bucket does not exist") });
    await expect(save()).rejects.toMatchObject({
      code: "ERR_6002",
      reason: "storage_failed",
      retryable: true,
    });
    serve(url, () => video());
    upload = () => Promise.reject(new TypeError("fetch failed"));
    await expect(save()).rejects.toMatchObject({ code: "ERR_6002", reason: "storage_failed" });
  });

  it.each([
    [{ status: 400, statusCode: "404", message: "Bucket not found" }, false],
    [{ status: 403, message: "new row violates row-level security policy" }, false],
    [{ status: 429, message: "Too many requests" }, true],
    [{ status: 502, message: "Bad Gateway" }, true],
    [new TypeError("fetch failed"), true],
  ])("says whether %j of storage is worth another try", async (error, retryable) => {
    serve(url, () => video());
    upload = async () => ({ error });
    await expect(save()).rejects.toMatchObject({ code: "ERR_6002", retryable });
  });

  it.each([
    ["in the middle of its pieces", {}],
    ["before its end", { "content-length": "100000" }],
  ])("stores nothing of a video that breaks off %s", async (_, headers) => {
    await using from = await server((answer) => {
      answer.writeHead(200, { "content-type": "video/mp4", ...headers });
      answer.write(new Uint8Array(1_000), () => setTimeout(() => answer.destroy(), 20));
    });
    await expect(save({ allowLoopback: true }, from.url)).rejects.toMatchObject({
      reason: "video_unavailable",
    });
    expect(uploads).toEqual([]);
  });

  it("stores nothing of a video that is shorter than it says, where the runtime does not mind", async () => {
    const headers = { "content-type": "video/mp4", "content-length": "20" };
    const fetch = async () => new Response(new Uint8Array(10), { headers });
    await expect(save({ fetch })).rejects.toMatchObject({ reason: "video_unavailable" });
    expect(uploads).toEqual([]);
  });

  it("gives up a copy that takes too long, wherever it hangs", async () => {
    const options = { timeoutMs: 100, allowLoopback: true };
    const late = { code: "ERR_6002", reason: "copy_timeout" };
    await using silent = await server(() => {});
    await expect(save(options, silent.url)).rejects.toMatchObject(late);
    await using stalled = await server((answer) => {
      answer.writeHead(200, { "content-type": "video/mp4" }).write("a");
    });
    await expect(save(options, stalled.url)).rejects.toMatchObject(late);
    expect(uploads).toEqual([]);
    serve(url, () => video());
    upload = () => new Promise<never>(() => {});
    await expect(save(options)).rejects.toMatchObject(late);
  });

  it("stops at once where nobody waits any more", async () => {
    await using stalled = await server((answer) => {
      answer.writeHead(200, { "content-type": "video/mp4" }).write("a");
    });
    const controller = new AbortController();
    const saving = save({ allowLoopback: true }, stalled.url, controller.signal);
    setTimeout(() => controller.abort(new Error("the server ends")), 50);
    await expect(saving).rejects.toThrow("the server ends");
    await expect(save({}, url, controller.signal)).rejects.toThrow("the server ends");
    expect(uploads).toEqual([]);
  });

  it.each([{ maxBytes: 0 }, { maxBytes: 1.5 }, { timeoutMs: -1 }, { timeoutMs: Number.NaN }])(
    "complains at once of bounds that cannot be meant: %o",
    (options) => {
      expect(() => createSupabaseVideoStore({ from: () => ({}) as StorageBucket }, options)).toThrow(
        expect.objectContaining({ code: "ERR_4008" }),
      );
    },
  );
});

/** A server that breaks connections, as a mock of `fetch` cannot. */
async function server(
  answer: (response: ServerResponse) => void,
): Promise<AsyncDisposable & { url: string }> {
  const listening = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const at = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/kite.mp4`;
  serve(at, () => passthrough());
  return {
    url: at,
    [Symbol.asyncDispose]: async () => {
      listening.closeAllConnections();
      listening.close();
      await once(listening, "close");
    },
  };
}

function endless(): Response {
  const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(50_000)) });
  return new HttpResponse(body, { headers: { "content-type": "video/mp4" } });
}
