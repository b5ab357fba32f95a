import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { takeScript } from "./redis-script.ts";
import { createRedisStore, type RedisClient } from "./redis-store.ts";
import type { StoredLimit, TakeRequest } from "./store.ts";

const limit: StoredLimit = { name: "per_ip", per: "ip", key: null, maxRequests: 10, windowSeconds: 60 };
const request: TakeRequest = {
  action: "video_generation",
  ip: "203.0.113.7",
  userId: null,
  limits: [limit],
  cost: 1,
  reserve: false,
  unloggedDenials: 0,
};
const id = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const now = 1_795_604_000_123_456;

/** A client that answers one thing to every command, or throws it, and keeps what it was sent. */
function answering(answer: unknown, prefix?: string) {
  const sent: string[][] = [];
  const client: RedisClient = {
    sendCommand: async (args) => {
      sent.push(args);
      const given: unknown = typeof answer === "function" ? answer(args) : answer;
      if (given instanceof Error) throw given;
      return given;
    },
  };
  return { sent, store: createRedisStore(client, { prefix }) };
}

describe("an answer of Redis", () => {
  it("is told in the words of all stores, rounded so that nobody comes too early", async () => {
    const { store } = answering([0, now, 10, now + 1, now - 30_000_000]);
    expect(await store.take(request)).toEqual({
      allowed: false,
      reservation: null,
      limits: [
        {
          ...{ name: "per_ip", per: "ip", subject: "203.0.113.7", limit: 10, windowSeconds: 60 },
          ...{ remaining: 0, allowed: false, retryAfterMs: 1, resetAfterMs: 30_000 },
          resetAt: new Date(Math.ceil((now + 30_000_000) / 1000)).toISOString(),
        },
      ],
    });
  });

  it.each([
    ["nothing", null],
    ["undefined", undefined],
    ["OK", "OK"],
    ["true", true],
    ["one", 1],
    ["an object", { allowed: true }],
    ["an empty list", []],
    ["a list without limits", [1, now]],
    ["a list of another length", [1, now, 1, 0]],
    ["a list that is too long", [1, now, 1, 0, now, 0]],
    ["another verdict", [2, now, 1, 0, now]],
    ["a negative verdict", [-1, now, 1, 0, now]],
    ["a text for the verdict", ["1", now, 1, 0, now]],
    ["texts for numbers", [1, String(now), "1", "0", String(now)]],
    ["big integers", [1n, BigInt(now), 1n, 0n, BigInt(now)]],
    ["what is not a number", [1, Number.NaN, 1, 0, now]],
    ["a fraction", [1, now + 0.5, 1, 0.5, 1]],
    ["null for a number", [1, now, null, 0, now]],
    ["a denial that no limit explains", [0, now, 1, 0, now]],
    ["a map", new Map([[1, now]])],
  ])("that is %s is neither a permission nor a denial", async (_, answer) => {
    const { store } = answering(answer);
    await expect(store.take(request)).rejects.toMatchObject({
      code: "ERR_6006",
      reason: "unreadable_answer",
    });
    await expect(store.peek(request)).rejects.toMatchObject({
      code: "ERR_6004",
      reason: "unreadable_answer",
    });
  });

  it.each([[2], [-1], ["1"], [null], [true], [[]]])(
    "to a reset that is %j is not believed",
    async (answer) => {
      const { store } = answering(answer);
      await expect(store.reset({ ...request, limit })).rejects.toMatchObject({ reason: "unreadable_answer" });
    },
  );

  it.each([[1], [true], ["HELD"], [["held"]], [{}], [undefined]])(
    "to a settlement that is %j is not believed",
    async (answer) => {
      const { store } = answering(([command]: string[]) =>
        command === "HKEYS" ? ["status", "cost"] : answer,
      );
      await expect(store.commit(id)).rejects.toMatchObject({ code: "ERR_6006", reason: "unreadable_answer" });
    },
  );

  it.each([[null], [{ status: "held" }], [[1]], ["a/b"]])(
    "to the question for a reservation's limits that is %j is not believed",
    async (answer) => {
      const { store, sent } = answering(answer);
      await expect(store.release(id)).rejects.toMatchObject({
        code: "ERR_6004",
        reason: "unreadable_answer",
      });
      expect(sent).toHaveLength(1);
    },
  );

  it("that is an error is handed on as it is", async () => {
    const error = new Error("LOADING Redis is loading the dataset in memory");
    const { store, sent } = answering(error);
    await expect(store.take(request)).rejects.toBe(error);
    await expect(store.reset({ ...request, limit })).rejects.toBe(error);
    await expect(store.commit(id)).rejects.toBe(error);
    expect(sent).toHaveLength(3);
  });
});

describe("what is sent to Redis", () => {
  it("is the script's name, its keys, and what it needs", async () => {
    const { store, sent } = answering([1, now, 1, 0, now], "{x}:");
    await store.take({ ...request, cost: 3 });
    const sha = createHash("sha1").update(takeScript.text).digest("hex");
    const key = "{x}:video_generation/ip/203.0.113.7/60";
    expect(sent).toEqual([["EVALSHA", sha, "1", key, "3", "write", "86400000", "10", "60"]]);
  });

  it("is the script itself only when Redis does not know it", async () => {
    const { store, sent } = answering(([command]: string[]) =>
      command === "EVALSHA"
        ? new Error("NOSCRIPT No matching script. Please use EVAL.")
        : [1, now, 1, 0, now],
    );
    await store.take(request);
    const [name, text] = sent;
    expect(text).toEqual(["EVAL", takeScript.text, ...(name?.slice(2) ?? [])]);
    expect(sent).toHaveLength(2);
  });

  it("is not sent again after an error that speaks of NOSCRIPT somewhere else", async () => {
    const { store, sent } = answering(new Error("Timed out: EVALSHA … NOSCRIPT"));
    await expect(store.take(request)).rejects.toThrow("Timed out");
    expect(sent).toHaveLength(1);
  });

  it("holds no hash tag but the prefix's", async () => {
    const { store, sent } = answering(1, "p:");
    await store.reset({ ...request, action: "{a}", limit: { ...limit, per: "key", key: "{b}/ş" } });
    expect(sent).toEqual([["DEL", "p:%7Ba%7D/key/%7Bb%7D%2F%C5%9F/60"]]);
  });
});

describe("what Redis cannot judge", () => {
  it.each<[string, Partial<TakeRequest>, string]>([
    ["no limits, which are the rules of the database", { limits: null }, "limits"],
    ["an empty list of limits", { limits: [] }, "limits"],
    ["eleven limits", { limits: Array(11).fill(limit) }, "limits"],
    ["a limit of 0", { limits: [{ ...limit, maxRequests: 0 }] }, "limits[0].maxRequests"],
    [
      "a limit that is no number",
      { limits: [{ ...limit, maxRequests: Number.NaN }] },
      "limits[0].maxRequests",
    ],
    ["a limit without end", { limits: [{ ...limit, maxRequests: Infinity }] }, "limits[0].maxRequests"],
    ["a window of 0", { limits: [limit, { ...limit, windowSeconds: 0 }] }, "limits[1].windowSeconds"],
    ["a fraction of a second", { limits: [{ ...limit, windowSeconds: 0.5 }] }, "limits[0].windowSeconds"],
    ["367 days", { limits: [{ ...limit, windowSeconds: 367 * 86_400 }] }, "limits[0].windowSeconds"],
    ["a cost of 0", { cost: 0 }, "cost"],
    ["a negative cost", { cost: -1 }, "cost"],
    ["a cost that is no number", { cost: Number.NaN }, "cost"],
    ["a cost above the limit", { cost: 11 }, "cost"],
    ["a limit per user without one", { limits: [{ ...limit, per: "user" }] }, "userId"],
    ["a user's id that is none", { userId: "ada", limits: [{ ...limit, per: "user" }] }, "userId"],
    ["a limit per key without one", { limits: [{ ...limit, per: "key" }] }, "key"],
    ["a key of half a character", { limits: [{ ...limit, per: "key", key: "\ud83d" }] }, "key"],
    ["an action of half a character", { action: "\ud83d" }, "action"],
  ])("is refused before anything is sent: %s", async (_, given, field) => {
    const { store, sent } = answering([1, now, 1, 0, now]);
    await expect(store.take({ ...request, ...given })).rejects.toMatchObject({ code: "ERR_4008", field });
    await expect(store.peek({ ...request, ...given })).rejects.toMatchObject({ code: "ERR_4008", field });
    expect(sent).toEqual([]);
  });

  it("is refused by the other methods too", async () => {
    const { store, sent } = answering(1);
    await expect(store.reset({ ...request, limit: { ...limit, windowSeconds: 0 } })).rejects.toMatchObject({
      field: "limit.windowSeconds",
    });
    await expect(store.commit("x")).rejects.toMatchObject({ field: "reservation" });
    await expect(store.release("x")).rejects.toMatchObject({ field: "reservation" });
    expect(sent).toEqual([]);
  });
});

describe("a signal", () => {
  const never: RedisClient = { sendCommand: () => new Promise(() => {}) };

  it("that has fired sends nothing", async () => {
    const { store, sent } = answering([1, now, 1, 0, now]);
    await expect(store.take(request, AbortSignal.abort("late"))).rejects.toBe("late");
    expect(sent).toEqual([]);
  });

  it("ends the waiting for a client that does not answer", async () => {
    const store = createRedisStore(never);
    const reason = { name: "TimeoutError" };
    await expect(store.take(request, AbortSignal.timeout(10))).rejects.toMatchObject(reason);
    await expect(store.peek(request, AbortSignal.timeout(10))).rejects.toMatchObject(reason);
    await expect(store.reset({ ...request, limit }, AbortSignal.timeout(10))).rejects.toMatchObject(reason);
    await expect(store.commit(id, AbortSignal.timeout(10))).rejects.toMatchObject(reason);
    await expect(store.release(id, AbortSignal.timeout(10))).rejects.toMatchObject(reason);
  });

  it("leaves no listener behind, for one signal may serve many requests", async () => {
    const { store } = answering([1, now, 1, 0, now]);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await store.take(request, signal);
    expect(listeners).toBe(0);
  });
});
