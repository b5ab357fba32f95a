import { describe, expect, it } from "vitest";
import { answerInEndpoint, limitInEndpoint } from "./answer-in-endpoint.ts";

function answer(acceptLanguage: string | null, credits?: number): Response | undefined {
  const headers = acceptLanguage === null ? {} : { "Accept-Language": acceptLanguage };
  const deductResult = { success: false, ...(credits !== undefined && { current_credits: credits }) };
  return answerInEndpoint(new Request("https://app.example/generate", { headers }), deductResult, {
    cost_per_generation: 4,
  });
}

const messageOf = async (response = new Response("null")): Promise<string> =>
  ((await response.json()) as { error: { message: string } }).error.message;

describe("the endpoint that the error codes were first written for, in Node", () => {
  it("tells a Turkish browser in Turkish how many credits are missing", async () => {
    const response = answer("tr-TR,tr;q=0.9,en;q=0.8", 2);
    expect(response?.status).toBe(402);
    expect(response?.headers.get("Content-Language")).toBe("tr");
    expect(await response?.json()).toMatchObject({
      error: {
        code: "ERR_4001",
        message:
          "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
      },
    });
  });

  it("speaks Spanish and English too, and English to everybody else", async () => {
    expect(await messageOf(answer("es-MX", 1))).toMatch(/^Necesitas 4 créditos, pero solo tienes 1\./);
    for (const other of ["en-GB", "de", "", null]) {
      expect(await messageOf(answer(other))).toMatch(/^You need 4 credits, but only have 0\./);
    }
  });

  it("says nothing when the credits were enough", () => {
    const request = new Request("https://app.example/generate");
    expect(answerInEndpoint(request, { success: true }, { cost_per_generation: 4 })).toBeUndefined();
  });

  it("tells how long to wait, to a person and to a program", async () => {
    const response = limitInEndpoint({ allowed: false, retryAfter: 2_400 });
    expect(response?.status).toBe(429);
    expect(response?.headers.get("Retry-After")).toBe("2400");
    expect(await response?.json()).toEqual({
      error: {
        code: "ERR_4004",
        message: "Too many requests. Please try again in 40 minutes.",
        details: { retry_after: 2_400 },
      },
    });
    expect(limitInEndpoint({ allowed: true, retryAfter: 0 })).toBeUndefined();
  });
});
