import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAppleDeviceCheck } from "./apple-device-check.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const apple = setupServer();
const host = "https://api.devicecheck.apple.com";
let keys: CryptoKeyPair;
let privateKey: string;

beforeAll(async () => {
  apple.listen({ onUnhandledFrame: "error" });
  keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll(/.{64}/g, "$&\n");
  privateKey = `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
});
afterEach(() => apple.resetHandlers());
afterAll(() => apple.close());

interface Sent {
  readonly path: string;
  readonly token: string;
  readonly body: Record<string, unknown>;
}

/** Apple, which answers each request in turn; the last answer stays. */
function appleAnswers(...answers: readonly (() => Response)[]): Sent[] {
  const sent: Sent[] = [];
  apple.use(
    http.post(`${host}/v1/:path`, async ({ request, params }) => {
      const token = request.headers.get("authorization")?.replace("Bearer ", "") ?? "";
      sent.push({ path: String(params.path), token, body: (await request.json()) as Sent["body"] });
      return (answers[Math.min(sent.length, answers.length) - 1] ?? HttpResponse.error)();
    }),
  );
  return sent;
}

const bits =
  (bit0: boolean, bit1 = false) =>
  () =>
    HttpResponse.json({ bit0, bit1, last_update_time: "2026-11" });
const done = () => new Response("OK");
const text = (status: number, body: string) => () => new Response(body, { status });

const forever = new AbortController().signal;
const device = (attestation: string | null = "AgAAAFoo+/=") => ({
  ...{ deviceId: "phone-1", attestation, userId: "u", signal: new AbortController().signal },
});
const check = (more: object = {}) =>
  createAppleDeviceCheck({ teamId: "SE9N6X5V7C", keyId: "GG8TWG834Q", privateKey, ...more });

describe("createAppleDeviceCheck", () => {
  it("lets a device have its grant once: it asks, then sets bit0 and leaves bit1 as it is", async () => {
    const sent = appleAnswers(bits(false, true), bits(false, true), done);
    const known = await check().check(device());
    expect(known).toMatchObject({ deviceId: "phone-1", mayGrant: true });
    expect(sent).toHaveLength(1);
    expect(await known.claim?.(forever)).toBe(true);
    expect(sent.slice(1).map(({ path, body }) => [path, body])).toEqual([
      [
        "query_two_bits",
        { device_token: "AgAAAFoo+/=", transaction_id: expect.any(String), timestamp: expect.any(Number) },
      ],
      ["update_two_bits", expect.objectContaining({ device_token: "AgAAAFoo+/=", bit0: true, bit1: true })],
    ]);
  });

  it("signs with ES256 as Apple wants it, and uses a token for twenty minutes", async () => {
    const sent = appleAnswers(bits(false));
    let now = 1_764_000_000_000;
    const attestation = check({ now: () => now });
    await attestation.check(device());
    now += 19 * 60_000;
    await attestation.check(device());
    now += 2 * 60_000;
    await attestation.check(device());
    const [first = "", second, third] = sent.map(({ token }) => token);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    const [header = "", payload = "", signature = ""] = first.split(".");
    const decode = (part: string): string => atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    expect(JSON.parse(decode(header))).toEqual({ alg: "ES256", kid: "GG8TWG834Q", typ: "JWT" });
    expect(JSON.parse(decode(payload))).toEqual({ iss: "SE9N6X5V7C", iat: 1_764_000_000 });
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    const bytes = Uint8Array.from(decode(signature), (character) => character.charCodeAt(0));
    expect(await crypto.subtle.verify(algorithm, keys.publicKey, bytes, signed)).toBe(true);
  });

  it.each<[string, () => Response, boolean]>([
    ["had its grant", bits(true), false],
    ["had its grant, with the other bit", bits(true, true), false],
    ["is new to Apple", text(200, "Failed to find bit state"), true],
    ["is new to Apple, in other words", text(200, "Bit State Not Found"), true],
  ])("knows a device that %s", async (_, answer, mayGrant) => {
    appleAnswers(answer);
    expect(await check().check(device())).toMatchObject({ mayGrant });
  });

  it.each<[string, string | null]>([
    ["nothing", null],
    ["an empty text", ""],
    ["no base64", "{}"],
    ["100 kB", "A".repeat(100_000)],
  ])("refuses %s as a token without asking Apple", async (_, attestation) => {
    const sent = appleAnswers(bits(false));
    await expect(check().check(device(attestation))).rejects.toMatchObject({
      ...{ code: "ERR_4008", details: { field: "attestation" } },
    });
    expect(sent).toEqual([]);
  });

  it("tells a token that Apple does not take from a fault of this server", async () => {
    appleAnswers(text(400, "Missing or incorrectly formatted device token payload"));
    await expect(check().check(device())).rejects.toMatchObject({
      code: "ERR_4008",
      details: { field: "attestation" },
    });
    for (const answer of [
      text(401, "Unable to verify authorization token"),
      text(400, "Missing or badly formatted authorization token"),
      text(200, "<html>"),
      text(200, '{"bit0":"yes"}'),
    ]) {
      appleAnswers(answer);
      await expect(check().check(device())).rejects.toMatchObject({ code: "ERR_6003" });
    }
  });

  it("asks again when Apple is overloaded, and says that nothing was changed when it stays so", async () => {
    const sent = appleAnswers(text(503, ""), bits(false));
    expect(await check().check(device())).toMatchObject({ mayGrant: true });
    expect(sent).toHaveLength(2);
    const later = appleAnswers(text(503, ""));
    await expect(check().check(device())).rejects.toMatchObject({
      ...{ code: "ERR_6005", reason: "attestation_unreachable", retryable: true },
    });
    expect(later).toHaveLength(3);
    appleAnswers(HttpResponse.error);
    await expect(check().check(device())).rejects.toMatchObject({ code: "ERR_6005" });
  });

  it("does not claim a device that another request claimed since it was checked", async () => {
    const sent = appleAnswers(bits(false), bits(true));
    expect(await (await check().check(device())).claim?.(forever)).toBe(false);
    expect(sent.map(({ path }) => path)).toEqual(["query_two_bits", "query_two_bits"]);
  });

  it("does not say that a claim was not made when its answer was lost", async () => {
    appleAnswers(bits(false), bits(false), HttpResponse.error);
    const known = await check().check(device());
    await expect(known.claim?.(forever)).rejects.toMatchObject({
      code: "ERR_6006",
      reason: "attestation_outcome_unknown",
    });
  });

  it("asks Apple's development host for builds of Xcode", async () => {
    apple.use(http.post("https://api.development.devicecheck.apple.com/v1/query_two_bits", bits(true)));
    expect(await check({ environment: "development" }).check(device())).toMatchObject({ mayGrant: false });
  });

  it.each<[string, object]>([
    ["teamId", { teamId: "" }],
    ["keyId", { keyId: "key" }],
    ["privateKey", { privateKey: "" }],
    ["privateKey", { privateKey: "-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY-----" }],
  ])("complains of a malformed %s when it is made", (field, more) => {
    expect(() => check(more)).toThrow(expect.objectContaining({ code: "ERR_4008", field }));
  });

  it("takes a key whose line breaks an environment wrote as \\n, and complains of one that is no P-256 key", async () => {
    appleAnswers(bits(false));
    const escaped = privateKey.replaceAll("\n", "\\n");
    expect(await check({ privateKey: escaped }).check(device())).toMatchObject({ mayGrant: true });
    const other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    await expect(check({ privateKey: other }).check(device())).rejects.toMatchObject({
      ...{ code: "ERR_6003", cause: { field: "privateKey" } },
    });
  });
});
