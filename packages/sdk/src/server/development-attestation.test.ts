import { describe, expect, it, vi } from "vitest";
import { developmentAttestation } from "./development-attestation.ts";

const claim = { deviceId: "phone-1", attestation: null, userId: "u", signal: new AbortController().signal };

describe("developmentAttestation", () => {
  it.each(["http://127.0.0.1:54321", "http://localhost:54321", "http://[::1]:1", "http://stack.localhost"])(
    "believes every device at %s, and says so once",
    async (url) => {
      const log = vi.fn();
      const attestation = developmentAttestation({ url, log });
      expect(log).not.toHaveBeenCalled();
      const device = await attestation.check(claim);
      expect(device).toEqual({ deviceId: "phone-1", mayGrant: true, claim: null });
      await attestation.check(claim);
      expect(log.mock.calls).toEqual([["devices_not_attested", { url: new URL(url).origin }, "warn"]]);
    },
  );

  it.each([
    "https://abc.supabase.co",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://evil.example/?http://localhost",
    "http://10.0.0.1",
    "localhost",
    "",
  ])("is not made for %j unless that is asked for", (url) => {
    expect(() => developmentAttestation({ url })).toThrow(/^url is not of this machine/);
    expect(() => developmentAttestation({ url, anywhere: true })).not.toThrow();
  });
});
