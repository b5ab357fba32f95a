import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { callFalAI } from "./call-fal-ai.ts";

const server = setupServer();
const arrived: Request[] = [];

beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
beforeEach(() => {
  arrived.splice(0);
  vi.stubGlobal("Deno", {
    env: { get: (name: string) => (name === "FALAI_API_KEY" ? "id:word" : undefined) },
  });
});
afterEach(() => {
  server.resetHandlers();
  vi.unstubAllGlobals();
});
afterAll(() => server.close());

function answer(...responses: readonly (() => Response)[]): void {
  server.use(
    http.post("https://fal.run/fal-ai/veo3.1", ({ request }) => {
      arrived.push(request.clone());
      const next = responses[Math.min(arrived.length, responses.length) - 1];
      return next?.() ?? HttpResponse.error();
    }),
  );
}

const taken = (): Response => HttpResponse.json({ request_id: "764cabcf" });
const busy = (): Response => new HttpResponse("busy", { status: 503, headers: { "retry-after-ms": "1" } });

describe("the provider call that fetchWithRetry was first written for, in Node", () => {
  it("sends prompt and settings with the key, once, and returns the job", async () => {
    answer(taken);
    expect(await callFalAI("fal-ai/veo3.1", "a red kite", { duration: "8s" })).toEqual({
      job_id: "764cabcf",
    });
    expect(arrived).toHaveLength(1);
    expect(arrived[0]?.headers.get("authorization")).toBe("Key id:word");
    expect(await arrived[0]?.json()).toEqual({ prompt: "a red kite", duration: "8s" });
  });

  it("comes back when it is told to, with the same body and the same key against doing it twice", async () => {
    answer(busy, busy, taken);
    expect(await callFalAI("fal-ai/veo3.1", "a red kite", {})).toEqual({ job_id: "764cabcf" });
    expect(arrived).toHaveLength(3);
    const keys = new Set(arrived.map(({ headers }) => headers.get("idempotency-key")));
    expect([...keys]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(new Set(await Promise.all(arrived.map((request) => request.text())))).toEqual(
      new Set(['{"prompt":"a red kite"}']),
    );
  });

  it("throws its own error for what no retry mends, and for a server that stays busy", async () => {
    answer(() => HttpResponse.json({}, { status: 401, statusText: "Unauthorized" }));
    await expect(callFalAI("fal-ai/veo3.1", "a red kite", {})).rejects.toThrow("FalAI error: Unauthorized");
    expect(arrived).toHaveLength(1);
    arrived.splice(0);
    answer(busy);
    await expect(callFalAI("fal-ai/veo3.1", "a red kite", {})).rejects.toThrow(/^FalAI error: /);
    expect(arrived).toHaveLength(4);
  });
});
