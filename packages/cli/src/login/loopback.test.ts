import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { startLoopback } from "./loopback.ts";

/** One request under a Host header of choice; fetch would not let it be chosen. */
function ask(
  url: string,
  options: { host?: string; method?: string } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search, host } = new URL(url);
    const sent = request(
      {
        hostname,
        port,
        path: pathname + search,
        method: options.method ?? "GET",
        headers: { host: options.host ?? host },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on("error", reject).end();
  });
}

describe("the loopback port", () => {
  it("takes one code, shows how the sign-in ended, and is closed afterwards", async () => {
    const loopback = await startLoopback(0);
    expect(loopback.redirectTo).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const page = ask(`${loopback.redirectTo}?code=abc`);
    const { code, answer } = await loopback.callback(1000);
    expect(code).toBe("abc");
    expect((await ask(`${loopback.redirectTo}?code=again`)).status).toBe(410);
    await answer({ ok: true, message: "You are signed in." });
    expect(await page).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in.") });
    await loopback[Symbol.asyncDispose]();
    await expect(ask(loopback.redirectTo)).rejects.toThrow("ECONNREFUSED");
  });

  it("ends when the sign-in was cancelled there, and shows words of others as text", async () => {
    await using loopback = await startLoopback(0);
    const refused = expect(loopback.callback(1000)).rejects.toMatchObject({
      code: "CLI_NOT_ALLOWED",
      reason: "refused_in_browser",
      message: expect.stringContaining("denied <script>"),
    });
    const said = new URLSearchParams({
      error: "access_denied",
      error_description: "denied <script>alert(1)</script>",
    });
    const { text } = await ask(`${loopback.redirectTo}?${said}`);
    expect(text).toContain("&#60;script&#62;");
    expect(text).not.toContain("<script>");
    await refused;
  });

  it("is not disturbed by what else comes by: other paths and methods, no code, a name that is not its own", async () => {
    await using loopback = await startLoopback(0);
    const { origin } = new URL(loopback.redirectTo);
    expect((await ask(`${origin}/favicon.ico`)).status).toBe(404);
    expect((await ask(loopback.redirectTo, { method: "POST" })).status).toBe(404);
    expect((await ask(loopback.redirectTo)).status).toBe(400);
    const evil = await ask(`${loopback.redirectTo}?code=evil`, { host: "evil.example" });
    expect(evil.status).toBe(403);
    const page = ask(`${loopback.redirectTo}?code=good`);
    const { code, answer } = await loopback.callback(1000);
    expect(code).toBe("good");
    await answer({ ok: false, message: "No." });
    expect((await page).status).toBe(403);
  });

  it("gives up when nobody comes", async () => {
    await using loopback = await startLoopback(0);
    await expect(loopback.callback(30)).rejects.toMatchObject({ reason: "browser_timeout" });
    expect((await ask(`${loopback.redirectTo}?code=late`)).status).toBe(410);
  });

  it("says so when the port is taken", async () => {
    await using loopback = await startLoopback(0);
    const port = Number(new URL(loopback.redirectTo).port);
    await expect(startLoopback(port)).rejects.toMatchObject({ code: "CLI_CONFIG", reason: "port_in_use" });
  });
});
