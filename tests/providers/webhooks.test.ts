import { createFal, createPika, type WebhookDelivery } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it, vi } from "vitest";
import { errorOf, usePeer } from "./peer.ts";
import {
  apiKey,
  at,
  errorBody,
  errorSignature,
  headers,
  id,
  jwk,
  keysUrl,
  nextPrivateKey,
  nextPublicKey,
  okBody,
  okSignature,
  publicKey,
  recipient,
  refusal,
  serveKeys,
  signed,
} from "./signed-webhook.ts";

const peer = usePeer();

describe("a genuine webhook", () => {
  it("tells a video, and is read from a Request, from bytes and from text", async () => {
    serveKeys(peer, publicKey);
    const to = recipient();
    const request = new Request("https://app.example/hook", {
      method: "POST",
      headers: headers(okSignature),
      body: okBody,
    });
    const lower = Object.fromEntries(
      Object.entries(headers(okSignature)).map(([name, value]) => [name.toLowerCase(), value]),
    );
    for (const delivery of [
      request,
      { headers: new Headers(lower), body: okBody },
      { headers: lower, body: new TextEncoder().encode(okBody) },
    ]) {
      expect(await to.provider.verifyWebhook(delivery)).toEqual({
        provider: "fal",
        accountId: "github|1234567",
        deliveryId: `fal:${id}:OK`,
        jobIds: [id],
        state: {
          status: "completed",
          videoUrl: "https://v3.fal.media/files/example/output.mp4",
          lifetime: { atLeast: null, atMost: null },
          cost: null,
        },
        sentAt: "2026-11-25T09:46:40.000Z",
      });
    }
    expect(peer.arrived).toHaveLength(1);
    expect(peer.arrived[0]?.headers.get("authorization")).toBeNull();
  });

  it("tells a failure, with its reason", async () => {
    serveKeys(peer, publicKey);
    const event = await recipient().provider.verifyWebhook({
      headers: headers(errorSignature),
      body: errorBody,
    });
    expect(event).toMatchObject({
      deliveryId: `fal:${id}:ERROR`,
      state: { status: "failed", error: { code: "ERR_5003", reason: "invalid_request", operation: "job" } },
    });
  });

  it.each([
    ["content_policy_violation", { status: "failed", error: { reason: "content_policy" } }],
    ["client_cancelled", { status: "cancelled" }],
  ])("tells %s", async (type, state) => {
    serveKeys(peer, publicKey);
    const body = JSON.stringify({ request_id: id, status: "ERROR", payload: { detail: [{ type }] } });
    expect((await recipient().provider.verifyWebhook(signed(body))).state).toMatchObject(state);
  });

  it("tells a failure however deeply what fal repeats of it is nested", async () => {
    serveKeys(peer, publicKey);
    const ctx = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const body = `{"request_id":"${id}","status":"ERROR","payload":{"detail":[{"type":"missing","ctx":${ctx}}]}}`;
    expect((await recipient().provider.verifyWebhook(signed(body))).state).toMatchObject({
      status: "failed",
      error: { details: { error_types: ["missing"], body: expect.stringContaining("too deep") } },
    });
  });

  it("is no longer waited for when the caller gives up, and others get the keys all the same", async () => {
    let serve = (): void => {};
    const served = new Promise<void>((resolve) => {
      serve = resolve;
    });
    peer.answer("GET", keysUrl, async () => {
      await served;
      return HttpResponse.json({ keys: [jwk(publicKey)] });
    });
    const { provider } = recipient();
    const patient = provider.verifyWebhook(signed(okBody));
    const controller = new AbortController();
    const impatient = provider.verifyWebhook(signed(okBody), { signal: controller.signal });
    await vi.waitFor(() => expect(peer.arrived).toHaveLength(1));
    controller.abort(new Error("gone"));
    expect(await errorOf(impatient, [apiKey])).toMatchObject({ message: "gone" });
    serve();
    expect((await patient).jobIds).toEqual([id]);
    // Before anything else, even before what is wrong with it.
    const before = provider.verifyWebhook({ headers: {}, body: null }, { signal: controller.signal });
    expect(await errorOf(before, [apiKey])).toMatchObject({ message: "gone" });
    expect(peer.arrived).toHaveLength(1);
  });

  it("leaves the end to be asked for when fal could not write the result down", async () => {
    serveKeys(peer, publicKey);
    const body = JSON.stringify({ request_id: id, status: "OK", payload: null, payload_error: "not JSON" });
    expect((await recipient().provider.verifyWebhook(signed(body))).state).toBeNull();
  });

  it("has the same delivery id each time it is sent, and another one when it says something else", async () => {
    serveKeys(peer, publicKey);
    const to = recipient();
    const first = await to.provider.verifyWebhook(signed(okBody));
    to.now += 120_000;
    const again = await to.provider.verifyWebhook(signed(okBody, { time: at + 120 }));
    const other = await to.provider.verifyWebhook(signed(errorBody, { time: at + 60 }));
    expect(again.deliveryId).toBe(first.deliveryId);
    expect(again.state).toEqual(first.state);
    expect(other.deliveryId).not.toBe(first.deliveryId);
    expect(other.sentAt < again.sentAt).toBe(true);
  });

  it("names both ids after a retry at fal, whichever of them is in the header", async () => {
    serveKeys(peer, publicKey);
    const body = okBody.replace(`"request_id":"${id}"`, '"request_id":"second"');
    for (const requestId of [id, "second"]) {
      const event = await recipient().provider.verifyWebhook(signed(body, { requestId }));
      expect(event.jobIds).toEqual(["second", id]);
    }
  });

  it("is one of Pika as well", async () => {
    serveKeys(peer, publicKey);
    const now = (): number => at * 1_000;
    const clock = { now, setTimeout: () => null, clearTimeout: () => {} };
    const event = await createPika({ apiKey, http: { clock } }).verifyWebhook(signed(okBody));
    expect(event).toMatchObject({ provider: "pika", deliveryId: `pika:${id}:OK` });
  });
});

describe("a webhook that is not to be believed", () => {
  it("is refused when anything of what was signed is changed", async () => {
    serveKeys(peer, publicKey);
    const flipped = `${okSignature.startsWith("1") ? "2" : "1"}${okSignature.slice(1)}`;
    const changed: WebhookDelivery[] = [
      { headers: headers(okSignature), body: okBody.replace("output.mp4", "0utput.mp4") },
      { headers: headers(okSignature), body: `${okBody}\n` },
      { headers: headers(okSignature), body: null },
      { headers: headers(okSignature, { "X-Fal-Webhook-Timestamp": String(at + 1) }), body: okBody },
      { headers: headers(okSignature, { "X-Fal-Webhook-User-Id": "github|7" }), body: okBody },
      { headers: headers(okSignature, { "X-Fal-Webhook-Request-Id": "other" }), body: okBody },
      { headers: headers(flipped), body: okBody },
      { headers: headers("0".repeat(128)), body: okBody },
      signed(okBody, { d: nextPrivateKey, x: nextPublicKey }),
    ];
    for (const delivery of changed) {
      expect(await refusal(recipient().provider, delivery)).toBe("webhook_forged");
    }
  });

  it("is refused when it is old, or from the future, before anything is read or asked", async () => {
    for (const seconds of [301, -301, 1_000_000]) {
      const untouched = new ReadableStream({ pull: () => expect.fail("was read") }, { highWaterMark: 0 });
      const delivery = { headers: headers(okSignature), body: untouched };
      expect(await refusal(recipient((at + seconds) * 1_000).provider, delivery)).toBe("webhook_stale");
    }
    expect(peer.arrived).toEqual([]);
    serveKeys(peer, publicKey);
    for (const seconds of [299, -299]) {
      const to = recipient((at + seconds) * 1_000);
      expect((await to.provider.verifyWebhook(signed(okBody))).jobIds).toEqual([id]);
    }
  });

  it.each([
    ["X-Fal-Webhook-Signature", "", "webhook_unsigned"],
    ["X-Fal-Webhook-User-Id", "a\nb", "webhook_unsigned"],
    ["X-Fal-Webhook-Signature", `${okSignature}00`, "webhook_malformed"],
    ["X-Fal-Webhook-Signature", okSignature.replace("1", "g"), "webhook_malformed"],
    ["X-Fal-Webhook-Timestamp", "1795600000.5", "webhook_malformed"],
    ["X-Fal-Webhook-Timestamp", "-5", "webhook_malformed"],
    ["X-Fal-Webhook-Timestamp", "1e9", "webhook_malformed"],
    ["X-Fal-Webhook-Timestamp", "99999999999", "webhook_stale"],
  ])("is refused for its %s %j", async (name, value, reason) => {
    expect(
      await refusal(recipient().provider, { headers: headers(okSignature, { [name]: value }), body: okBody }),
    ).toBe(reason);
    expect(peer.arrived).toEqual([]);
  });

  it("is refused without a header, and with one given twice", async () => {
    const { "X-Fal-Webhook-User-Id": _, ...without } = headers(okSignature);
    expect(await refusal(recipient().provider, { headers: without, body: okBody })).toBe("webhook_unsigned");
    const twice = { ...headers(okSignature), "X-Fal-Webhook-User-Id": ["github|1234567", "x"] };
    expect(await refusal(recipient().provider, { headers: twice, body: okBody })).toBe("webhook_unsigned");
  });

  it("is refused when its body has no end, stalls, or breaks off", async () => {
    const chunk = new Uint8Array(65_536);
    const bodies: readonly (readonly [ReadableStream<Uint8Array> | Uint8Array, string])[] = [
      [new ReadableStream({ pull: (body) => body.enqueue(chunk) }), "webhook_too_large"],
      [new Uint8Array(1_048_577), "webhook_too_large"],
      [new ReadableStream({ start: (body) => body.enqueue(chunk) }), "webhook_incomplete"],
      [new ReadableStream({ start: (body) => body.error(new Error("cut")) }), "webhook_incomplete"],
    ];
    for (const [body, reason] of bodies) {
      expect(await refusal(recipient().provider, { headers: headers(okSignature), body })).toBe(reason);
    }
    expect(peer.arrived).toEqual([]);
  });

  it("is refused when it is genuine, but another account's", async () => {
    serveKeys(peer, publicKey);
    const clock = { now: () => at * 1_000, setTimeout: () => null, clearTimeout: () => {} };
    for (const create of [createFal, createPika]) {
      const provider = create({ apiKey, http: { clock }, webhookUserId: "github|1234567" });
      expect((await provider.verifyWebhook(signed(okBody))).accountId).toBe("github|1234567");
      const foreign = signed(okBody, { userId: "github|7" });
      expect(await refusal(provider, foreign)).toBe("webhook_foreign_account");
      // Nobody was named: it counts, and says whose it is.
      const open = create({ apiKey, http: { clock } });
      expect((await open.verifyWebhook(foreign)).accountId).toBe("github|7");
      for (const webhookUserId of ["", "a\nb", "x".repeat(257), 7 as unknown as string]) {
        expect(() => create({ apiKey, webhookUserId })).toThrow(/^webhookUserId is malformed\.$/);
      }
    }
  });

  it("is the caller's mistake when its body was read before", async () => {
    const request = new Request("https://app.example/hook", {
      method: "POST",
      headers: headers(okSignature),
      body: okBody,
    });
    await request.text();
    const error = await errorOf(recipient().provider.verifyWebhook(request), [apiKey]);
    expect(error).toMatchObject({ code: "ERR_4008", details: { field: "body" } });
  });

  it("is an unexpected answer when fal signed what is none", async () => {
    serveKeys(peer, publicKey);
    for (const body of ["", "null", "{}", '{"status":"OK"}', okBody.replaceAll(id, "other")]) {
      const error = await errorOf(recipient().provider.verifyWebhook(signed(body)), [apiKey]);
      expect(error).toMatchObject({ code: "ERR_5002", reason: "unexpected_answer" });
    }
  });
});
