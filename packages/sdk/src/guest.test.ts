import { describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import {
  fakeProject,
  key,
  lost,
  type Route,
  refusal,
  session,
  token,
  url,
  user,
  virtualClock,
} from "./testing/fake-project.ts";
import { memoryStorage } from "./token-storage.ts";

const guest = token({ is_anonymous: true });
const signup = "/auth/v1/signup";
const signUp: Route = () => Response.json(session(guest));
const check: Route = ({ count }) =>
  Response.json({
    user: {
      id: user,
      is_guest: true,
      tier: "free",
      language: "en",
      credits_remaining: 10,
      credits_total: 10,
    },
    granted: count === 1,
    credits_granted: count === 1 ? 10 : 0,
    grant_refused: count === 1 ? null : "already_granted",
  });

function starting(routes: Record<string, Route> = {}) {
  const project = fakeProject({ [signup]: signUp, "device-check": check, ...routes });
  const storage = memoryStorage();
  const { clock } = virtualClock();
  const make = () => createVidops({ url, key, fetch: project.fetch, storage, clock });
  return { project, storage, make, vidops: make() };
}

describe("the start of an app", () => {
  it("signs a guest in and gives the first credits", async () => {
    const { project, vidops } = starting();
    const start = await vidops.guest.start({
      deviceId: "d1",
      attestation: "signed by the system",
      language: "tr",
    });
    expect(start).toMatchObject({ granted: true, creditsGranted: 10, grantRefused: null });
    expect(start.profile).toMatchObject({ id: user, isGuest: true, creditsRemaining: 10 });
    expect(project.arrived.map(({ path, body }) => [path, body])).toEqual([
      [signup, {}],
      ["device-check", { device_id: "d1", attestation: "signed by the system", language: "tr" }],
    ]);
    expect(project.arrived[1]?.headers.get("authorization")).toBe(`Bearer ${guest}`);
    expect(await vidops.session.user()).toEqual({ userId: user, isGuest: true });
  });

  it("is the same guest again, also after the program was started anew", async () => {
    const { project, vidops, make } = starting();
    await vidops.guest.start({ deviceId: "d1" });
    await expect(vidops.guest.start({ deviceId: "d1" })).resolves.toMatchObject({
      grantRefused: "already_granted",
    });
    await make().guest.start({ deviceId: "d1" });
    expect(project.at(signup)).toHaveLength(1);
    expect(project.at("device-check")).toHaveLength(3);
  });

  it("makes one guest of several starts at once", async () => {
    const { project, vidops } = starting();
    await Promise.all([vidops, vidops].map((each) => each.guest.start({ deviceId: "d1" })));
    expect(project.at(signup)).toHaveLength(1);
  });

  it("is the same guest in two tabs that start at once", async () => {
    let made = 0;
    const { project, vidops, make } = starting({
      [signup]: async () => {
        made += 1;
        const n = made;
        // The second tab's sign-in comes when the first has begun already.
        if (n === 2) await new Promise((resolve) => setTimeout(resolve, 20));
        return Response.json(session(token({ is_anonymous: true, n })));
      },
    });
    await Promise.all([vidops, make()].map((each) => each.guest.start({ deviceId: "d1" })));
    const bearers = project.at("device-check").map(({ headers }) => headers.get("authorization"));
    expect([bearers.length, new Set(bearers).size]).toEqual([2, 1]);
  });

  it("keeps the guest whose start broke off after the sign-in", async () => {
    const { project, vidops, make } = starting({
      "device-check": (request) => (request.count <= 4 ? lost() : check({ ...request, count: 1 })),
    });
    await expect(vidops.guest.start({ deviceId: "d1" })).rejects.toMatchObject({
      code: "ERR_6006",
      retryable: true,
    });
    await expect(make().guest.start({ deviceId: "d1" })).resolves.toMatchObject({ granted: true });
    expect(project.at(signup)).toHaveLength(1);
  });

  it("signs nobody in beside an account", async () => {
    const { project, storage } = starting();
    const options = { url, key, fetch: project.fetch, storage, session: { accessToken: token() } };
    await createVidops(options).guest.start({ deviceId: "d1" });
    expect(project.at(signup)).toEqual([]);
  });

  it("says that the network is gone, and nothing was changed", async () => {
    const { vidops } = starting({ [signup]: lost });
    await expect(vidops.guest.start({ deviceId: "d1" })).rejects.toMatchObject({
      code: "ERR_6005",
      retryable: true,
    });
    expect(await vidops.session.user()).toBeNull();
  });

  it("tells what the server says of the device", async () => {
    const { vidops } = starting({ "device-check": () => refusal(403, "ERR_4006") });
    await expect(vidops.guest.start({ deviceId: "d1" })).rejects.toMatchObject({
      code: "ERR_4006",
      message: "ERR_4006 in words",
    });
  });
});

describe("signing in", () => {
  const account = token({ sub: "account" });

  it("says what Auth says of a wrong password, and stays as it was", async () => {
    const { vidops } = starting({
      "/auth/v1/token": () => Response.json({ error_code: "invalid_credentials" }, { status: 400 }),
    });
    await vidops.guest.start({ deviceId: "d1" });
    await expect(vidops.session.signIn({ email: "a@example.com", password: "wrong" })).rejects.toMatchObject({
      code: "ERR_4008",
      reason: "invalid_credentials",
    });
    expect(await vidops.session.user()).toMatchObject({ isGuest: true });
  });

  it("makes an account, whose address may have to be confirmed first", async () => {
    const { project, vidops } = starting({
      [signup]: ({ body }) =>
        Response.json(
          body?.email === "now@example.com" ? session(account) : { id: "u2", confirmation_sent_at: "" },
        ),
    });
    const password = "correct horse";
    expect(await vidops.session.signUp({ email: "later@example.com", password })).toBeNull();
    expect(await vidops.session.user()).toBeNull();
    expect(await vidops.session.signUp({ email: "now@example.com", password })).toMatchObject({
      userId: "account",
    });
    expect(project.at(signup).map(({ body }) => body)).toEqual([
      { email: "later@example.com", password },
      { email: "now@example.com", password },
    ]);
  });

  it("says what Auth says of an account that is there already", async () => {
    const { vidops } = starting({
      [signup]: () => Response.json({ error_code: "user_already_exists" }, { status: 422 }),
    });
    const login = { email: "a@example.com", password: "correct horse" };
    await expect(vidops.session.signUp(login)).rejects.toMatchObject({
      code: "ERR_4008",
      reason: "user_already_exists",
    });
  });

  it("is not tried again when an account may have been made", async () => {
    const { project, vidops } = starting({ [signup]: lost });
    const login = { email: "a@example.com", password: "correct horse" };
    await expect(vidops.session.signUp(login)).rejects.toMatchObject({ code: "ERR_6006", retryable: false });
    expect(project.at(signup)).toHaveLength(1);
  });

  it("ends by signing out, on this device, whether or not Auth hears of it", async () => {
    const { project, storage, vidops } = starting({ "/auth/v1/logout": lost });
    await vidops.guest.start({ deviceId: "d1" });
    await vidops.session.signOut();
    expect(await vidops.session.user()).toBeNull();
    expect(await storage.get("vidops.abc_supabase_co.session")).toBeUndefined();
    expect(project.at("/auth/v1/logout")[0]).toMatchObject({ query: { scope: "local" } });
    await vidops.session.signOut();
  });
});
