import type { WebhookDelivery } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { errorOf, usePeer } from "./peer.ts";
import {
  apiKey,
  id,
  jwk,
  keysUrl,
  nextPrivateKey,
  nextPublicKey,
  okBody,
  publicKey,
  recipient,
  refusal,
  serveKeys,
  signed,
} from "./signed-webhook.ts";

const peer = usePeer();

describe("fal's public keys", () => {
  it("are asked for once by many at a time, kept for a day, and then asked for again", async () => {
    // Slow enough for all of them to be waiting.
    peer.answer("GET", keysUrl, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return HttpResponse.json({ keys: [jwk(publicKey)] });
    });
    const to = recipient();
    await Promise.all(Array.from({ length: 20 }, () => to.provider.verifyWebhook(signed(okBody))));
    to.now += 23 * 3_600_000;
    await to.provider.verifyWebhook(signed(okBody, { time: to.now / 1_000 }));
    expect(peer.arrived).toHaveLength(1);
    to.now += 2 * 3_600_000;
    await to.provider.verifyWebhook(signed(okBody, { time: to.now / 1_000 }));
    expect(peer.arrived).toHaveLength(2);
  });

  it("are renewed for a signature that fits none of them", async () => {
    peer.answer("GET", keysUrl, (nth) =>
      HttpResponse.json({ keys: nth === 1 ? [jwk(publicKey)] : [jwk(publicKey), jwk(nextPublicKey)] }),
    );
    const to = recipient();
    await to.provider.verifyWebhook(signed(okBody));
    to.now += 61_000;
    const next = signed(okBody, { d: nextPrivateKey, x: nextPublicKey, time: to.now / 1_000 });
    expect((await to.provider.verifyWebhook(next)).jobIds).toEqual([id]);
    expect(peer.arrived).toHaveLength(2);
  });

  it("are asked for at most once a minute, however many forged webhooks come", async () => {
    serveKeys(peer, publicKey);
    const to = recipient();
    for (let nth = 0; nth < 100; nth += 1) {
      const time = Math.floor(to.now / 1_000);
      const error = await errorOf(
        to.provider.verifyWebhook(signed(okBody, { d: nextPrivateKey, x: nextPublicKey, time })),
        [apiKey],
      );
      // Between two questions nobody knows whether fal has changed its keys: come again, then it is told.
      const asked = nth === 0 || nth === 60;
      expect(error.reason).toBe(asked ? "webhook_forged" : "webhook_keys_unavailable");
      to.now += 1_000;
    }
    expect(peer.arrived).toHaveLength(2);
    const genuine = signed(okBody, { time: Math.floor(to.now / 1_000) });
    expect((await to.provider.verifyWebhook(genuine)).jobIds).toEqual([id]);
  });

  it.each([
    ["a server that is down", () => HttpResponse.json({}, { status: 500 })],
    ["a page", () => HttpResponse.html("<h1>keys</h1>")],
    ["no key", () => HttpResponse.json({ keys: [] })],
    [
      "keys of other kinds",
      () =>
        HttpResponse.json({
          keys: [{ kty: "RSA" }, jwk("short"), null, { ...jwk(publicKey), crv: "X25519" }],
        }),
    ],
    [
      "a redirect",
      () => new HttpResponse(null, { status: 302, headers: { location: "https://evil.example" } }),
    ],
  ])("that cannot be had mean: come again, not: forged (%s)", async (_, answer) => {
    peer.answer("GET", keysUrl, answer);
    const to = recipient();
    const error = await errorOf(to.provider.verifyWebhook(signed(okBody)), [apiKey]);
    expect(error).toMatchObject({ code: "ERR_5002", reason: "webhook_keys_unavailable", retryable: true });
    const asked = peer.arrived.length;
    await errorOf(to.provider.verifyWebhook(signed(okBody)), [apiKey]);
    expect(peer.arrived).toHaveLength(asked);
    serveKeys(peer, publicKey);
    to.now += 20_000;
    expect((await to.provider.verifyWebhook(signed(okBody))).jobIds).toEqual([id]);
  });

  it("that were changed a moment after they were asked for make a genuine webhook come again, not forged", async () => {
    peer.answer("GET", keysUrl, (nth) =>
      HttpResponse.json({ keys: [jwk(nth === 1 ? publicKey : nextPublicKey)] }),
    );
    const to = recipient();
    await to.provider.verifyWebhook(signed(okBody));
    to.now += 1_000;
    const next = (): WebhookDelivery =>
      signed(okBody, { d: nextPrivateKey, x: nextPublicKey, time: to.now / 1_000 });
    const error = await errorOf(to.provider.verifyWebhook(next()), [apiKey]);
    expect(error).toMatchObject({ code: "ERR_5002", reason: "webhook_keys_unavailable", retryable: true });
    to.now += 60_000;
    expect((await to.provider.verifyWebhook(next())).jobIds).toEqual([id]);
  });

  it("are asked for again, as after any pause, when the clock was set back meanwhile", async () => {
    peer.answer("GET", keysUrl, (nth) =>
      nth === 1
        ? HttpResponse.json({ keys: [] })
        : HttpResponse.json({ keys: [jwk(nth === 2 ? publicKey : nextPublicKey)] }),
    );
    const to = recipient();
    const ask = async (keys = {}): Promise<readonly string[]> =>
      (await to.provider.verifyWebhook(signed(okBody, { time: to.now / 1_000, ...keys }))).jobIds;
    expect(await errorOf(ask(), [apiKey])).toMatchObject({ reason: "webhook_keys_unavailable" });
    to.now -= 3_600_000;
    expect(await ask()).toEqual([id]);
    // Keys of a day that has not come yet are not kept until it has passed.
    to.now -= 3_600_000;
    expect(await ask({ d: nextPrivateKey, x: nextPublicKey })).toEqual([id]);
    expect(peer.arrived).toHaveLength(3);
  });

  it("are found behind any number of keys that are of no use", async () => {
    const useless = [{ kty: "RSA" }, null, jwk("!".repeat(43)), jwk("short")];
    const keys = [...Array.from({ length: 8 }, () => useless).flat(), jwk(publicKey)];
    peer.answer("GET", keysUrl, () => HttpResponse.json({ keys }));
    expect((await recipient().provider.verifyWebhook(signed(okBody))).jobIds).toEqual([id]);
  });

  it("are bounded in number", async () => {
    serveKeys(peer, ...Array.from({ length: 16 }, () => nextPublicKey), publicKey);
    expect(await refusal(recipient().provider, signed(okBody))).toBe("webhook_forged");
  });
});
