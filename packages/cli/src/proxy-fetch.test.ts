import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { isExempt, proxyFetch } from "./proxy-fetch.ts";

describe("isExempt", () => {
  const target = new URL("https://abc.supabase.co");
  it.each([
    ["*", true],
    ["abc.supabase.co", true],
    ["supabase.co", true],
    [".supabase.co", true],
    ["*.supabase.co", true],
    ["other.example, SUPABASE.CO", true],
    ["supabase.co:443", true],
    ["supabase.co:8443", false],
    ["base.co", false],
    ["", false],
  ])("NO_PROXY=%j: %s", (noProxy, exempt) => {
    expect(isExempt(target, noProxy)).toBe(exempt);
  });
});

describe("proxyFetch", () => {
  it.each([
    ["no proxy is set", "https://abc.supabase.co", {}],
    [
      "the host is exempt",
      "https://abc.supabase.co",
      { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "supabase.co" },
    ],
    ["the host is this machine", "http://127.0.0.1:54321", { HTTP_PROXY: "http://127.0.0.1:1" }],
  ])("leaves fetch alone when %s", async (_, url, env) => {
    expect(await proxyFetch(url, env)).toBeNull();
  });

  it("asks the proxy for a tunnel to the project", async () => {
    const asked: string[] = [];
    const proxy = createServer().on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    try {
      const send = await proxyFetch("https://abc.supabase.co", {
        HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      });
      await expect(send?.("https://abc.supabase.co/rest/v1/")).rejects.toThrow();
      expect(asked).toEqual(["abc.supabase.co:443"]);
    } finally {
      proxy.close();
    }
  });

  it("says which variable is wrong", async () => {
    await expect(proxyFetch("https://abc.supabase.co", { HTTPS_PROXY: "::::" })).rejects.toMatchObject({
      code: "CLI_CONFIG",
      message: expect.stringContaining("HTTPS_PROXY"),
    });
  });
});
