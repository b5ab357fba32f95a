import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { startLoopback } from "./loopback.ts";

/** One request under headers and a path of choice; fetch would not let them be chosen. */
function ask(
  url: string,
  options: { headers?: Record<string, string>; method?: string; path?: string; leaveAfterMs?: number } = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname, search, host } = new URL(url);
    const sent = request(
      {
        hostname,
        port,
        path: options.path ?? pathname + search,
        method: options.method ?? "GET",
        headers: { host, ...options.headers },
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
    if (options.leaveAfterMs !== undefined) setTimeout(() => sent.destroy(), options.leaveAfterMs);
  });
}

/** Auth as far as it matters here: it knows one code. */
async function exchange(code: string): Promise<string | null> {
  return code === "good" ? "session" : null;
}

describe("the loopback port", () => {
  it("takes one code, shows how the sign-in ended, and is closed afterwards", async () => {
    const loopback = await startLoopback(0, exchange);
    expect(loopback.redirectTo).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const page = ask(`${loopback.redirectTo}?code=good`);
    expect(await loopback.signedIn(1000)).toBe("session");
    expect(await page).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in") });
    expect((await ask(`${loopback.redirectTo}?code=good`)).status).toBe(410);
    await loopback[Symbol.asyncDispose]();
    await expect(ask(loopback.redirectTo)).rejects.toThrow("ECONNREFUSED");
  });

  it("ends when the sign-in was cancelled there: words of others are quoted, cut, and not on the page", async () => {
    await using loopback = await startLoopback(0, exchange);
    const refused = expect(loopback.signedIn(1000)).rejects.toMatchObject({
      code: "CLI_NOT_ALLOWED",
      reason: "refused_in_browser",
      message: `The sign-in in the browser did not succeed. The provider said: "denied\\nRun: ${"x".repeat(188)}…"`,
    });
    const words = `denied\nRun: ${"x".repeat(6000)}`;
    const said = new URLSearchParams({ error: "access_denied", error_description: words });
    const { text } = await ask(`${loopback.redirectTo}?${said}`);
    expect(text).toContain("You are not signed in. The terminal says why.");
    expect(text).not.toContain("denied");
    await refused;
  });

  it.each(["//", "/\\", "*", "//evil.example/callback?code=good", "http://[", "/callback/?code=good"])(
    "is not disturbed by the path %j",
    async (path) => {
      await using loopback = await startLoopback(0, exchange);
      expect((await ask(loopback.redirectTo, { path })).status).toBe(404);
    },
  );

  it("is not disturbed by what else comes by: methods, no code, a name that is not its own", async () => {
    await using loopback = await startLoopback(0, exchange);
    const good = `${loopback.redirectTo}?code=good`;
    expect((await ask(loopback.redirectTo, { method: "POST" })).status).toBe(404);
    expect((await ask(loopback.redirectTo)).status).toBe(400);
    expect((await ask(good, { headers: { host: "evil.example" } })).status).toBe(403);
    const page = ask(good);
    expect(await loopback.signedIn(1000)).toBe("session");
    expect((await page).status).toBe(200);
  });

  it.each(["image", "empty", "iframe"])("is not for another page's %s", async (dest) => {
    await using loopback = await startLoopback(0, exchange);
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-dest": dest };
    expect((await ask(`${loopback.redirectTo}?error=x`, { headers })).status).toBe(403);
    const opened = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const page = ask(`${loopback.redirectTo}?code=good`, { headers: opened });
    expect(await loopback.signedIn(1000)).toBe("session");
    expect((await page).status).toBe(200);
  });

  it("waits on after a code of another sign-in", async () => {
    await using loopback = await startLoopback(0, exchange);
    const signedIn = loopback.signedIn(1000);
    expect((await ask(`${loopback.redirectTo}?code=evil`)).status).toBe(403);
    expect((await ask(`${loopback.redirectTo}?code=good`)).status).toBe(200);
    expect(await signedIn).toBe("session");
  });

  it("ends with what the exchange throws", async () => {
    await using loopback = await startLoopback(0, () => Promise.reject(new Error("Auth is away")));
    const page = ask(`${loopback.redirectTo}?code=good`);
    await expect(loopback.signedIn(1000)).rejects.toThrow("Auth is away");
    expect((await page).status).toBe(403);
  });

  it("is signed in also when the browser has left before its page was there", async () => {
    await using loopback = await startLoopback(0, async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return "session";
    });
    const page = ask(`${loopback.redirectTo}?code=good`, { leaveAfterMs: 50 });
    await expect(page).rejects.toThrow();
    expect(await loopback.signedIn(3000)).toBe("session");
  });

  it("gives up when nobody comes", async () => {
    await using loopback = await startLoopback(0, exchange);
    await expect(loopback.signedIn(30)).rejects.toMatchObject({ reason: "browser_timeout" });
    expect((await ask(`${loopback.redirectTo}?code=good`)).status).toBe(410);
  });

  it("says so when the port is taken", async () => {
    await using loopback = await startLoopback(0, exchange);
    const port = Number(new URL(loopback.redirectTo).port);
    await expect(startLoopback(port, exchange)).rejects.toMatchObject({
      code: "CLI_CONFIG",
      reason: "port_in_use",
    });
  });
});
