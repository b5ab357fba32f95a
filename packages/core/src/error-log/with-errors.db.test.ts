import { createClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { describeRequest, type FetchHandler, getError, type WithErrorsOptions, withErrors } from "./index.ts";

let stack: TestStack;
let db: Database;
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());

const request = (init: RequestInit = {}, path = "/generate-video"): Request =>
  new Request(`http://localhost${path}`, { method: "POST", ...init });

/** Lets a handler fail, waits for the log, and gives the answer with all that operators see. */
async function fail(
  handler: FetchHandler<[]>,
  asked: Request = request(),
  options: WithErrorsOptions<[]> = {},
): Promise<{ response: Response; body: string; stored: unknown; lines: unknown[][] }> {
  const lines: unknown[][] = [];
  let work: Promise<unknown> = Promise.resolve(null);
  const waitUntil = (kept: Promise<unknown>): void => {
    work = kept;
  };
  const log = (...line: unknown[]): void => void lines.push(line);
  const response = await withErrors(handler, { db, waitUntil, log, ...options })(asked);
  return { response, body: await response.text(), stored: await work, lines };
}

describe("withErrors over a real database", () => {
  it("gives the user a calm sentence and operators the full story under one request id", async () => {
    const supabase = createClient(stack.url, stack.secretKey);
    const email = `${crypto.randomUUID()}@example.com`;
    const { id: userId } = await stack.createUser({ email });
    const { response, body, lines } = await fail(
      async (asked) => {
        describeRequest(asked, {
          userId,
          requestData: { email, password: "hunter2", note: "my token=abcdef123456" },
        });
        const { error } = await supabase.from("users").insert({ id: userId, email });
        if (error) throw error;
        return new Response("not reached");
      },
      request(
        { headers: { "accept-language": "tr" } },
        "/generate-video?access_token=abc&key=k1k1&X-Amz-Signature=f00d&page=2",
      ),
    );
    const requestId = response.headers.get("x-request-id") ?? "";
    expect(response.status).toBe(409);
    expect(JSON.parse(body)).toEqual({
      error: {
        code: "ERR_4009",
        message: "Bu kayıt zaten var ya da bu sırada değişti. Lütfen sayfayı yenileyip tekrar deneyin.",
        request_id: requestId,
      },
    });
    const report = await getError(db, requestId);
    expect(report).toMatchObject({
      code: "ERR_4009",
      endpoint: "POST /generate-video",
      userId,
      requestId,
      language: "tr",
      status: 409,
      details: { reason: "unique_violation", cause: { code: "23505" } },
      requestData: { query: { page: "2", key: "[redacted]" } },
    });
    expect(report.summary).toContain("duplicate key value");
    expect(JSON.stringify(report)).toContain("already exists");
    expect(JSON.stringify(report)).not.toMatch(/hunter2|abcdef123456|"abc"|k1k1|f00d/);
    expect(lines).toContainEqual([
      "request_failed",
      expect.objectContaining({ request_id: requestId }),
      "warn",
    ]);
  });

  it("stores the stack of what nobody expected", async () => {
    const { response } = await fail(() => {
      throw new RangeError("out of range");
    });
    const report = await getError(db, response.headers.get("x-request-id") ?? "");
    expect(report.code).toBe("ERR_6003");
    expect(JSON.stringify(report.details)).toContain("with-errors.db.test.ts");
  });

  it("answers at once, however slowly the log is written", async () => {
    stack.faults.next({ path: "/rest/v1/rpc/log_error", kind: "hang" });
    const started = performance.now();
    const log = vi.fn();
    let work: Promise<unknown> = Promise.resolve("not started");
    const handler = withErrors(
      () => {
        throw new Error("boom");
      },
      {
        db: createDatabase({ url: stack.url, key: stack.secretKey, timeoutMs: 300 }),
        log,
        waitUntil: (kept) => {
          work = kept;
        },
      },
    );
    const response = await handler(request());
    expect(performance.now() - started).toBeLessThan(200);
    expect(response.status).toBe(500);
    expect(await work).toBeNull();
    expect(log.mock.calls.map(([event]) => event)).toEqual(["request_failed", "error_log_failed"]);
  });

  it("answers, and tells the log line what was not stored, when the database cannot be reached", async () => {
    const unreachable = createDatabase({ url: "http://127.0.0.1:1", key: stack.secretKey });
    const { response, stored, lines } = await fail(
      () => {
        throw new Error("boom");
      },
      request(),
      { db: unreachable },
    );
    expect(response.status).toBe(500);
    expect(stored).toBeNull();
    expect(lines.map(([event]) => event)).toEqual(["request_failed", "error_log_failed"]);
  });

  it("stores nothing for what the app does not want recorded", async () => {
    const { response, stored } = await fail(
      () => {
        throw new Error("boom");
      },
      request(),
      { record: () => false },
    );
    expect(stored).toBeNull();
    await expect(getError(db, response.headers.get("x-request-id") ?? "")).rejects.toMatchObject({
      reason: "error_not_found",
    });
  });

  it("stores no error for a client that went away", async () => {
    const client = new AbortController();
    const asked = request({ signal: client.signal });
    const { response, lines } = await fail(() => {
      client.abort();
      asked.signal.throwIfAborted();
      return new Response();
    }, asked);
    expect(lines).toHaveLength(1);
    await expect(getError(db, response.headers.get("x-request-id") ?? "")).rejects.toMatchObject({
      code: "ERR_4007",
    });
  });
});
