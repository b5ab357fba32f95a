import { afterEach, describe, expect, it, vi } from "vitest";
import { createErrorResponse, ErrorCode } from "./index.ts";

/** As a caller without types. */
const respond = createErrorResponse as unknown as (options: object) => Response;
const shortOfCredits = { code: ErrorCode.ERR_4001, variables: { required: 4, available: 2 } } as const;

afterEach(() => vi.unstubAllEnvs());

describe("createErrorResponse", () => {
  it("answers with status, code and a message in the user's language", async () => {
    const response = createErrorResponse({ ...shortOfCredits, language: "tr" });
    expect(response.status).toBe(402);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("content-language")).toBe("tr");
    expect(response.headers.get("vary")).toBe("Accept-Language");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      error: {
        code: "ERR_4001",
        message:
          "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
      },
    });
  });

  it("negotiates the language, and believes the user's profile more than the header", () => {
    const languageOf = (options: object): string | null =>
      respond({ code: "ERR_4006", ...options }).headers.get("content-language");
    const request = new Request("http://localhost", { headers: { "accept-language": "es" } });
    expect(languageOf({ acceptLanguage: "tr-TR,tr;q=0.9,en;q=0.8" })).toBe("tr");
    expect(languageOf({ request })).toBe("es");
    expect(languageOf({ request, acceptLanguage: "tr" })).toBe("tr");
    expect(languageOf({ request, language: "TR" })).toBe("tr");
    expect(languageOf({ request, language: "de" })).toBe("es");
    expect(languageOf({ request, language: null })).toBe("es");
    expect(languageOf({})).toBe("en");
  });

  it("has precise statuses, and the families' on request", () => {
    const status = (code: string, statusScheme?: string): number =>
      respond({ code, variables: { seconds: 1, required: 1, available: 1, refundable: 1 }, statusScheme })
        .status;
    expect(["ERR_4001", "ERR_4004", "ERR_5001", "ERR_6005"].map((code) => status(code))).toEqual([
      402, 429, 504, 500,
    ]);
    expect(["ERR_4001", "ERR_4004", "ERR_5001", "ERR_6005"].map((code) => status(code, "family"))).toEqual([
      400, 400, 502, 500,
    ]);
  });

  it("says how long to wait, rounded up, where waiting helps", () => {
    const wait = (options: object): string | null => respond(options).headers.get("retry-after");
    expect(wait({ code: "ERR_4004", variables: { seconds: 89.2 } })).toBe("90");
    expect(wait({ code: "ERR_4004", variables: { seconds: 89 }, retryAfter: 5 })).toBe("5");
    expect(wait({ code: "ERR_6005", retryAfter: 0 })).toBe("0");
    expect(wait({ code: "ERR_6005" })).toBeNull();
    expect(wait({ code: "ERR_4004", variables: { seconds: "89" } })).toBe("89");
    expect(wait({ code: "ERR_4004", variables: { seconds: 1e21 } })).toBe("31536000");
    for (const retryAfter of [-1, Number.NaN, Number.POSITIVE_INFINITY, null, "", true, "5"]) {
      expect(wait({ code: "ERR_6005", retryAfter })).toBeNull();
    }
    for (const seconds of [Symbol("s"), Object.create(null), -1]) {
      expect(wait({ code: "ERR_4004", variables: { seconds }, strict: false, log: () => {} })).toBeNull();
    }
  });

  it("asks for a bearer token where nobody is signed in", () => {
    expect(createErrorResponse({ code: "ERR_4005" }).headers.get("www-authenticate")).toBe("Bearer");
    expect(createErrorResponse({ code: "ERR_4006" }).headers.has("www-authenticate")).toBe(false);
  });

  it("writes the request id into body and header, unless it cannot stand there", async () => {
    const response = createErrorResponse({ code: "ERR_6003", requestId: "req_1" });
    expect(response.headers.get("x-request-id")).toBe("req_1");
    expect(await response.json()).toMatchObject({ error: { request_id: "req_1" } });
    for (const requestId of ["a\r\nSet-Cookie: x", "ü", "", "x".repeat(129), 5]) {
      const odd = respond({ code: "ERR_6003", requestId });
      expect(odd.headers.has("x-request-id")).toBe(false);
      expect(await odd.text()).not.toContain("request_id");
    }
  });

  it("hands details on as plain data without secrets", async () => {
    const circular: Record<string, unknown> = { big: 10n, when: new Date(0), apiKey: "sb_secret_abcdef" };
    circular.self = circular;
    const response = createErrorResponse({ code: "ERR_4008", details: circular });
    expect(await response.json()).toMatchObject({
      error: {
        details: { big: "10", when: "1970-01-01T00:00:00.000Z", apiKey: "[redacted]", self: "[circular]" },
      },
    });
  });

  it("keeps details of 5 MB from growing the answer", async () => {
    const details = {
      text: "x".repeat(5_000_000),
      list: Array.from({ length: 100_000 }, (_, index) => index),
    };
    const body = await createErrorResponse({ code: "ERR_4008", details }).text();
    expect(body.length).toBeLessThan(20_000);
    expect(body).toContain("5000000 characters in all");
  });

  it("sends the app's headers, and adds to Vary instead of replacing it", () => {
    const { headers } = createErrorResponse({
      code: "ERR_6003",
      headers: { Vary: "Cookie", "Cache-Control": "private", "X-Own": "1" },
    });
    expect(headers.get("vary")).toBe("Accept-Language, Cookie");
    expect(headers.get("cache-control")).toBe("private");
    expect(headers.get("x-own")).toBe("1");
  });

  it("tells null details from none", async () => {
    expect(await createErrorResponse({ code: "ERR_4008", details: null }).text()).toContain('"details":null');
    expect(await createErrorResponse({ code: "ERR_4008" }).text()).not.toContain("details");
  });
});

describe("createErrorResponse with CORS", () => {
  const from = (origin: string): Request => new Request("http://localhost", { headers: { origin } });
  const allowed = (options: object): string | null =>
    respond({ code: "ERR_6003", ...options }).headers.get("access-control-allow-origin");

  it("adds nothing unless told to", () => {
    expect(allowed({ request: from("https://app.example.com") })).toBeNull();
  });

  it("allows any origin, or the named ones alone", () => {
    const cors = { origin: ["https://app.example.com", "https://admin.example.com"] };
    expect(allowed({ cors: true })).toBe("*");
    expect(allowed({ cors: { origin: "*" } })).toBe("*");
    expect(allowed({ cors, request: from("https://admin.example.com") })).toBe("https://admin.example.com");
    expect(allowed({ cors, request: from("https://evil.example.com") })).toBeNull();
    expect(allowed({ cors })).toBeNull();
  });

  it("says that the answer depends on the origin, and lets pages read the headers that matter", () => {
    const { headers } = createErrorResponse({
      code: "ERR_6003",
      cors: { origin: "https://app.example.com", credentials: true },
      request: from("https://app.example.com"),
    });
    expect(headers.get("vary")).toBe("Accept-Language, Origin");
    expect(headers.get("access-control-expose-headers")).toContain("retry-after");
    expect(headers.get("access-control-allow-credentials")).toBe("true");
  });

  it("adds to the headers that pages may read, instead of replacing them", () => {
    const headers = { "Access-Control-Expose-Headers": "ratelimit" };
    const exposed = (cors: true | null): string | null =>
      createErrorResponse({ code: "ERR_6003", cors, headers }).headers.get("access-control-expose-headers");
    expect(exposed(true)).toBe("content-language, retry-after, x-request-id, ratelimit");
    expect(exposed(null)).toBe("ratelimit");
  });

  it("never lets every origin send cookies", () => {
    const { headers } = createErrorResponse({ code: "ERR_6003", cors: { origin: "*", credentials: true } });
    expect(headers.has("access-control-allow-credentials")).toBe(false);
  });
});

describe("createErrorResponse with problem details", () => {
  it("says the same as RFC 9457", async () => {
    const response = createErrorResponse({
      ...shortOfCredits,
      format: "problem",
      requestId: "req_1",
      details: { a: 1 },
    });
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Payment Required",
      status: 402,
      detail: "You need 4 credits, but only have 2. Please purchase more credits.",
      code: "ERR_4001",
      retryable: false,
      details: { a: 1 },
      request_id: "req_1",
    });
  });

  it("says which may be sent again", async () => {
    const response = createErrorResponse({ code: "ERR_4004", variables: { seconds: 5 }, format: "problem" });
    expect(await response.json()).toMatchObject({ title: "Too Many Requests", retryable: true });
  });

  it("names the app's own page of the code", async () => {
    const response = createErrorResponse({
      ...shortOfCredits,
      format: "problem",
      problemTypeBase: "https://example.com/errors/",
    });
    expect(await response.json()).toMatchObject({
      type: "https://example.com/errors/ERR_4001",
      title: "Insufficient credits",
    });
  });

  it.each([
    ["application/problem+json", true],
    ["application/json, application/problem+json", true],
    ["application/problem+json;q=0.5, application/json", false],
    ["application/problem+json;q=0", false],
    ["Application/Problem+JSON", true],
    ["application/json", false],
    ["*/*", false],
    ["application/problem+json;q=x", false],
    ["", false],
  ])("answers a client that accepts %s with problem details: %s", (accept, problem) => {
    const request = new Request("http://localhost", { headers: { accept } });
    const response = createErrorResponse({ code: "ERR_6003", format: "negotiated", request });
    expect(response.headers.get("content-type")).toBe(
      problem ? "application/problem+json" : "application/json",
    );
    expect(response.headers.get("vary")).toBe("Accept-Language, Accept");
  });
});

describe("createErrorResponse with a mistake in it", () => {
  it("throws in development and tests", () => {
    expect(() => respond({ code: "ERR_9999" })).toThrow('There is no error code "ERR_9999".');
    expect(() => respond({ code: "ERR_4001", variables: { required: 4 } })).toThrow('"available"');
  });

  it("answers in production, keeping the code whose message could not be written", async () => {
    vi.stubEnv("NODE_ENV", "production");
    const log = vi.fn();
    const lacking = respond({ code: "ERR_4001", variables: { required: 4 }, log });
    expect(lacking.status).toBe(402);
    expect(await lacking.json()).toEqual({
      error: { code: "ERR_4001", message: "Something went wrong on our side. Please try again later." },
    });
    const unknown = respond({ code: "ERR_9999", log });
    expect(unknown.status).toBe(500);
    expect(await unknown.json()).toMatchObject({ error: { code: "ERR_6003" } });
    expect(log).toHaveBeenCalledTimes(2);
  });
});

describe("the types", () => {
  it("know which variables a code needs", () => {
    const compileOnly = (dynamic: ErrorCode, two: "ERR_4001" | "ERR_4002", language: string): void => {
      createErrorResponse({ code: two, variables: { required: 4n, available: 2 } });
      // @ts-expect-error one of the two needs variables
      createErrorResponse({ code: two });
      createErrorResponse({ code: ErrorCode.ERR_4001, language, variables: { required: 4, available: 2 } });
      createErrorResponse({ code: ErrorCode.ERR_4002 });
      // @ts-expect-error available is missing
      createErrorResponse({ code: ErrorCode.ERR_4001, variables: { required: 4 } });
      // @ts-expect-error all variables are missing
      createErrorResponse({ code: ErrorCode.ERR_4001 });
      // @ts-expect-error ERR_4002 has no variables
      createErrorResponse({ code: ErrorCode.ERR_4002, variables: { required: 4 } });
      // @ts-expect-error which variables are needed is not known
      createErrorResponse({ code: dynamic });
    };
    expect(compileOnly).toBeTypeOf("function");
  });
});
