import { describe, expect, it, vi } from "vitest";
import { defineErrors } from "../error-definitions/index.ts";
import { VidopsError, validationError } from "../errors/index.ts";
import { describeRequest, type FetchHandler, type WithErrorsOptions, withErrors } from "./index.ts";

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

describe("withErrors", () => {
  it("leaves what a handler answers as it is", async () => {
    const answer = new Response("fine", { status: 201 });
    expect(await withErrors(() => answer)(request())).toBe(answer);
    expect(await withErrors(async () => answer)(request())).toBe(answer);
    expect(await withErrors(throwing(answer))(request())).toBe(answer);
  });

  it("hands the handler all that the runtime gave", async () => {
    const handler = vi.fn(async (_request: Request, _env: { key: string }, _ctx: object) => new Response());
    const asked = request();
    await withErrors(handler)(asked, { key: "x" }, {});
    expect(handler).toHaveBeenCalledExactlyOnceWith(asked, { key: "x" }, {});
  });

  it("answers an error in the user's language, with its code, variables and a request id", async () => {
    const error = new VidopsError({
      code: "ERR_4001",
      reason: "insufficient_credits",
      message: "There are not enough credits.",
      variables: { required: 4, available: 2 },
      details: { internal: "database word" },
    });
    const { response, body, log } = await answerTo(error, {}, request({ "accept-language": "tr" }));
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(/^req_[0-9a-z]{20}$/);
    expect(response.status).toBe(402);
    expect(JSON.parse(body)).toEqual({
      error: {
        code: "ERR_4001",
        message:
          "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
        details: { required: 4, available: 2 },
        request_id: id,
      },
    });
    expect(log).toHaveBeenCalledExactlyOnceWith(
      "request_failed",
      expect.objectContaining({
        request_id: id,
        code: "ERR_4001",
        endpoint: "POST /videos",
        status: 402,
        error,
      }),
      "warn",
    );
  });

  it("tells a user no word of the database, and operators all of them", async () => {
    const thrown = Object.assign(
      new Error('duplicate key value violates unique constraint "users_email_key"'),
      {
        code: "23505",
        severity: "ERROR",
        detail: "Key (email)=(ada@example.com) already exists.",
        hint: "a hint",
        table_name: "users",
      },
    );
    const { response, body, log } = await answerTo(thrown);
    expect(response.status).toBe(409);
    expect(JSON.parse(body).error.message).toBe(
      "This already exists or has changed in the meantime. Please refresh and try again.",
    );
    expect(body + JSON.stringify([...response.headers])).not.toMatch(/duplicate|users|ada@|hint|23505/);
    expect(log.mock.calls[0]?.[1].error.cause).toBe(thrown);
  });

  it("names the field of bad input, and nothing else of it", async () => {
    const { response, body } = await answerTo(validationError("amount", "is secret-internal"));
    expect(response.status).toBe(400);
    expect(JSON.parse(body).error.details).toEqual({ field: "amount" });
    expect(body).not.toContain("secret-internal");
  });

  it("shows nothing of the details of other errors", async () => {
    const error = new VidopsError({
      code: "ERR_6001",
      reason: "x",
      message: "x",
      details: { field: "users.password_hash", fields: ["x"], database_message: "x" },
    });
    expect(JSON.parse((await answerTo(error)).body).error).not.toHaveProperty("details");
  });

  it("names the endpoint as the handler does, else as the app does, else by method and path", async () => {
    const named = async (told: string | null, endpoint?: string): Promise<unknown> => {
      const log = vi.fn();
      const handler: FetchHandler<[]> = (asked) => {
        describeRequest(asked, { endpoint: told });
        throw new Error("boom");
      };
      await withErrors(handler, { log, endpoint })(request());
      return log.mock.calls[0]?.[1].endpoint;
    };
    expect([await named("a", "b"), await named(null, "b"), await named(null)]).toEqual([
      "a",
      "b",
      "POST /videos",
    ]);
  });

  it("logs at the level of the family", async () => {
    const level = async (code: "ERR_4007" | "ERR_5002" | "ERR_6001"): Promise<unknown> => {
      const { log } = await answerTo(new VidopsError({ code, reason: "x", message: "x" }));
      return log.mock.calls[0]?.[2];
    };
    expect([await level("ERR_4007"), await level("ERR_5002"), await level("ERR_6001")]).toEqual([
      "warn",
      "error",
      "error",
    ]);
  });

  it("believes what the handler told of the user", async () => {
    const log = vi.fn();
    const handler = withErrors(
      (asked) => {
        describeRequest(asked, { userId: "u1", language: "es" });
        describeRequest(asked, { endpoint: "generate-video" });
        throw new Error("boom");
      },
      { log },
    );
    const response = await handler(request({ "accept-language": "tr" }));
    expect(response.headers.get("content-language")).toBe("es");
    expect(log.mock.calls[0]?.[1]).toMatchObject({ user_id: "u1", endpoint: "generate-video" });
  });

  it("tells one request nothing of another", async () => {
    const log = vi.fn();
    const handler = withErrors(
      (asked) => {
        if (asked.headers.has("x-user")) describeRequest(asked, { userId: "u1", language: "es" });
        throw new Error("boom");
      },
      { log },
    );
    await handler(request({ "x-user": "1" }));
    const response = await handler(request());
    expect(response.headers.get("content-language")).toBe("en");
    expect(log.mock.calls[1]?.[1]).toMatchObject({ user_id: null });
  });

  it("takes the id that a trusted proxy gave, where told to", async () => {
    const asked = request({ "x-request-id": "edge-7" });
    expect((await answerTo("x", {}, asked)).response.headers.get("x-request-id")).toMatch(/^req_/);
    const requestId = (of: Request): string | null => of.headers.get("x-request-id");
    expect((await answerTo("x", { requestId }, asked)).response.headers.get("x-request-id")).toBe("edge-7");
    expect((await answerTo("x", { requestId })).response.headers.get("x-request-id")).toMatch(/^req_/);
    for (const odd of ["a".repeat(129), "two words", "ü"]) {
      const { response, body } = await answerTo("x", { requestId: () => odd });
      const id = response.headers.get("x-request-id");
      expect(id).toMatch(/^req_/);
      expect(JSON.parse(body).error.request_id).toBe(id);
    }
  });

  it("answers with the app's codes, formats and CORS", async () => {
    const errors = defineErrors({
      codes: {
        APP_1: {
          name: "closed",
          status: 410,
          retryable: false,
          variables: {},
          meaning: "Gone.",
          action: "None.",
        },
      },
      messages: {
        en: { APP_1: "We are closed." },
        tr: { APP_1: "Kapalıyız." },
        es: { APP_1: "Está cerrado." },
      },
    });
    const thrown = errors.createError({ code: "APP_1", reason: "closed", message: "closed" });
    const { response, body, log } = await answerTo(thrown, {
      errors,
      record: (error) => error.code !== "APP_1",
      format: "problem",
      cors: true,
    });
    expect(response.status).toBe(410);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(JSON.parse(body)).toMatchObject({ code: "APP_1", detail: "We are closed.", title: "Gone" });
    expect(log.mock.calls[0]?.[2]).toBe("warn");
  });

  it("says how long to wait when a gateway limits requests, also when it does not say", async () => {
    const limited = new VidopsError({ code: "ERR_4004", reason: "rate_limited", message: "x" });
    expect((await answerTo(limited)).response.headers.get("retry-after")).toBe("60");
    const long = new VidopsError({
      code: "ERR_4004",
      reason: "x",
      message: "x",
      details: { retry_after: 3600 },
    });
    const told = await answerTo(long);
    expect(told.response.headers.get("retry-after")).toBe("3600");
    expect(told.body).toContain("in 60 minutes");
    const busy = new VidopsError({
      code: "ERR_4011",
      reason: "x",
      message: "x",
      details: { retry_after: 2 },
    });
    expect((await answerTo(busy)).response.headers.get("retry-after")).toBe("2");
  });
});
