import { createClient } from "@supabase/supabase-js";
import { describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import { fakeProject, key, type Route, refusal, session, token, url } from "./testing/fake-project.ts";
import { memoryStorage } from "./token-storage.ts";

const guest = token({ sub: "guest", is_anonymous: true });
const account = token({ sub: "account" });
const second = token({ sub: "account", n: 2 });
const profile: Route = () => Response.json({ profile: { id: "u1" } });
const bearer = (headers: Headers): string | undefined => headers.get("authorization")?.replace("Bearer ", "");

/** A real client of supabase-js over the same fake project. */
function app(routes: Record<string, Route>) {
  const project = fakeProject({
    "/auth/v1/token": ({ query }) =>
      Response.json({
        ...(session(query.grant_type === "password" ? account : second) as object),
        user: { id: "account" },
      }),
    "/auth/v1/signup": () =>
      Response.json({ ...(session(guest) as object), user: { id: "guest", is_anonymous: true } }),
    "device-check": () => Response.json({ user: { id: "guest" } }),
    "get-user-profile": profile,
    ...routes,
  });
  const supabase = createClient(url, key, {
    global: { fetch: project.fetch },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const storage = memoryStorage();
  return {
    project,
    supabase,
    storage,
    vidops: createVidops({ url, key, supabase, storage, fetch: project.fetch }),
  };
}
const login = { email: "a@example.com", password: "correct horse" };

describe("a client over supabase-js", () => {
  it("is signed in as supabase-js is", async () => {
    const { project, supabase, vidops } = app({});
    expect(await vidops.session.user()).toBeNull();
    await expect(vidops.profile.get()).rejects.toMatchObject({ reason: "not_signed_in" });
    await supabase.auth.signInWithPassword(login);
    expect(await vidops.session.user()).toEqual({ userId: "account", isGuest: false });
    await vidops.profile.get();
    expect(bearer(project.at("get-user-profile")[0]?.headers as Headers)).toBe(account);
  });

  it("signs a guest in by supabase-js, which so knows of it", async () => {
    const { project, supabase, vidops } = app({});
    await vidops.guest.start({ deviceId: "d1" });
    expect((await supabase.auth.getSession()).data.session?.access_token).toBe(guest);
    expect(project.at("/auth/v1/signup")).toHaveLength(1);
  });

  it("says that guests are not let in", async () => {
    const { vidops } = app({
      "/auth/v1/signup": () => Response.json({ error_code: "anonymous_provider_disabled" }, { status: 422 }),
    });
    await expect(vidops.guest.start({ deviceId: "d1" })).rejects.toMatchObject({
      code: "ERR_4006",
      reason: "no_anonymous_sign_in",
      cause: expect.objectContaining({ code: "anonymous_provider_disabled" }),
    });
  });

  it("has supabase-js renew a token that is not accepted, once for 20 calls", async () => {
    const { project, supabase, vidops } = app({
      "get-user-profile": (request) =>
        bearer(request.headers) === second ? profile(request) : refusal(401, "ERR_4005"),
    });
    await supabase.auth.signInWithPassword(login);
    await Promise.all(Array.from({ length: 20 }, () => vidops.profile.get()));
    expect(project.at("/auth/v1/token").map(({ query }) => query.grant_type)).toEqual([
      "password",
      "refresh_token",
    ]);
    expect((await supabase.auth.getSession()).data.session?.access_token).toBe(second);
  });

  it.each([
    [400, "refresh_token_not_found", { code: "ERR_4005", message: "ERR_4005 in words", retryable: false }],
    [429, "over_request_rate_limit", { code: "ERR_6005", reason: "auth_unreachable", retryable: true }],
    [403, undefined, { code: "ERR_6005", reason: "auth_unreachable", retryable: true }],
  ])("tells a session that is over from an Auth that cannot be asked: %i %s", async (status, word, error) => {
    const { project, supabase, vidops } = app({
      "get-user-profile": () => refusal(401, "ERR_4005"),
      "/auth/v1/token": ({ query }) =>
        query.grant_type === "password"
          ? Response.json({ ...(session(account) as object), user: { id: "account" } })
          : Response.json({ error_code: word }, { status }),
    });
    await supabase.auth.signInWithPassword(login);
    await expect(vidops.profile.get()).rejects.toMatchObject(error);
    expect(project.at("/auth/v1/token")).toHaveLength(2);
  });

  it("keeps the guest for the hand-over when the app signs in to an account", async () => {
    const moved = { credits_moved: 6, jobs_moved: 2, credits_remaining: 16, replayed: false };
    const { project, supabase, storage, vidops } = app({ "hand-over-guest": () => Response.json(moved) });
    await vidops.guest.start({ deviceId: "d1" });
    await supabase.auth.signInWithPassword(login);
    expect(await storage.get("vidops.abc_supabase_co.guests")).toContain(guest);
    expect(await vidops.account.handOver()).toMatchObject({ creditsMoved: 6, jobsMoved: 2 });
    const [request] = project.at("hand-over-guest");
    expect(request?.body).toEqual({ guest_token: guest });
    expect(bearer(request?.headers as Headers)).toBe(account);
    expect(await vidops.account.handOver()).toBeNull();
  });

  it("forgets a guest who signs out: the next one at the device is somebody else", async () => {
    const { project, supabase, storage, vidops } = app({
      "/auth/v1/logout": () => new Response(null, { status: 204 }),
    });
    await vidops.guest.start({ deviceId: "d1" });
    await supabase.auth.signOut();
    await supabase.auth.signInWithPassword(login);
    expect(await vidops.account.handOver()).toBeNull();
    expect(await storage.get("vidops.abc_supabase_co.guests")).toBeUndefined();
    expect(project.at("hand-over-guest")).toEqual([]);
  });

  it("takes the Realtime of supabase-js as it is", () => {
    const { supabase, vidops } = app({});
    const wait = (): unknown => vidops.videos.waitFor("j1", { realtime: supabase });
    expect(wait).toBeTypeOf("function");
  });
});
