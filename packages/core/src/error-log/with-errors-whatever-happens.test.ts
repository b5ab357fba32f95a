import { describe, expect, it, vi } from "vitest";
import { VidopsError } from "../errors/index.ts";
import { type FetchHandler, type WithErrorsOptions, withErrors } from "./index.ts";

const request = (headers: Record<string, string> = {}, path = "/videos"): Request =>
  new Request(`http://localhost${path}`, { method: "POST", headers });
const throwing =
  (thrown: unknown): FetchHandler<[]> =>
  () => {
    throw thrown;
  };

/** The answer to a handler that throws, and the log lines. */
async function answerTo(
  thrown: unknown,
  options: WithErrorsOptions<[]> = {},
  asked: Request = request(),
): Promise<{ response: Response; body: string; log: ReturnType<typeof vi.fn> }> {
  const log = vi.fn();
  const response = await withErrors(throwing(thrown), { log, ...options })(asked);
  return { response, body: await response.text(), log };
}

describe("withErrors answers once, whatever happens", () => {
  const circular: Record<string, unknown> = { name: "odd" };
  circular.self = circular;
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a text", "boom"],
    ["a symbol", Symbol("boom")],
    ["a circular object", circular],
    ["a revoked proxy", revoked],
    [
      "an error with a message that throws",
      Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error("y");
        },
      }),
    ],
    [
      "an error that is its own cause",
      (() => {
        const e = new Error("x");
        e.cause = e;
        return e;
      })(),
    ],
    ["a VidopsError without its variables", new VidopsError({ code: "ERR_4001", reason: "x", message: "x" })],
    [
      "a VidopsError with a code of nobody",
      new VidopsError<string>({ code: "APP_1", reason: "x", message: "x" }),
    ],
  ])("answers once when %s is thrown", async (_, thrown) => {
    const { response, body, log } = await answerTo(thrown);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(body).error).toMatchObject({
      code: expect.stringMatching(/^ERR_/),
      message: expect.stringMatching(/^[^{}]+$/),
    });
    expect(log.mock.calls.filter(([event]) => event === "request_failed")).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["an object", { status: 200 }],
  ])("answers when the handler returns %s instead of a response", async (_, returned) => {
    const response = await withErrors(() => returned as Response, { log: () => {} })(request());
    expect(response.status).toBe(500);
  });

  it("answers when the log fails, the id fails, and the record filter fails", async () => {
    const failing = (): never => {
      throw new Error("no");
    };
    const db = { rpc: failing, from: failing };
    const { response } = await answerTo(new Error("boom"), {
      log: failing,
      requestId: failing,
      record: failing,
      db,
    });
    expect(response.status).toBe(500);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("survives a log and a waitUntil that reject later", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const rejecting = async (): Promise<never> => Promise.reject(new Error("down"));
    const db = { rpc: () => Promise.resolve({ data: null, error: null, status: 200 }), from: () => null };
    const { response } = await answerTo(new Error("boom"), {
      log: rejecting,
      waitUntil: rejecting,
      db: db as never,
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", unhandled);
    expect(response.status).toBe(500);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each<[string, () => Promise<Response>]>([
    [
      "an id and headers that cannot be sent",
      async () => {
        const options = { requestId: () => "→", headers: { x: "a\nb" }, log: () => {} };
        return withErrors(throwing("x"), options)(request());
      },
    ],
    [
      "a branded object whose code throws",
      () => {
        const branded = Object.defineProperty({}, Symbol.for("@vidops/core/VidopsError"), { value: true });
        Object.defineProperty(branded, "code", {
          get: () => {
            throw new Error("no");
          },
        });
        return withErrors(throwing(branded), { log: () => {} })(request());
      },
    ],
    [
      "what only looks like a Response",
      () => withErrors(throwing({ [Symbol.toStringTag]: "Response" }), { log: () => {} })(request()),
    ],
    ["no request", () => withErrors(throwing("x"), { log: () => {} })(undefined as never)],
    ["no errors", () => withErrors(throwing("x"), { errors: null as never, log: () => {} })(request())],
    [
      "a Response that was read",
      async () => {
        const read = new Response("hi");
        await read.text();
        return withErrors(() => read, { log: () => {} })(request());
      },
    ],
    [
      "a thrown Response that was read",
      async () => {
        const read = new Response("hi");
        await read.text();
        return withErrors(throwing(read), { log: () => {} })(request());
      },
    ],
    ["Response.error()", () => withErrors(() => Response.error(), { log: () => {} })(request())],
  ])("answers all the same, given %s", async (_, answered) => {
    const response = await answered();
    expect(response.status).toBe(500);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(JSON.parse(await response.text()).error).toMatchObject({ code: "ERR_6003" });
  });

  it("takes email addresses out of the log line where told to", async () => {
    const said = async (redactEmails: boolean): Promise<string> => {
      const { log } = await answerTo(new Error("mail to ada@example.com"), { redactEmails });
      return String(log.mock.calls[0]?.[1].error.message);
    };
    expect(await said(true)).not.toContain("ada@example.com");
    expect(await said(false)).toContain("ada@example.com");
  });

  it("shows only the variables that the message has", async () => {
    const error = new VidopsError({
      code: "ERR_4001",
      reason: "x",
      message: "x",
      variables: { required: 4, available: 2, sql: "select secret" },
    });
    expect((await answerTo(error)).body).not.toContain("select secret");
  });

  it("names the fields of what zod threw, and none of its words", async () => {
    const thrown = Object.assign(new Error("[]"), {
      name: "ZodError",
      issues: [{ path: ["plan"], message: 'expected "hunter2-default"' }],
    });
    const { body } = await answerTo(thrown);
    expect(JSON.parse(body).error.details).toEqual({ field: "plan", fields: ["plan"] });
  });

  it("cuts a path of any length for the log", async () => {
    const { log } = await answerTo("x", {}, request({}, `/${"a".repeat(5_000)}`));
    expect(log.mock.calls[0]?.[1].endpoint).toHaveLength(300);
  });

  it("answers plainly when the app's headers cannot be sent", async () => {
    const { response, body } = await answerTo(new Error("boom"), { headers: { "x-bad": "line\nbreak" } });
    expect(response.status).toBe(500);
    expect(JSON.parse(body).error).toMatchObject({
      code: "ERR_6003",
      message: "Something went wrong on our side. Please try again later.",
      request_id: response.headers.get("x-request-id"),
    });
  });
});
