import { describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import {
  type Arrived,
  clientOf,
  fakeProject,
  key,
  type Route,
  refusal,
  session,
  token,
  url,
  virtualClock,
} from "./testing/fake-project.ts";
import type { TokenStorage } from "./token-storage.ts";
import { memoryStorage } from "./token-storage.ts";

const first = token({ n: 1 });
const second = token({ n: 2 });
const profile = () => Response.json({ profile: { id: "u1" } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const bearer = ({ headers }: Arrived): string | undefined =>
  headers.get("authorization")?.replace("Bearer ", "");
/** Takes the second token alone. */
const newOnly: Route = (request) => (bearer(request) === second ? profile() : refusal(401, "ERR_4005"));
const renewal: Route = () => Response.json(session(second, "refresh 2"));
const tokenPath = "/auth/v1/token";

async function signedIn(storage: TokenStorage = memoryStorage()): Promise<TokenStorage> {
  await storage.set(
    "vidops.abc_supabase_co.session",
    JSON.stringify({
      access_token: first,
      refresh_token: "refresh 1",
      expires_at_ms: Date.now() + 3_600_000,
    }),
  );
  return storage;
}

describe("a token that is not accepted", () => {
  it("is renewed once for 20 calls at once, and all of them get their answers", async () => {
    const project = fakeProject({ "get-user-profile": newOnly, [tokenPath]: renewal });
    const vidops = clientOf(project, { storage: await signedIn() });
    const calls = Array.from({ length: 20 }, () => vidops.profile.get());
    for (const { id } of await Promise.all(calls)) expect(id).toBe("u1");
    expect(project.at(tokenPath).map(({ body }) => body)).toEqual([{ refresh_token: "refresh 1" }]);
    expect(project.at("get-user-profile")).toHaveLength(40);
    expect(await vidops.profile.get()).toMatchObject({ id: "u1" });
    expect(project.at(tokenPath)).toHaveLength(1);
  });

  it("is renewed once also for a call whose refusal comes late", async () => {
    let late = false;
    const project = fakeProject({
      "get-user-profile": async (request) => {
        if (bearer(request) === first && late) await pause(30);
        late = true;
        return newOnly(request);
      },
      [tokenPath]: renewal,
    });
    const vidops = clientOf(project, { storage: await signedIn() });
    await Promise.all([vidops.profile.get(), vidops.profile.get()]);
    expect(project.at(tokenPath)).toHaveLength(1);
  });

  it("ends the session when Auth refuses too: asked once for 20 calls, each with the server's own words", async () => {
    const project = fakeProject({
      "get-user-profile": newOnly,
      [tokenPath]: () => Response.json({ error_code: "refresh_token_not_found" }, { status: 400 }),
    });
    const storage = await signedIn();
    const vidops = clientOf(project, { storage });
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => vidops.profile.get()));
    for (const call of calls) {
      expect(call).toMatchObject({ reason: { code: "ERR_4005", message: "ERR_4005 in words" } });
    }
    expect(project.at(tokenPath)).toHaveLength(1);
    expect(await vidops.session.user()).toBeNull();
    await expect(vidops.profile.get()).rejects.toMatchObject({ reason: "not_signed_in" });
    expect(project.at("get-user-profile")).toHaveLength(20);
  });

  it("is kept when Auth cannot be asked: that fails once for all, late ones too, and the next call tries again", async () => {
    let down = true;
    const { clock } = virtualClock();
    let answered = 0;
    const project = fakeProject({
      "get-user-profile": async (request) => {
        if (bearer(request) === first) {
          answered += 1;
          // The last one hears of it when the renewal has failed already.
          if (answered === 20) await pause(100);
        }
        return newOnly(request);
      },
      [tokenPath]: (request) => (down ? refusal(503, "ERR_6005") : renewal(request)),
    });
    const vidops = clientOf(project, { storage: await signedIn(), clock });
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => vidops.profile.get()));
    for (const call of calls) expect(call).toMatchObject({ reason: { code: "ERR_6005", retryable: true } });
    // One renewal: the first attempt and its three retries.
    expect(project.at(tokenPath)).toHaveLength(4);

    down = false;
    await expect(vidops.profile.get()).resolves.toMatchObject({ id: "u1" });
    expect(project.at(tokenPath)).toHaveLength(5);
  });

  it.each<[string, () => Response]>([
    ["403 of a firewall", () => new Response("<html>", { status: 403 })],
    ["401 of a gateway", () => Response.json({ message: "Invalid API key" }, { status: 401 })],
    ["404 of a proxy", () => new Response("", { status: 404 })],
    ["400 with other words", () => Response.json({ error_code: "captcha_failed" }, { status: 400 })],
    ["a portal", () => new Response("<html>")],
  ])("does not cost the session when somebody else answers in the place of Auth: %s", async (_, answer) => {
    const project = fakeProject({
      "get-user-profile": newOnly,
      [tokenPath]: (request) => (request.count === 1 ? answer() : renewal(request)),
    });
    const vidops = clientOf(project, { storage: await signedIn() });
    await expect(vidops.profile.get()).rejects.toMatchObject({ code: "ERR_6007" });
    expect(await vidops.session.user()).not.toBeNull();
    await expect(vidops.profile.get()).resolves.toMatchObject({ id: "u1" });
  });

  it("is renewed once also where the storage is full: the new ones are kept in memory until it takes them", async () => {
    let full = true;
    const inner = await signedIn();
    const storage: TokenStorage = {
      ...inner,
      set: (name, value) => (full ? Promise.reject(new Error("quota")) : inner.set(name, value)),
    };
    const project = fakeProject({ "get-user-profile": newOnly, [tokenPath]: renewal });
    const vidops = clientOf(project, { storage });
    await vidops.profile.get();
    await vidops.profile.get();
    expect(project.at(tokenPath)).toHaveLength(1);
    expect(await inner.get("vidops.abc_supabase_co.session")).toContain("refresh 1");
    const other = clientOf(project, { storage });
    await other.profile.get();
    await other.session.signOut();
    expect(await other.session.user()).toBeNull();
    full = false;
    await vidops.profile.get();
    expect(await inner.get("vidops.abc_supabase_co.session")).toContain("refresh 2");
    await vidops.session.signOut();
    expect(await vidops.session.user()).toBeNull();
  });

  it("is renewed once for each call: what is refused again is told", async () => {
    const project = fakeProject({ "get-user-profile": () => refusal(401, "ERR_4005"), [tokenPath]: renewal });
    await expect(clientOf(project, { storage: await signedIn() }).profile.get()).rejects.toMatchObject({
      code: "ERR_4005",
    });
    expect(project.at("get-user-profile")).toHaveLength(2);
    expect(project.at(tokenPath)).toHaveLength(1);
  });

  it("goes on renewing when the one who asked has gone", async () => {
    const controller = new AbortController();
    const project = fakeProject({
      "get-user-profile": newOnly,
      [tokenPath]: async (request) => {
        controller.abort(new Error("gone"));
        await pause(10);
        return renewal(request);
      },
    });
    const vidops = clientOf(project, { storage: await signedIn() });
    const gone = vidops.profile.get({ signal: controller.signal });
    const waits = vidops.profile.get();
    await expect(gone).rejects.toThrow("gone");
    await expect(waits).resolves.toMatchObject({ id: "u1" });
    expect(project.at(tokenPath)).toHaveLength(1);
  });

  it("is waited for no longer than the call may take", async () => {
    const project = fakeProject({ "get-user-profile": newOnly, [tokenPath]: () => new Promise(() => {}) });
    const vidops = clientOf(project, { storage: await signedIn() });
    await expect(vidops.profile.get({ timeout: 60 })).rejects.toMatchObject({
      code: "ERR_6005",
      reason: "timeout",
      retryable: true,
    });
  });
});

describe("a token that is about to end", () => {
  it("is renewed before it is sent, once for all", async () => {
    const { clock, pass } = virtualClock();
    const project = fakeProject({ "get-user-profile": newOnly, [tokenPath]: renewal });
    const storage = memoryStorage();
    const tokens = {
      access_token: first,
      refresh_token: "refresh 1",
      expires_at_ms: clock.now() + 3_600_000,
    };
    await storage.set("vidops.abc_supabase_co.session", JSON.stringify(tokens));
    const vidops = clientOf(project, { storage, clock });
    pass(3_600_000 - 9_000);
    await Promise.all([vidops.profile.get(), vidops.profile.get()]);
    expect(project.at(tokenPath)).toHaveLength(1);
    expect(project.at("get-user-profile").map(bearer)).toEqual([second, second]);
  });

  it("is told by the time that was left, whatever the device's clock says", async () => {
    const { clock } = virtualClock();
    const project = fakeProject({
      "/auth/v1/signup": () => Response.json(session(second)),
      "device-check": () => Response.json({ user: { id: "u1" } }),
      "get-user-profile": newOnly,
    });
    // The token is of today, the clock of another year.
    const vidops = createVidops({ url, key, fetch: project.fetch, clock });
    await vidops.guest.start({ deviceId: "d" });
    await expect(vidops.profile.get()).resolves.toMatchObject({ id: "u1" });
    expect(project.at(tokenPath)).toEqual([]);
  });
});

describe("two tabs with one storage", () => {
  it("take each other's new tokens", async () => {
    const project = fakeProject({ "get-user-profile": newOnly, [tokenPath]: renewal });
    const storage = await signedIn();
    const [one, other] = [clientOf(project, { storage }), clientOf(project, { storage })];
    await one.profile.get();
    await other.profile.get();
    expect(project.at(tokenPath)).toHaveLength(1);
  });

  it("keep the session when one comes too late with its refresh token", async () => {
    const storage = await signedIn();
    const project = fakeProject({
      "get-user-profile": newOnly,
      [tokenPath]: async () => {
        // The other tab was quicker, and Auth takes no token twice.
        await storage.set("vidops.abc_supabase_co.session", JSON.stringify(session(second, "refresh 2")));
        return Response.json({ error_code: "refresh_token_already_used" }, { status: 400 });
      },
    });
    await expect(clientOf(project, { storage }).profile.get()).resolves.toMatchObject({ id: "u1" });
  });

  it("bring no session back that was signed out while it was renewed", async () => {
    const storage = await signedIn();
    const project = fakeProject({
      "get-user-profile": newOnly,
      [tokenPath]: async (request) => {
        await storage.remove("vidops.abc_supabase_co.session");
        return renewal(request);
      },
    });
    const vidops = clientOf(project, { storage });
    await expect(vidops.profile.get()).rejects.toMatchObject({ code: "ERR_4005" });
    expect(await vidops.session.user()).toBeNull();
  });
});

it("a broken storage is told as it is, and an unreadable session is none", async () => {
  const project = fakeProject({ "get-user-profile": profile });
  const broken = { get: () => Promise.reject(new Error("locked")), set: () => {}, remove: () => {} };
  await expect(clientOf(project, { storage: broken }).profile.get()).rejects.toThrow("locked");
  const garbled = { ...broken, get: () => "{" };
  await expect(clientOf(project, { storage: garbled }).profile.get()).rejects.toMatchObject({
    reason: "not_signed_in",
  });
});
