import { describe, expect, it } from "vitest";
import { useHandlers } from "./server/testing/use-handlers.ts";
import { clientOverHandlers } from "./testing/client-over-handlers.ts";
import { memoryStorage, type TokenStorage } from "./token-storage.ts";

const app = useHandlers();
const device = (): { deviceId: string } => ({ deviceId: app.user.id });
const password = "correct horse battery";

/** A device: its app can be started anew, and finds what it kept. */
function phone(storage: TokenStorage = memoryStorage()) {
  return { storage, start: () => clientOverHandlers(app, { storage }) };
}

/** A new account, from another device. */
async function account() {
  const email = `ada-${crypto.randomUUID()}@example.com`;
  const { vidops } = phone().start();
  const user = await vidops.session.signUp({ email, password });
  await vidops.guest.start({ deviceId: crypto.randomUUID() });
  return { email, id: user?.userId ?? "", vidops };
}

describe("a guest", () => {
  it("begins with credits, once for each device", async () => {
    const { vidops } = phone().start();
    expect(await vidops.guest.start(device())).toMatchObject({
      ...{ granted: true, creditsGranted: 10, grantRefused: null },
      profile: { isGuest: true, creditsRemaining: 10 },
    });
    expect(await vidops.guest.start(device())).toMatchObject({
      granted: false,
      grantRefused: "already_granted",
    });
    const another = await phone().start().vidops.guest.start(device());
    expect(another).toMatchObject({ granted: false, grantRefused: "device_seen_before", creditsGranted: 0 });
    expect(another.profile.creditsRemaining).toBe(0);
  });

  it("is the same one after the app was started anew, and when its token was renewed", async () => {
    const { start, storage } = phone();
    const { profile } = await start().vidops.guest.start(device());
    await start().vidops.videos.generate({ modelId: app.modelId, prompt: "a fox" });
    // The token has ended.
    const name = `vidops.${app.stack.url.replace(/^.*\/\//, "").replace(/\W/g, "_")}.session`;
    const kept = JSON.parse(String(await storage.get(name)));
    await storage.set(name, JSON.stringify({ ...kept, expires_at_ms: Date.now() }));
    const { vidops } = start();
    expect(await vidops.credits.balance()).toMatchObject({ creditsRemaining: 6 });
    expect(await vidops.session.user()).toEqual({ userId: profile.id, isGuest: true });
    expect(JSON.parse(String(await storage.get(name))).refresh_token).not.toBe(kept.refresh_token);
  });

  it("renews a token that is no token, once for 20 calls at once", async () => {
    const { start, storage } = phone();
    await start().vidops.guest.start(device());
    const name = `vidops.${app.stack.url.replace(/^.*\/\//, "").replace(/\W/g, "_")}.session`;
    const kept = JSON.parse(String(await storage.get(name)));
    const expired = await app.stack.signToken({ sub: app.user.id, expiresIn: -60 });
    await storage.set(name, JSON.stringify({ ...kept, access_token: expired }));
    app.stack.requests.length = 0;
    const { vidops } = start();
    const calls = await Promise.all(Array.from({ length: 20 }, () => vidops.profile.get()));
    expect(new Set(calls.map(({ isGuest }) => isGuest))).toEqual(new Set([true]));
    expect(app.stack.requests.filter(({ path }) => path.startsWith("/auth/v1/token"))).toHaveLength(1);
  });
});

describe("a guest who signs in to an account", () => {
  it("brings credits and videos along, once, also over a crash and a lost answer", async () => {
    const { email, id, vidops: elsewhere } = await account();
    const { start } = phone();
    const asGuest = start();
    await asGuest.vidops.guest.start(device());
    const { jobId } = await asGuest.vidops.videos.generate({ modelId: app.modelId, prompt: "a fox" });
    await asGuest.vidops.session.signIn({ email, password });

    // The app ends here, and is started anew.
    const client = start();
    expect(await client.vidops.session.user()).toEqual({ userId: id, isGuest: false });
    const before = await client.vidops.credits.balance();
    client.lose(1);
    const moved = await client.vidops.account.handOver();
    expect(moved).toMatchObject({ creditsMoved: 6, replayed: true });
    expect(moved?.creditsRemaining).toBe(before.creditsRemaining + 6);
    expect(await client.vidops.credits.balance()).toMatchObject({
      creditsRemaining: before.creditsRemaining + 6,
    });
    expect((await client.vidops.videos.list()).items.map((video) => video.jobId)).toEqual([jobId]);
    expect(await client.vidops.account.handOver()).toBeNull();
    expect(await elsewhere.credits.balance({ maxAge: 0 })).toMatchObject({
      creditsRemaining: before.creditsRemaining + 6,
    });
  });

  it("has nothing to hand over without having been a guest", async () => {
    const { vidops } = await account();
    expect(await vidops.account.handOver()).toBeNull();
  });

  it("is refused a wrong password, and stays the guest", async () => {
    const { email } = await account();
    const { vidops } = phone().start();
    await vidops.guest.start(device());
    await expect(vidops.session.signIn({ email, password: "wrong" })).rejects.toMatchObject({
      code: "ERR_4008",
      reason: "invalid_credentials",
    });
    expect(await vidops.credits.balance()).toMatchObject({ creditsRemaining: 10 });
  });
});
