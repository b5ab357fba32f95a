import { createClient } from "@supabase/supabase-js";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { createDatabase, type Database, type DatabaseClient, type Effect, read, rpc } from "./index.ts";

type Fetch = typeof globalThis.fetch;

const url = "https://abc.supabase.co";
const key = "sb_secret_abc";
const user = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const charged = z.object({ success: z.literal(true), credits_remaining: z.int() });

const answering =
  (body: unknown, status = 200): Fetch =>
  async () =>
    Response.json(body, { status });
const silent: Fetch = () => new Promise(() => {});

const database = (fetch: Fetch, timeoutMs = 1_000): Database =>
  createDatabase({ url, key, fetch, timeoutMs });

function deduct(db: DatabaseClient, effect: Effect = "write", signal?: AbortSignal): Promise<unknown> {
  return rpc(db, "deduct_credits", { p_user_id: user, p_amount: 4 }, charged, { effect, signal });
}

describe("rpc", () => {
  it("sends one POST with the arguments that are given, and returns the checked result", async () => {
    const fetch = vi.fn(answering({ success: true, credits_remaining: 6, more: "is dropped" }));
    const args = { p_user_id: user, p_amount: 4, p_reason: undefined, p_job_id: null };
    const result = await rpc(database(fetch), "deduct_credits", args, charged, { effect: "write" });
    expect(result).toEqual({ success: true, credits_remaining: 6 });
    expect(fetch).toHaveBeenCalledTimes(1);
    const [sentTo, init] = fetch.mock.calls[0] ?? [];
    expect([init?.method, sentTo]).toEqual(["POST", `${url}/rest/v1/rpc/deduct_credits`]);
    expect(JSON.parse(String(init?.body))).toEqual({ p_user_id: user, p_amount: 4, p_job_id: null });
  });

  it("throws a refusal with its code, its machine name, and its other fields", async () => {
    const refusal = {
      success: false,
      error: "insufficient_credits",
      code: "ERR_4001",
      current_credits: 1,
      required_credits: 4,
    };
    await expect(deduct(database(answering(refusal)))).rejects.toMatchObject({
      code: "ERR_4001",
      reason: "insufficient_credits",
      variables: { required: 4, available: 1 },
      message: "There are not enough credits.",
      retryable: false,
      details: { current_credits: 1, function: "deduct_credits" },
    });
  });

  it.each([
    [
      { success: false, error: "new_rule", code: "ERR_4009" },
      { code: "ERR_4009", reason: "new_rule" },
    ],
    [
      { success: false, error: "new_rule", code: "ERR_9999" },
      { code: "ERR_6001", reason: "new_rule" },
    ],
    [
      { success: false, error: "user_not_found" },
      { code: "ERR_4007", reason: "user_not_found" },
    ],
    [
      { success: false, error: "constructor" },
      { code: "ERR_6001", reason: "constructor" },
    ],
    [{ success: false }, { code: "ERR_6001", reason: "refused" }],
  ])("makes the best of the refusal %j", async (refusal, expected) => {
    await expect(deduct(database(answering(refusal)))).rejects.toMatchObject(expected);
  });

  it("does not call a write undone whose answer it cannot read", async () => {
    const db = database(answering({ success: true, credits: "six" }));
    await expect(deduct(db)).rejects.toMatchObject({ code: "ERR_6006", reason: "unreadable_answer" });
    await expect(deduct(db, "read")).rejects.toMatchObject({ code: "ERR_6004", reason: "unreadable_answer" });
  });
});

describe("the caller's signal", () => {
  const reason = new Error("changed my mind");

  it("aborted beforehand sends nothing and rejects with its reason", async () => {
    const fetch = vi.fn(silent);
    for (const effect of ["write", "read"] as const) {
      await expect(deduct(database(fetch), effect, AbortSignal.abort(reason))).rejects.toBe(reason);
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it("aborted in flight leaves a write in doubt and rejects a read with its reason", async () => {
    for (const effect of ["write", "read"] as const) {
      const controller = new AbortController();
      const fetch: Fetch = () => {
        queueMicrotask(() => controller.abort(reason));
        return new Promise(() => {});
      };
      const inDoubt = { code: "ERR_6006", reason: "aborted", retryable: false, cause: reason };
      const failure = expect(deduct(database(fetch), effect, controller.signal)).rejects;
      await (effect === "write" ? failure.toMatchObject(inDoubt) : failure.toBe(reason));
    }
  });
});

describe("what a request leaves behind", () => {
  it("is no timer and no listener, after success, refusal, failure and abort", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const controller = new AbortController();
      const added = vi.spyOn(controller.signal, "addEventListener");
      const removed = vi.spyOn(controller.signal, "removeEventListener");
      const failing: Fetch = () => Promise.reject(new TypeError("fetch failed"));
      for (const fetch of [
        answering({ success: true, credits_remaining: 1 }),
        answering({ success: false }),
        failing,
      ]) {
        await deduct(database(fetch), "write", controller.signal).catch(() => {});
        expect(vi.getTimerCount()).toBe(0);
      }
      const waiting = deduct(database(silent), "read", controller.signal);
      expect(vi.getTimerCount()).toBe(1);
      controller.abort();
      await expect(waiting).rejects.toThrow();
      expect(vi.getTimerCount()).toBe(0);
      expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([4, 4]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("holds the caller no longer than the time, even when fetch ignores its signal", async () => {
    await expect(deduct(database(silent, 50))).rejects.toMatchObject({
      code: "ERR_6006",
      reason: "timeout",
      details: { timeout_ms: 50, function: "deduct_credits" },
    });
  });
});

describe("a write in doubt", () => {
  it.each([
    ["an idempotency key", { p_idempotency_key: "k-1" }, "same key"],
    ["no key", {}, "Look whether"],
  ])("with %s says how to settle it", async (_title, given, words) => {
    const args = { p_user_id: user, p_amount: 4, ...given };
    const lost = rpc(database(silent, 20), "deduct_credits", args, charged, { effect: "write" });
    await expect(lost).rejects.toMatchObject({
      code: "ERR_6006",
      hint: expect.stringContaining(words),
      details:
        "p_idempotency_key" in given
          ? { idempotency_key: "k-1" }
          : expect.not.objectContaining({ idempotency_key: expect.anything() }),
    });
  });
});

describe("read", () => {
  const row = z.object({ id: z.string() });
  const users = (db: DatabaseClient): Promise<{ id: string }[]> =>
    read(db, (client) => client.from("users").select("id").eq("id", user), row);

  it("sends one GET and returns the checked rows", async () => {
    const fetch = vi.fn(answering([{ id: user }]));
    await expect(users(database(fetch))).resolves.toEqual([{ id: user }]);
    expect(fetch.mock.calls.map(([input, init]) => [init?.method, input])).toEqual([
      ["GET", `${url}/rest/v1/users?select=id&id=eq.${user}`],
    ]);
  });

  it("is not repeated behind the caller's back, by either client", async () => {
    const fetch = vi.fn<Fetch>(
      async () => new Response("busy", { status: 503, headers: { "retry-after": "0" } }),
    );
    const failing = vi.fn<Fetch>(() => Promise.reject(new TypeError("fetch failed")));
    for (const broken of [fetch, failing]) {
      for (const db of [database(broken), createClient(url, key, { global: { fetch: broken } })]) {
        broken.mockClear();
        await expect(users(db)).rejects.toMatchObject({ code: "ERR_6005", retryable: true });
        expect(broken).toHaveBeenCalledTimes(1);
      }
    }
  });

  it.each([
    ["another API", { hello: "world" }, 200, { code: "ERR_6007" }],
    ["rows of an older schema", [{ id: 1 }], 200, { code: "ERR_6004", reason: "unreadable_answer" }],
    [
      "a missing table",
      { code: "PGRST205", message: "no table" },
      404,
      { code: "ERR_6004", reason: "schema_outdated" },
    ],
  ])("tells %s from rows", async (_title, body, status, expected) => {
    await expect(users(database(answering(body, status)))).rejects.toMatchObject(expected);
  });
});
