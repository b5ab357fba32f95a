import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { getProfile, handOverGuest, onboardGuest, updateProfile } from "./index.ts";

let stack: TestStack;
let db: Database;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());

let phones = 0;
const phone = (): string => {
  phones += 1;
  return `phone-${phones}`;
};
const guest = async (grant = 10): Promise<string> => {
  const userId = crypto.randomUUID();
  await onboardGuest(db, { userId, deviceId: phone(), grant });
  return userId;
};
const proven = async (userId: string): Promise<boolean> => {
  const [user] = await stack.sql`
    select credits_remaining = (select coalesce(sum(change), 0) from quota_log q where q.user_id = users.id) as proven
    from users where id = ${userId}`;
  return user?.proven;
};

describe("onboardGuest", () => {
  it("makes the profile and books the grant, once for a user and once for a device", async () => {
    const [userId, deviceId] = [crypto.randomUUID(), phone()];
    const first = await onboardGuest(db, { userId, deviceId, grant: 10, language: "tr" });
    expect(first).toEqual({
      ...{ created: true, granted: true, creditsGranted: 10, grantRefused: null },
      user: {
        ...{
          id: userId,
          email: null,
          isGuest: true,
          tier: "free",
          language: "tr",
          themePreference: "system",
        },
        ...{ creditsRemaining: 10, creditsTotal: 10, createdAt: expect.stringMatching(/Z$/) },
      },
    });
    expect(await onboardGuest(db, { userId, deviceId, grant: 10 })).toEqual({
      ...{
        created: false,
        granted: false,
        creditsGranted: 0,
        grantRefused: "already_granted",
        user: first.user,
      },
    });
    const another = await onboardGuest(db, { userId: crypto.randomUUID(), deviceId, grant: 10 });
    expect(another).toMatchObject({ created: true, granted: false, grantRefused: "device_seen_before" });
    expect(another.user.creditsRemaining).toBe(0);
    expect(await proven(userId)).toBe(true);
  });

  it("knows a device however its id is written", async () => {
    const deviceId = `Phone-${phone()}-ABC`;
    const ids = [
      deviceId,
      deviceId.toLowerCase(),
      ` ${deviceId.toUpperCase()}\n`,
      deviceId.replace("A", "\uff21"),
    ];
    const grants: boolean[] = [];
    for (const each of ids) {
      const { granted } = await onboardGuest(db, { userId: crypto.randomUUID(), deviceId: each, grant: 10 });
      grants.push(granted);
    }
    expect(grants).toEqual([true, false, false, false]);
  });

  it("grants once where two new installs of one device come at once", async () => {
    const deviceId = phone();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => onboardGuest(db, { userId: crypto.randomUUID(), deviceId, grant: 10 })),
    );
    expect(all.filter(({ granted }) => granted).length).toBe(1);
  });

  it("makes a user of a guest who linked an account, and no guest of a user", async () => {
    const userId = await guest();
    const deviceId = phone();
    const linked = await onboardGuest(db, { userId, deviceId, isGuest: false, email: "ada@example.com" });
    expect(linked.user).toMatchObject({ isGuest: false, email: "ada@example.com", creditsRemaining: 10 });
    expect((await onboardGuest(db, { userId, deviceId })).user.isGuest).toBe(false);
  });

  it("refuses what cannot be meant, and who is banned", async () => {
    const userId = crypto.randomUUID();
    const wrong = [
      { userId: "me", deviceId: "a" },
      { userId, deviceId: " " },
      { userId, deviceId: "a".repeat(201) },
      { userId, deviceId: "a\0" },
      { userId, deviceId: "my phone" },
      { userId, deviceId: "a", grant: -1 },
      { userId, deviceId: "a", grant: 100_001 },
      { userId, deviceId: "a", language: "klingon" },
    ];
    for (const each of wrong)
      await expect(onboardGuest(db, each)).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(getProfile(db, { userId })).rejects.toMatchObject({ reason: "user_not_found" });
    const banned = await stack.createUser();
    await stack.sql`update users set banned_at = now() where id = ${banned.id}`;
    await expect(onboardGuest(db, { userId: banned.id, deviceId: phone() })).rejects.toMatchObject({
      code: "ERR_4012",
      reason: "account_banned",
    });
  });
});

describe("handOverGuest", () => {
  it("moves credits and jobs once, also for many who ask at once, and closes the guest", async () => {
    const [guestId, user] = [
      await guest(),
      await stack.createUser({ credits: 3, columns: { is_guest: false } }),
    ];
    const [model] = await stack.sql`
      insert into models (name, provider, provider_model_id, cost_per_generation) values ('M', 'fal', 'm/m', 4) returning id`;
    await stack.sql`insert into video_jobs (user_id, model_id, prompt) values (${guestId}, ${model?.id}, 'a kite')`;
    const all = await Promise.all(
      Array.from({ length: 5 }, () => handOverGuest(db, { guestId, userId: user.id })),
    );
    expect(all.filter(({ replayed }) => !replayed)).toEqual([
      { creditsMoved: 10, jobsMoved: 1, creditsRemaining: 13, replayed: false },
    ]);
    expect(await stack.sql`select 1 from video_jobs where user_id = ${user.id}`).toHaveLength(1);
    expect(await proven(guestId)).toBe(true);
    expect(await proven(user.id)).toBe(true);
    const other = await stack.createUser({ columns: { is_guest: false } });
    const closed = { code: "ERR_4009", reason: "account_handed_over" };
    await expect(handOverGuest(db, { guestId, userId: other.id })).rejects.toMatchObject(closed);
    await expect(onboardGuest(db, { userId: guestId, deviceId: phone() })).rejects.toMatchObject(closed);
  });

  it("makes the profile of an account that has none yet", async () => {
    const [guestId, userId] = [await guest(), crypto.randomUUID()];
    await handOverGuest(db, { guestId, userId, email: "new@example.com" });
    expect(await getProfile(db, { userId })).toMatchObject({
      ...{ email: "new@example.com", isGuest: false, creditsRemaining: 10 },
    });
  });

  it("hands over guests only, who are there, and to somebody else", async () => {
    const user = await stack.createUser({ columns: { is_guest: false } });
    const other = await stack.createUser({ columns: { is_guest: false } });
    const give = (guestId: string) => handOverGuest(db, { guestId, userId: user.id });
    await expect(give(other.id)).rejects.toMatchObject({ code: "ERR_4009", reason: "not_a_guest" });
    await expect(give(crypto.randomUUID())).rejects.toMatchObject({ code: "ERR_4007" });
    await expect(give(user.id)).rejects.toMatchObject({ code: "ERR_4008" });
  });
});

describe("a profile", () => {
  it("is read and changed by the user's own client, with one request each", async () => {
    const user = await stack.createUser({ credits: 3 });
    const own = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: user.accessToken });
    stack.requests.length = 0;
    expect(await getProfile(own, { userId: user.id })).toMatchObject({ id: user.id, creditsRemaining: 3 });
    const changed = await updateProfile(own, { userId: user.id, language: "es", themePreference: "dark" });
    expect(changed).toMatchObject({ language: "es", themePreference: "dark" });
    expect(stack.requests.length).toBe(2);
    expect(await updateProfile(db, { userId: user.id, language: "tr" })).toMatchObject({
      ...{ language: "tr", themePreference: "dark" },
    });
  });

  it("is nobody else's to read or change", async () => {
    const [user, other] = [await stack.createUser(), await stack.createUser()];
    const own = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: user.accessToken });
    const missing = { code: "ERR_4007", reason: "user_not_found" };
    await expect(getProfile(own, { userId: other.id })).rejects.toMatchObject(missing);
    await expect(updateProfile(own, { userId: other.id, language: "es" })).rejects.toMatchObject(missing);
    expect((await getProfile(db, { userId: other.id })).language).toBe("en");
  });

  it("changes to nothing that cannot be", async () => {
    const { id: userId } = await stack.createUser();
    for (const change of [
      {},
      { language: "klingon" },
      { themePreference: "" },
      { themePreference: "x".repeat(41) },
    ]) {
      await expect(updateProfile(db, { userId, ...change })).rejects.toMatchObject({ code: "ERR_4008" });
    }
  });

  it("says that nobody knows whether it was changed where the answer is lost", async () => {
    const { id: userId } = await stack.createUser();
    stack.faults.next({ path: "/rest/v1/users", kind: "cut-after-forward" });
    await expect(updateProfile(db, { userId, language: "es" })).rejects.toMatchObject({ code: "ERR_6006" });
    expect((await getProfile(db, { userId })).language).toBe("es");
  });
});
