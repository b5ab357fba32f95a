import { describe, expect, it } from "vitest";
import { defaultRetryConfig, fetchWithRetry } from "./index.ts";

const fetch = async (): Promise<Response> => new Response("ok");
const configured = (config: Record<string, unknown>): Promise<Response> =>
  fetchWithRetry("https://api.example.com", {}, { fetch, ...config });

describe("the config of fetchWithRetry", () => {
  it("has the defaults that are documented", () => {
    expect(defaultRetryConfig).toMatchObject({
      maxRetries: 3,
      initialDelay: 2_000,
      maxDelay: 30_000,
      retryableStatusCodes: [408, 429, 500, 502, 503, 504],
      attemptTimeout: 30_000,
      deadline: 120_000,
      jitter: "full",
      idempotency: true,
      budget: null,
      breaker: null,
    });
  });

  it.each([
    ["maxRetries", Number.NaN],
    ["maxRetries", -1],
    ["maxRetries", 1.5],
    ["maxRetries", Number.POSITIVE_INFINITY],
    ["maxRetries", 101],
    ["maxRetries", "3"],
    ["maxRetries", null],
    ["initialDelay", -1],
    ["initialDelay", Number.NaN],
    ["initialDelay", 2 ** 31],
    ["initialDelay", Number.POSITIVE_INFINITY],
    ["maxDelay", 2 ** 31],
    ["maxDelay", "30000"],
    ["attemptTimeout", -1],
    ["attemptTimeout", 0],
    ["deadline", 0],
    ["idempotency", ""],
    ["idempotency", null],
    ["idempotency", 0],
    ["idempotency", "a\nb"],
    ["jitter", "equal"],
    ["attemptTimeout", Number.NaN],
    ["deadline", -1],
    ["deadline", null],
  ])("refuses %s %s, and names it", async (name, value) => {
    await expect(configured({ [name]: value })).rejects.toMatchObject({ code: "ERR_4008", field: name });
  });

  it("refuses a name that it does not know", async () => {
    await expect(configured({ constructor: 1 })).rejects.toMatchObject({ field: "constructor" });
    await expect(configured({ maxRetry: 3 })).rejects.toMatchObject({
      field: "maxRetry",
      message: "maxRetry is no setting of fetchWithRetry.",
    });
  });

  it("takes undefined for not given, and the bounds themselves", async () => {
    const config = { maxRetries: 0, initialDelay: 0, maxDelay: 2 ** 31 - 1, deadline: undefined };
    expect((await configured(config)).status).toBe(200);
    const endless = { attemptTimeout: Number.POSITIVE_INFINITY, deadline: Number.POSITIVE_INFINITY };
    expect((await configured(endless)).status).toBe(200);
    expect((await configured({ attemptTimeout: 2 ** 40, deadline: 2 ** 40 })).status).toBe(200);
  });
});
