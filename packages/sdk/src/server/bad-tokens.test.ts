import { VidopsError } from "@vidops/core/errors";
import { describe, expect, it, vi } from "vitest";
import { createBadTokens } from "./bad-tokens.ts";

const from = (ip: string | null): Request =>
  new Request("https://app.example/", { headers: ip === null ? {} : { "x-forwarded-for": ip } });
const refusal = (reason: string): VidopsError =>
  new VidopsError({ code: "ERR_4005", reason, message: "No." });

describe("createBadTokens", () => {
  it("has an address that sent sixty bad tokens in a minute wait, and asks nobody meanwhile", async () => {
    let now = 0;
    const memory = createBadTokens({ hops: 1 }, () => now);
    const verify = vi.fn(() => Promise.reject(refusal("invalid_token")));
    for (let nth = 0; nth < 60; nth += 1)
      await expect(memory.unlessFlooding(from("81.2.3.4"), verify)).rejects.toMatchObject({
        code: "ERR_4005",
      });
    now = 20_000;
    const refused = { code: "ERR_4004", details: { retry_after: 40 }, variables: { seconds: 40 } };
    await expect(memory.unlessFlooding(from("81.2.3.4"), verify)).rejects.toMatchObject(refused);
    expect(verify).toHaveBeenCalledTimes(60);
    await expect(memory.unlessFlooding(from("81.2.3.5"), async () => "in")).resolves.toBe("in");
    now = 60_000;
    await expect(memory.unlessFlooding(from("81.2.3.4"), async () => "in")).resolves.toBe("in");
  });

  it.each<[string, string | null, string]>([
    ["tokens that have expired", "81.2.3.4", "token_expired"],
    ["requests without a token", "81.2.3.4", "not_signed_in"],
    ["addresses that nobody knows", null, "invalid_token"],
  ])("does not count %s", async (_, ip, reason) => {
    const memory = createBadTokens({ hops: 1 });
    const verify = vi.fn(() => Promise.reject(refusal(reason)));
    for (let nth = 0; nth < 100; nth += 1)
      await expect(memory.unlessFlooding(from(ip), verify)).rejects.toMatchObject({ code: "ERR_4005" });
    expect(verify).toHaveBeenCalledTimes(100);
  });

  it("remembers a thousand addresses at most", async () => {
    const memory = createBadTokens({ hops: 1 });
    const verify = vi.fn(() => Promise.reject(refusal("invalid_token")));
    const flood = async (ip: string): Promise<void> => {
      for (let nth = 0; nth < 60; nth += 1) await memory.unlessFlooding(from(ip), verify).catch(() => {});
    };
    await flood("81.2.3.4");
    for (let nth = 0; nth < 1_000; nth += 1)
      await memory.unlessFlooding(from(`82.0.${nth >> 8}.${nth & 255}`), verify).catch(() => {});
    await expect(memory.unlessFlooding(from("81.2.3.4"), verify)).rejects.toMatchObject({ code: "ERR_4005" });
  });
});
