import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { type ErrorLogEntry, getError, logError } from "./index.ts";

let stack: TestStack;
let db: Database;
let lines: [string, Record<string, unknown> | undefined, string | undefined][];
const log = (...line: (typeof lines)[number]): number => lines.push(line);

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate public.error_log, vidops.error_counts`;
  stack.faults.clear();
  stack.requests.length = 0;
  lines = [];
});

const entry: ErrorLogEntry = { code: "ERR_5001", endpoint: "/generate-video" };

/** Logs an entry and reads it back. */
async function stored(more: Partial<ErrorLogEntry>, options = {}): Promise<Record<string, unknown>> {
  const answer = await logError(db, { ...entry, ...more }, { log, ...options });
  expect(lines).toEqual([]);
  const [row] = await stack.sql`select * from public.error_log where id = ${answer?.id ?? "0"}`;
  return row ?? {};
}

describe("logError", () => {
  it("stores all that is known of an error, with one request", async () => {
    const user = await stack.createUser();
    const answer = await logError(db, {
      ...entry,
      userId: user.id,
      requestId: "req_1",
      language: "tr",
      status: 504,
      requestData: { model: "kling" },
      details: { message: "timed out" },
    });
    expect(answer).toEqual({
      id: expect.stringMatching(/^\d+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(stack.requests).toHaveLength(1);
    expect(await getError(db, answer?.id ?? "")).toMatchObject({
      code: "ERR_5001",
      endpoint: "/generate-video",
      userId: user.id,
      requestId: "req_1",
      language: "tr",
      status: 504,
      requestData: { model: "kling" },
      details: { message: "timed out" },
      summary: "timed out",
      fingerprint: answer?.fingerprint,
    });
  });

  it("takes secrets out at any depth and in arrays, by key and by look", async () => {
    const row = await stored({
      requestData: {
        headers: [{ name: "x", Authorization: "Key abc:def" }],
        list: [[{ deep: { apiKey: "k1", items: [{ refresh_token: "k2" }] } }]],
        url: "https://example.com/x?token=k3&page=2",
        receipt: "k4",
      },
      details: new Error("login with password=k5 and sb_secret_k6 failed", {
        cause: new Error("Bearer k7k7k7k7k7"),
      }),
      endpoint: "/callback?access_token=k8",
    });
    const text = JSON.stringify(row);
    expect(text).not.toMatch(/k[1-8]|abc:def/);
    expect(text).toContain("page=2");
    expect(row.error_details).toMatchObject({
      name: "Error",
      message: "login with password=[redacted] and sb_secret_[redacted] failed",
    });
  });

  it("leaves addresses in, unless it is told to take them out", async () => {
    const details = { message: "no mail to ada@example.com" };
    expect((await stored({ details })).error_details).toEqual(details);
    const row = await stored({ details, endpoint: "/u/ada@example.com" }, { redactEmails: true });
    expect([row.error_details, row.endpoint]).toEqual([{ message: "no mail to [email]" }, "/u/[email]"]);
  });

  const circular: Record<string, unknown> = { a: 1 };
  circular.self = circular;
  it.each<[string, unknown, unknown]>([
    ["BigInt", { n: 12345678901234567890n }, { n: "12345678901234567890" }],
    ["a circle", circular, { a: 1, self: "[circular]" }],
    ["NUL characters, in keys too", { "a\0b": "c\0d" }, { "a\uFFFDb": "c\uFFFDd" }],
    ["halves of surrogate pairs", { t: "\uD83D x \uDE00" }, { t: "\uFFFD x \uFFFD" }],
    ["a thrown text", "no", "no"],
    ["a thrown null", null, null],
    ["undefined", undefined, null],
    ["a function", () => 1, "[function]"],
    ["a key named __proto__", JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
  ])("stores details with %s", async (_, details, kept) => {
    expect((await stored({ details })).error_details).toEqual(kept);
  });

  it.each<[string, unknown]>([
    ["one text of 5 MB", { message: "m", body: "x".repeat(5_000_000) }],
    ["5 MB of texts", { message: "m", list: Array.from({ length: 5_000 }, () => "x".repeat(1_000)) }],
    [
      "5 MB of keys",
      { message: "m", list: Array.from({ length: 5_000 }, (_, i) => ({ ["k".repeat(1_000) + i]: 1 })) },
    ],
    [
      "a million numbers",
      {
        message: "m",
        list: Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => 1.23456789)),
      },
    ],
    ["emoji across the cut", { message: "m", body: "😀".repeat(100_000) }],
  ])("keeps little of %s, and soon", async (_, details) => {
    const started = performance.now();
    const row = await stored({ details, requestData: details });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(row.error_details).toMatchObject({ message: "m" });
    expect(JSON.stringify(row.error_details).length).toBeLessThan(64_000);
  });

  it("keeps the entry of a user that is unknown or has no uuid", async () => {
    const nobody = "00000000-0000-4000-8000-00000000dead";
    expect(await stored({ userId: nobody, details: { message: "m" } })).toMatchObject({
      user_id: null,
      error_details: { message: "m", unknown_user_id: nobody },
    });
    expect(await stored({ userId: "device-7", details: ["m"] })).toMatchObject({
      user_id: null,
      error_details: { details: ["m"], unknown_user_id: "device-7" },
    });
  });

  it("makes the best of fields that are not as they should be", async () => {
    const row = await stored({
      code: "  ",
      endpoint: undefined as never,
      requestId: 7 as never,
      language: "x".repeat(100),
      status: 9_999,
    });
    expect(row).toMatchObject({
      error_code: "ERR_6003",
      endpoint: "unknown",
      request_id: null,
      language: "x".repeat(35),
      status: null,
    });
  });

  it("stores an entry whose properties cannot be read as far as it can, or tells it", async () => {
    const hostile = Object.defineProperty({ ...entry }, "details", {
      get: () => {
        throw new Error("no");
      },
    });
    await expect(logError(db, hostile, { log })).resolves.toBeNull();
    expect(lines).toMatchObject([["error_log_failed", { reason: "unexpected" }, "error"]]);
  });

  it("stores two entries at once", async () => {
    const answers = await Promise.all([logError(db, entry), logError(db, entry)]);
    expect(new Set(answers.map((answer) => answer?.id)).size).toBe(2);
    expect(new Set(answers.map((answer) => answer?.fingerprint)).size).toBe(1);
  });
});

describe("logError, when it cannot store", () => {
  it.each(["cut-before-forward", "502-html"] as const)(
    "tells the whole entry in one line: %s",
    async (kind) => {
      stack.faults.next({ path: "/rest/v1/rpc/log_error", kind });
      const answer = await logError(
        db,
        { ...entry, requestId: "req_1", details: { message: "m", apiKey: "k1" } },
        { log },
      );
      expect(answer).toBeNull();
      expect(lines).toEqual([
        [
          "error_log_failed",
          expect.objectContaining({
            reason: expect.any(String),
            message: expect.any(String),
            entry: expect.objectContaining({
              code: "ERR_5001",
              requestId: "req_1",
              details: { message: "m", apiKey: "[redacted]" },
            }),
          }),
          "error",
        ],
      ]);
      expect(stack.requests.length).toBeLessThanOrEqual(1);
      expect(await stack.sql`select from public.error_log`).toHaveLength(0);
    },
  );

  it("waits no longer than it is told", async () => {
    stack.faults.next({ path: "/rest/v1/rpc/log_error", kind: "hang" });
    const started = performance.now();
    await expect(logError(db, entry, { log, timeoutMs: 200 })).resolves.toBeNull();
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(lines).toMatchObject([["error_log_failed", { reason: "timeout" }, "error"]]);
  });

  it("survives a server that is not there, a key that may not, a logger that fails, and no client at all", async () => {
    const away = createDatabase({ url: "http://127.0.0.1:9", key: stack.secretKey });
    const asUser = createDatabase({
      url: stack.url,
      key: stack.publishableKey,
      accessToken: (await stack.createUser()).accessToken,
    });
    const failing = (): never => {
      throw new VidopsError({ code: "ERR_6003", reason: "x", message: "disk full" });
    };
    await expect(logError(away, entry, { log })).resolves.toBeNull();
    await expect(logError(asUser, entry, { log })).resolves.toBeNull();
    await expect(logError(away, entry, { log: failing })).resolves.toBeNull();
    await expect(logError(undefined as never, entry, { log })).resolves.toBeNull();
    await expect(logError(db, undefined as never, { log })).resolves.toBeNull();
    await expect(logError(db, entry, { log, timeoutMs: Number.NaN })).resolves.not.toBeUndefined();
    expect(lines.map(([event, data]) => [event, data?.reason]).slice(0, 2)).toEqual([
      ["error_log_failed", expect.any(String)],
      ["error_log_failed", "forbidden"],
    ]);
  });

  it("takes a client that is a class instance, as supabase-js has it", async () => {
    class Client {
      readonly #db = db;
      rpc(name: string, args?: object): PromiseLike<unknown> {
        return this.#db.rpc(name, args);
      }
      from(table: string): object {
        return this.#db.from(table);
      }
    }
    await expect(logError(new Client(), entry, { log })).resolves.toMatchObject({ id: expect.any(String) });
  });
});
