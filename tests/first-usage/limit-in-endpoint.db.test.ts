import { createClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limitInEndpoint } from "./limit-in-endpoint.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A request as Cloudflare hands it to a hosted Edge Function; the client wrote the other header itself. */
const requestFrom = (address: string, claimed: string): Request =>
  new Request("https://abc.functions.supabase.co/generate-video", {
    method: "POST",
    headers: { "cf-connecting-ip": address, "x-forwarded-for": `${claimed}, ${address}` },
  });

describe("the endpoint that rate limits were first written for", () => {
  it("starts ten videos an hour for a client, however many it asks for at once and whoever it claims to be", async () => {
    const supabase = createClient(stack.url, stack.secretKey);
    // The first request of a stack is its slowest, and the endpoint gives the database one second.
    await limitInEndpoint(requestFrom("203.0.113.9", "203.0.113.9"), supabase);
    const responses = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        limitInEndpoint(requestFrom("203.0.113.7", `198.51.100.${i}`), supabase),
      ),
    );
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(10);
    const [refused] = responses.filter(({ status }) => status === 429);
    const wait = Number(refused?.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(3_500);
    expect(wait).toBeLessThanOrEqual(3_600);
    expect(await refused?.json()).toEqual({
      error: {
        code: "ERR_4004",
        message: expect.stringMatching(/^Too many requests\. Please try again in /),
        details: { retry_after: wait },
      },
    });
    expect((await limitInEndpoint(requestFrom("203.0.113.8", "203.0.113.7"), supabase)).status).toBe(200);
  });
});
