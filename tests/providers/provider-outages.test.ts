import { isProviderError, type ProviderError, type ProviderHttp } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { everyProvider, partyOf } from "./contract.ts";
import { usePeer } from "./peer.ts";
import type { RecordedProvider } from "./recorded-provider.ts";

const peer = usePeer();

const never = (): Promise<Response> => new Promise(() => {});
const stalled = (): Response =>
  new HttpResponse(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode("{")) }));
const cut = (): Response =>
  new HttpResponse(
    new ReadableStream({
      start: (body) => body.enqueue(new TextEncoder().encode('{"request_id":"')),
      pull: (body) => body.error(new Error("cut")),
    }),
  );
const huge = (): Response => {
  const chunk = new Uint8Array(65_536).fill(0x20);
  return new HttpResponse(new ReadableStream({ pull: (body) => body.enqueue(chunk) }));
};
const page = (status: number): Response => HttpResponse.html("<h1>Bad gateway</h1>", { status });

/** As Node says it when the server resets the connection; by then the request has arrived. */
const reset: ProviderHttp["fetch"] = async (input, init) => {
  await fetch(input, init);
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  throw new TypeError("fetch failed", { cause });
};

interface Speechless {
  readonly answer: () => Response | Promise<Response>;
  readonly code: string;
  readonly reason: string;
  readonly http?: ProviderHttp;
}
const timeout = (answer: Speechless["answer"]): Speechless => ({
  answer,
  code: "ERR_5001",
  reason: "timeout",
});
const lost = (answer: Speechless["answer"], http: ProviderHttp = {}): Speechless => ({
  answer,
  code: "ERR_5002",
  reason: "connection_lost",
  http,
});
const down = (answer: Speechless["answer"]): Speechless => ({
  answer,
  code: "ERR_5002",
  reason: "unavailable",
});
const odd = (answer: Speechless["answer"]): Speechless => ({
  answer,
  code: "ERR_5002",
  reason: "unexpected_answer",
});

/** Ways to answer that tell nothing, with what is known then. */
const speechless: Record<string, Speechless> = {
  "no headers in time": timeout(never),
  "a body that stalls": timeout(stalled),
  "a connection cut before the headers": lost(() => new HttpResponse(), { fetch: reset }),
  "a connection cut in the body": lost(cut),
  "a body without an end": odd(huge),
  "malformed JSON": odd(() => new HttpResponse('{"request_id":')),
  "an empty body": odd(() => new HttpResponse(null, { status: 200 })),
  "JSON of another API": odd(() => HttpResponse.json({ hello: "world" })),
  "JSON that is no object": odd(() => HttpResponse.json([null])),
  "a page instead of JSON": odd(() => page(200)),
  "a redirect to another host": odd(
    () => new HttpResponse(null, { status: 307, headers: { location: "https://elsewhere.example/" } }),
  ),
  "an error page of a gateway": down(() => page(502)),
  "a timeout of a gateway": timeout(() => page(504)),
  "a 503 that does not say when to come back": down(() => page(503)),
};

describe.each(everyProvider)("the provider $name", (recorded: RecordedProvider) => {
  const { scenes, request, job, key, submitUrl, statusUrl } = recorded;
  const { make, failing } = partyOf(recorded, peer);

  describe.each(Object.entries(speechless))("that answers with %s", (_, { answer, code, reason, http }) => {
    it("is never given the same submit twice, and the caller learns that its outcome is unknown", async () => {
      peer.answer("POST", submitUrl, answer);
      const error = await failing(make(http).submit(request));
      expect(error).toMatchObject({ code: "ERR_6006", reason, outcome: "unknown", retryable: false });
      expect(error.hint).toMatch(/Do not submit it again/);
      const canLookUp = make().capabilities.lookUp;
      expect(error.details?.lookup).toEqual(
        canLookUp ? { from: expect.any(String), to: expect.any(String) } : null,
      );
      const { from, to } = (error.details?.lookup ?? { from: "1970", to: "1970" }) as {
        from: string;
        to: string;
      };
      // It was begun before it was lost, and both just now.
      expect(Date.parse(to) - Date.parse(from)).toBeGreaterThanOrEqual(0);
      expect(Date.parse(to) - Date.parse(from)).toBeLessThan(3_000);
      expect(peer.arrived).toHaveLength(1);
    });

    it("says so when asked for a status", async () => {
      peer.answer("GET", statusUrl, answer);
      const error = await failing(make(http).status(job));
      expect(error).toMatchObject({ code, reason, outcome: null });
      expect(isProviderError(error)).toBe(true);
    });
  });

  it("reads no more of a body than it can mean", async () => {
    let read = 0;
    peer.answer("GET", statusUrl, () => {
      const pull = (body: ReadableStreamDefaultController): void => {
        read += 65_536;
        body.enqueue(new Uint8Array(65_536));
      };
      return new HttpResponse(new ReadableStream({ pull }));
    });
    await failing(make().status(job));
    expect(read).toBeLessThan(3_000_000);
  });

  it("repeats a submit that was refused with a time to come back, until it is taken", async () => {
    for (const status of [429, 503]) {
      peer.arrived.splice(0);
      const [first] = scenes.submitted;
      peer.answer("POST", submitUrl, (nth) =>
        nth < 3
          ? new HttpResponse("busy", { status, headers: { "retry-after": "0" } })
          : HttpResponse.json(first?.body as object),
      );
      expect((await make().submit(request)).job.id).toBe(job.id);
      expect(peer.arrived).toHaveLength(3);
    }
  });

  it("says in a 429 storm that nothing was taken, and for how long to stay away", async () => {
    peer.answer("POST", submitUrl, () => HttpResponse.json({ detail: "Too many" }, { status: 429 }));
    const refused = { code: "ERR_5002", reason: "rate_limited", outcome: "not_accepted", retryable: true };
    expect(await failing(make().submit(request))).toMatchObject(refused);
    expect(peer.arrived).toHaveLength(1);
    const headers = { "retry-after": "7200" };
    for (const [status, reason] of [
      [429, "rate_limited"],
      [503, "unavailable"],
    ] as const) {
      peer.arrived.splice(0);
      peer.answer("POST", submitUrl, () => HttpResponse.json({}, { status, headers }));
      const error = await failing(make().submit(request));
      expect(error).toMatchObject({ ...refused, reason, details: { retry_after: 7_200 } });
      expect(peer.arrived).toHaveLength(1);
    }
  });

  it("sends no more than its budget in a 429 storm of questions", async () => {
    peer.answer("GET", statusUrl, () => HttpResponse.json({}, { status: 429 }));
    const provider = make();
    for (let call = 0; call < 50; call += 1) await failing(provider.status(job));
    // 50 calls, 10 retries saved up, and one more for each ten calls.
    expect(peer.arrived.length).toBeLessThanOrEqual(65);
    expect(peer.arrived.length).toBeGreaterThan(50);
  });

  it("leaves a provider alone in a 5xx storm, and what is not sent is surely not taken", async () => {
    peer.answer("POST", submitUrl, () => page(500));
    const provider = make();
    const errors: ProviderError[] = [];
    for (let call = 0; call < 20; call += 1) errors.push(await failing(provider.submit(request)));
    expect(peer.arrived).toHaveLength(5);
    expect(errors.slice(0, 5).map(({ code }) => code)).toEqual(Array(5).fill("ERR_6006"));
    for (const error of errors.slice(5)) {
      expect(error).toMatchObject({ code: "ERR_5002", reason: "circuit_open", outcome: "not_accepted" });
      expect(error.details?.retry_after).toBeGreaterThan(0);
    }
    const unguarded = make({ breaker: null, budget: null });
    for (let call = 0; call < 7; call += 1) await failing(unguarded.submit(request));
    expect(peer.arrived).toHaveLength(12);
  });

  it("knows a submit that cannot have left, and sends it again", async () => {
    let calls = 0;
    const fetch = async (): Promise<Response> => {
      calls += 1;
      const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      throw new TypeError("fetch failed", { cause });
    };
    const error = await failing(make({ fetch }).submit(request));
    expect(error).toMatchObject({ code: "ERR_5002", outcome: "not_accepted", retryable: true });
    expect(error.details?.attempts).toHaveLength(4);
    expect(calls).toBe(4);
  });

  it("takes whatever fetch throws for a submit that may have arrived", async () => {
    for (const thrown of [
      "a string",
      new Error(`odd ${key}`),
      null,
      {
        get message() {
          throw new Error();
        },
      },
    ]) {
      const fetch = (): Promise<Response> => Promise.reject(thrown);
      expect(await failing(make({ fetch }).submit(request))).toMatchObject({ code: "ERR_6006" });
      expect(await failing(make({ fetch }).status(job))).toMatchObject({ code: "ERR_5002" });
    }
  });

  it("ends at once when the caller aborts: a question with the reason, a submit that was sent in doubt", async () => {
    const abort = async (call: (signal: AbortSignal) => Promise<unknown>): Promise<ProviderError> => {
      const controller = new AbortController();
      const calling = call(controller.signal);
      setTimeout(() => controller.abort(new Error("gone")), 30);
      return await failing(calling);
    };
    // The bodies that stall are no msw here: Node's parser asserts when a made-up socket ends in the middle of one.
    for (const fetch of [never, async () => stalled()]) {
      const provider = make({ fetch });
      expect(await abort((signal) => provider.status(job, { signal }))).toMatchObject({ message: "gone" });
      const doubted = await abort((signal) => provider.submit(request, { signal }));
      expect(doubted).toMatchObject({ code: "ERR_6006", reason: "aborted", outcome: "unknown" });
    }
    // Taken while the caller gives up: the answer is there, and nobody reads it.
    const late = new AbortController();
    const fetch = async (): Promise<Response> => {
      late.abort(new Error("gone"));
      return Response.json({});
    };
    const taken = make({ fetch }).submit(request, { signal: late.signal });
    expect(await failing(taken)).toMatchObject({ code: "ERR_6006", reason: "aborted" });
    peer.arrived.splice(0);
    const before = make().submit(request, { signal: AbortSignal.abort(new Error("gone")) });
    expect(await failing(before)).toMatchObject({ message: "gone" });
    expect(peer.arrived).toEqual([]);
  });
});
