import { catalogue, ErrorMessages } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import { answerError, isRetryable, mayPass } from "./answer-error.ts";
import { ownMessage, ownMessages } from "./own-messages.ts";

const of = (status: number, data: unknown, headers: Record<string, string> = {}) =>
  answerError({ status, data, headers: new Headers(headers) }, "tr");

describe("what the client knows by itself", () => {
  it("calls the codes retryable that the catalogue calls so", () => {
    for (const [code, { retryable }] of Object.entries(catalogue)) {
      expect([code, isRetryable(code)]).toEqual([code, retryable]);
    }
  });

  it("knows every code of the catalogue: what it does not know is judged by its status", () => {
    // 409 is no use to repeat, unless its code is known and says so.
    const unknown = Object.keys(catalogue).filter(
      (code) => of(503, { error: { code } }).retryable !== isRetryable(code),
    );
    expect(unknown).toEqual([]);
    expect(of(503, { error: { code: "ERR_9999" } }).retryable).toBe(true);
  });

  it("says what the catalogue says, in each language", () => {
    for (const language of ["en", "tr", "es"] as const) {
      for (const [code, message] of Object.entries(ownMessages[language])) {
        expect(message).toBe(ErrorMessages[code as "ERR_4005"][language]);
      }
    }
  });

  it("says that nothing works where only a server would know more", () => {
    expect(ownMessage("ERR_4006", "es")).toBe(ErrorMessages.ERR_6007.es);
  });

  it.each([
    ["tr", "tr"],
    ["TR-tr", "tr"],
    ["es-MX,es;q=0.9", "es"],
    ["de", "en"],
    ["constructor", "en"],
    ["", "en"],
    [null, "en"],
  ] as const)("speaks the app's language: %s is %s", (asked, spoken) => {
    expect(ownMessage("ERR_4005", asked)).toBe(ErrorMessages.ERR_4005[spoken]);
  });
});

describe("the error of an answer", () => {
  it("is what the server says: code, message, facts and request id", () => {
    const error = {
      code: "ERR_4001",
      message: "4 krediye…",
      details: { required: 4, available: 2 },
      request_id: "r1",
    };
    expect(of(402, { error })).toMatchObject({
      code: "ERR_4001",
      message: "4 krediye…",
      retryable: false,
      requestId: "r1",
      details: { required: 4, available: 2, status: 402 },
    });
  });

  it("takes a code of a newer server as it is", () => {
    const error = of(418, { error: { code: "ERR_4099", message: "Later." } });
    expect(error).toMatchObject({ code: "ERR_4099", message: "Later.", retryable: false, requestId: null });
  });

  it("says for how long to wait", () => {
    const headers = { "retry-after": "90" };
    expect(of(429, { error: { code: "ERR_4004", message: "" } }, headers)).toMatchObject({
      retryable: true,
      details: { retry_after: 90 },
    });
  });

  it.each<[number, unknown, string, boolean]>([
    [401, { code: 401, message: "Invalid JWT" }, "ERR_4005", false],
    [403, null, "ERR_4006", false],
    [404, { code: "NOT_FOUND", message: "Requested function was not found" }, "ERR_6007", false],
    [429, "slow down", "ERR_4004", true],
    [500, { message: "boom" }, "ERR_6007", false],
    [503, null, "ERR_6005", true],
    [504, [], "ERR_6005", true],
    [546, { code: "WORKER_LIMIT" }, "ERR_6007", false],
    [200, null, "ERR_6007", false],
    [302, null, "ERR_6007", false],
    [400, { error: "invalid_grant", error_description: "no" }, "ERR_4008", false],
    [400, { error: { code: 7 } }, "ERR_4008", false],
  ])("understands a gateway that knows nothing of vidops: %i %j", (status, data, code, retryable) => {
    const error = of(status, data, { "sb-request-id": "gateway-1" });
    expect(error).toMatchObject({ code, retryable, requestId: "gateway-1" });
    expect(error.message).toBe(ownMessage(code, "tr"));
  });

  it("takes nothing but words for a code and a reason", () => {
    expect(of(500, { error: { code: "toString", details: { reason: {} } } })).toMatchObject({
      code: "ERR_6007",
      reason: "http_500",
    });
    expect(ownMessage("toString", "en")).toBe(ErrorMessages.ERR_6007.en);
  });

  it("says which conflict it is, as the server says", () => {
    const error = {
      code: "ERR_4009",
      message: "",
      details: { reason: "price_changed", required_credits: 5 },
    };
    expect(of(409, { error })).toMatchObject({ reason: "price_changed", details: { required_credits: 5 } });
  });

  it("names what Auth says", () => {
    expect(
      of(400, { code: 400, error_code: "invalid_credentials", msg: "Invalid login credentials" }),
    ).toMatchObject({
      code: "ERR_4008",
      reason: "invalid_credentials",
    });
  });
});

it.each<[boolean, number, string | null]>([
  [true, 503, null],
  [true, 500, null],
  [true, 429, "ERR_4004"],
  [true, 409, "ERR_4011"],
  [true, 500, "ERR_6005"],
  [true, 500, "ERR_6006"],
  [true, 503, "ERR_6008"],
  [true, 503, "ERR_4099"],
  [false, 409, null],
  [false, 409, "ERR_4009"],
  [false, 409, "ERR_4014"],
  [false, 409, "ERR_4099"],
  [false, 500, "ERR_6003"],
  // Kept under the key of the order: it would be said again.
  [false, 502, "ERR_5002"],
  [false, 502, "ERR_5003"],
  [false, 502, "ERR_5099"],
])("repeating may help: %s for %i %s", (expected, status, code) => {
  expect(mayPass({ status, data: code === null ? null : { error: { code, message: "" } } })).toBe(expected);
});
