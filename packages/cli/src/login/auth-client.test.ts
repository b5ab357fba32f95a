import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authError, createAuthClient, tokensOf } from "./auth-client.ts";

const url = "https://abc.supabase.co";
const server = setupServer();
let sent = 0;
beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
beforeEach(() => {
  sent = 0;
  server.resetHandlers();
});
afterAll(() => server.close());

function authAnswers(answer: () => Response): void {
  server.use(
    http.post(`${url}/auth/v1/token`, () => {
      sent += 1;
      return answer() as HttpResponse<string>;
    }),
  );
}

async function refreshError(timeoutSeconds = 5) {
  const client = await createAuthClient(
    { url, publishableKey: "sb_publishable_x", timeoutSeconds },
    { env: {} },
  );
  const { error } = await client.refresh("r");
  return authError(error, url, { message: "Your login has ended.", hint: "Sign in again." });
}

const refused = (status: number, code: string): Response =>
  HttpResponse.json({ code: status, error_code: code, msg: "Auth's own words" }, { status });

describe("a refusal of Auth", () => {
  it.each([
    [400, "refresh_token_not_found"],
    [400, "refresh_token_already_used"],
    [403, "session_not_found"],
    [400, "session_expired"],
    [400, "user_banned"],
    [403, "user_banned"],
    [403, "user_not_found"],
  ])("with %d %s ends the login: exit 4", async (status, code) => {
    authAnswers(() => refused(status, code));
    expect(await refreshError()).toMatchObject({
      code: "CLI_NOT_ALLOWED",
      message: "Your login has ended.",
    });
  });

  it("for too many attempts, or by a server in trouble, may pass: exit 75", async () => {
    authAnswers(() => refused(429, "over_request_rate_limit"));
    expect(await refreshError()).toMatchObject({ code: "ERR_4004", retryable: true });
    authAnswers(() => refused(500, "unexpected_failure"));
    expect(await refreshError()).toMatchObject({ code: "ERR_6005", retryable: true });
  });

  it("of the gateway is of the key, not of the login", async () => {
    authAnswers(() => HttpResponse.json({ message: "Invalid API key" }, { status: 401 }));
    expect(await refreshError()).toMatchObject({ code: "CLI_NOT_ALLOWED", reason: "invalid_key" });
  });

  it("is none when another server answers", async () => {
    authAnswers(() => HttpResponse.json({ message: "no Route matched" }, { status: 404 }));
    expect(await refreshError()).toMatchObject({ code: "ERR_6007" });
    authAnswers(() => HttpResponse.html("<h1>Hello</h1>") as unknown as Response);
    expect(await refreshError()).toMatchObject({ code: "ERR_6005" });
    authAnswers(() => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }));
    expect(await refreshError()).toMatchObject({ code: "ERR_6005" });
  });
});

describe("a refresh", () => {
  it.each([
    ["no connection", () => HttpResponse.error()],
    ["a bad gateway", () => HttpResponse.html("<h1>502</h1>", { status: 502 })],
  ])("is given up at once on %s, and nothing is sent behind the caller's back", async (_, answer) => {
    authAnswers(answer as () => Response);
    const begun = Date.now();
    expect(await refreshError()).toMatchObject({ code: "ERR_6005" });
    expect(Date.now() - begun).toBeLessThan(2000);
    const before = sent;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(sent).toBe(before);
  });

  it("ends by this machine's clock, not by the server's", () => {
    const session = {
      access_token: "a",
      refresh_token: "r",
      expires_in: 3600,
      expires_at: 1,
      token_type: "bearer",
    };
    expect(tokensOf(session as never, new Date("2026-11-25T10:00:00Z"))).toEqual({
      accessToken: "a",
      refreshToken: "r",
      expiresAt: Date.parse("2026-11-25T11:00:00Z") / 1000,
    });
  });
});
