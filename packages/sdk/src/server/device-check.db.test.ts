import { VidopsError } from "@vidops/core/errors";
import { createPostgresStore } from "@vidops/core/rate-limit";
import { describe, expect, it, vi } from "vitest";
import type { DeviceAttestation } from "./index.ts";
import { type Account, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const device = () => `phone-${crypto.randomUUID()}`;
const check = (as: Account, body: Record<string, unknown> = { device_id: device() }, more: object = {}) =>
  app.send("device-check", { as, body, ...more });

/** Apple's two bits, as far as they matter here. */
function deviceWithBit(granted = false, claim: () => Promise<boolean> = async () => true) {
  const claimed = vi.fn(claim);
  const attestation: DeviceAttestation = {
    check: async ({ deviceId }) => ({ deviceId, mayGrant: !granted, claim: claimed }),
  };
  return { claimed, handlers: app.make({ attestation }) };
}

describe("device-check", () => {
  it("makes a guest's profile in the guest's language, with the initial grant", async () => {
    const guest = await app.createGuest();
    const { status, body } = await check(guest, { device_id: device(), language: "tr-TR" });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        user: {
          ...{
            id: guest.id,
            email: null,
            is_guest: true,
            tier: "free",
            language: "tr",
            theme_preference: "system",
          },
          ...{ credits_remaining: 10, credits_total: 10, created_at: expect.any(String) },
        },
        ...{ granted: true, credits_granted: 10, grant_refused: null },
      },
    });
    expect(await app.books(guest)).toEqual({ balance: 10, ledger: 1, jobs: 0 });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ["one that nobody translated", { language: "de-DE" }, "tr", "en"],
    ["none", {}, "tr", "tr"],
    ["none, with a browser's unknown one", {}, "xx", "en"],
    ["no language at all", { language: "'; drop table users; --" }, "tr", "en"],
  ])("takes %s for what comes nearest", async (_, more, header, language) => {
    const guest = await app.createGuest();
    const headers = { "accept-language": header };
    expect(await check(guest, { device_id: device(), ...more }, { headers })).toMatchObject({
      ...{ status: 200, body: { user: { language } } },
    });
  });

  it("grants nothing twice: not to the same guest again, and not to another one on the device", async () => {
    const [guest, other] = [await app.createGuest(), await app.createGuest()];
    const body = { device_id: device() };
    await check(guest, body);
    expect(await check(guest, body)).toMatchObject({
      body: {
        granted: false,
        credits_granted: 0,
        grant_refused: "already_granted",
        user: { credits_remaining: 10 },
      },
    });
    expect(await check(other, body)).toMatchObject({
      ...{
        status: 200,
        body: { granted: false, grant_refused: "device_seen_before", user: { credits_remaining: 0 } },
      },
    });
    // A new device is no new grant for the same guest.
    expect(await check(guest)).toMatchObject({ body: { grant_refused: "already_granted" } });
  });

  it("grants once to eight guests who come at once on one device", async () => {
    const guests = await Promise.all(Array.from({ length: 8 }, () => app.createGuest()));
    const body = { device_id: device() };
    const answers = await Promise.all(guests.map((guest) => check(guest, body)));
    expect(answers.filter(({ body: { granted } }) => granted)).toHaveLength(1);
    expect(
      answers.filter(({ body: { grant_refused } }) => grant_refused === "device_seen_before"),
    ).toHaveLength(7);
  });

  it("takes who asks from the token: no user of the body counts", async () => {
    const guest = await app.createGuest();
    expect(await check(guest, { device_id: device(), user_id: app.user.id })).toMatchObject({
      ...{
        status: 400,
        body: { error: { details: { field: "user_id", fault: "is no field of this request" } } },
      },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no device", {}, "device_id"],
    ["a blank device", { device_id: "  " }, "device_id"],
    ["a device of 201 characters", { device_id: "x".repeat(201) }, "device_id"],
    ["a device with a NUL", { device_id: "a\0b" }, "device_id"],
    ["a device with a space", { device_id: "my phone" }, "device_id"],
    ["a device in letters that look like others", { device_id: "ａｂｃ" }, "device_id"],
    ["a number as device", { device_id: 42 }, "device_id"],
    ["an attestation that is no text", { device_id: "a", attestation: {} }, "attestation"],
    ["a language that is no text", { device_id: "a", language: 1 }, "language"],
  ])("refuses %s, and makes no profile", async (_, body, field) => {
    const guest = await app.createGuest();
    expect(await check(guest, body)).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field } } } },
    });
    expect(await app.stack.sql`select from public.users where id = ${guest.id}`).toEqual([]);
  });

  it("makes a guest who linked an email a user in place, with all that the guest had", async () => {
    const guest = await app.createGuest();
    const body = { device_id: device() };
    await check(guest, body);
    const linked = await app.stack.signToken({
      sub: guest.id,
      email: "ada@example.com",
    });
    await app.stack
      .sql`update auth.users set email = 'ada@example.com', is_anonymous = false where id = ${guest.id}`;
    expect(await check({ id: guest.id, accessToken: linked }, body)).toMatchObject({
      body: { user: { id: guest.id, is_guest: false, email: "ada@example.com", credits_remaining: 10 } },
    });
  });

  it("refuses who is banned", async () => {
    await app.stack.sql`update public.users set banned_at = now() where id = ${app.user.id}`;
    expect(await check(app.user)).toMatchObject({ status: 403, body: { error: { code: "ERR_4012" } } });
  });

  it("gives ten grants to one address in an hour, then says when to come again, and serves who has a profile all the same", async () => {
    const guests = await Promise.all(Array.from({ length: 11 }, () => app.createGuest()));
    const answers = await Promise.all(guests.map((guest) => check(guest)));
    const [refused, ...more] = answers.filter(({ status }) => status === 429);
    expect([answers.filter(({ status }) => status === 200).length, more.length]).toEqual([10, 0]);
    expect(refused?.body.error?.request_id).toBe(refused?.headers.get("x-request-id"));
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(3_000);
    const known = guests.find((_, nth) => answers[nth]?.status === 200) ?? app.user;
    for (let nth = 0; nth < 12; nth += 1) expect(await check(known)).toMatchObject({ status: 200 });
    const elsewhere = { headers: { "x-forwarded-for": "81.3.0.1" } };
    expect(await check(await app.createGuest(), undefined, elsewhere)).toMatchObject({
      body: { granted: true },
    });
  });
});

describe("device-check with an attestation that remembers devices", () => {
  it("claims the device before it grants", async () => {
    const guest = await app.createGuest();
    const balances: unknown[] = [];
    const { claimed, handlers } = deviceWithBit(false, async () => {
      balances.push((await app.books(guest)).balance);
      return true;
    });
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({ body: { granted: true } });
    expect(claimed).toHaveBeenCalledTimes(1);
    expect(balances).toEqual([0]);
  });

  it("grants nothing to a device that had its grant, also when the database does not know it", async () => {
    const guest = await app.createGuest();
    const { claimed, handlers } = deviceWithBit(true);
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({
      status: 200,
      body: { granted: false, grant_refused: "device_seen_before", user: { credits_remaining: 0 } },
    });
    expect(claimed).not.toHaveBeenCalled();
  });

  it("grants once to eight guests at once who all have one device, and invent an id each", async () => {
    let bit0 = false;
    const slow = () => new Promise((resolve) => setTimeout(resolve, 30));
    const attestation: DeviceAttestation = {
      async check({ deviceId }) {
        await slow();
        return {
          deviceId,
          mayGrant: !bit0,
          claim: async () => {
            const taken = bit0;
            await slow();
            bit0 = true;
            return !taken;
          },
        };
      },
    };
    const handlers = app.make({ attestation, limits: { deviceCheck: [] } });
    const guests = await Promise.all(Array.from({ length: 8 }, () => app.createGuest()));
    const answers = await Promise.all(guests.map((guest) => check(guest, undefined, { with: handlers })));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
    expect(answers.filter(({ body }) => body.granted === true)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.grant_refused === "device_seen_before")).toHaveLength(7);
    const later = await check(await app.createGuest(), undefined, { with: handlers });
    expect(later).toMatchObject({ body: { grant_refused: "device_seen_before" } });
  });

  it("says when to come again while somebody else is claiming for too long", {
    timeout: 30_000,
  }, async () => {
    const store = createPostgresStore(app.db);
    const one = { name: "lease", per: "global", key: null, maxRequests: 1, windowSeconds: 20 } as const;
    const asked = { ip: null, userId: null, cost: 1, reserve: true, unloggedDenials: 0 };
    const { reservation } = await store.take({ ...asked, action: "device_claim", limits: [one] });
    const { claimed, handlers } = deviceWithBit();
    const guest = await app.createGuest();
    const answer = await check(guest, undefined, { with: handlers });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: "ERR_6008" } } });
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(claimed).not.toHaveBeenCalled();
    await store.release(reservation ?? "");
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({ body: { granted: true } });
  });

  it("asks nobody about the device of who can get nothing: banned, or granted before", async () => {
    const guest = await app.createGuest();
    await check(guest);
    const asked = vi.fn(() => Promise.reject(new Error("Apple is down")));
    const handlers = app.make({ attestation: { check: asked } });
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({
      ...{ status: 200, body: { grant_refused: "already_granted", user: { credits_remaining: 10 } } },
    });
    await app.stack.sql`update public.users set banned_at = now() where id = ${guest.id}`;
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({ status: 403 });
    expect(
      await check(await app.createGuest(), undefined, {
        with: app.make({ attestation: { check: asked }, initialCredits: 0 }),
      }),
    ).toMatchObject({
      ...{ status: 200, body: { grant_refused: "no_grant" } },
    });
    expect(asked).not.toHaveBeenCalled();
  });

  it("grants nothing when the claim fails, so that no failure that somebody provokes is worth credits", async () => {
    const guest = await app.createGuest();
    const lost = new VidopsError({
      code: "ERR_6006",
      reason: "attestation_outcome_unknown",
      message: "Lost.",
    });
    const { handlers } = deviceWithBit(false, () => Promise.reject(lost));
    expect(await check(guest, undefined, { with: handlers })).toMatchObject({
      ...{ status: 500, body: { error: { code: "ERR_6006" } } },
    });
    expect(await app.books(guest)).toEqual({ balance: 0, ledger: 0, jobs: 0 });
  });
});
