import { describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import {
  type Arrived,
  fakeProject,
  key,
  lost,
  type Route,
  refusal,
  session,
  token,
  url,
  virtualClock,
} from "./testing/fake-project.ts";
import { memoryStorage } from "./token-storage.ts";

const guest = token({ sub: "guest", is_anonymous: true });
const newGuest = token({ sub: "guest", is_anonymous: true, n: 2 });
const account = token({ sub: "account" });
const moved = { credits_moved: 6, jobs_moved: 2, credits_remaining: 16, replayed: false };
const login = { email: "a@example.com", password: "correct horse" };
const handed = "hand-over-guest";
const guestToken = ({ body }: Arrived): unknown => body?.guest_token;

function app(routes: Record<string, Route> = {}) {
  const project = fakeProject({
    "/auth/v1/signup": () => Response.json(session(guest, "guest 1")),
    "/auth/v1/token": ({ query, body }) =>
      query.grant_type === "password"
        ? Response.json(session(account, "account 1"))
        : body?.refresh_token === "guest 1"
          ? Response.json(session(newGuest, "guest 2"))
          : Response.json({ error_code: "refresh_token_not_found" }, { status: 400 }),
    "device-check": () => Response.json({ user: { id: "guest" } }),
    [handed]: () => Response.json(moved),
    ...routes,
  });
  const storage = memoryStorage();
  const time = virtualClock();
  const make = () => createVidops({ url, key, fetch: project.fetch, storage, clock: time.clock });
  const signIn = async () => {
    const vidops = make();
    await vidops.guest.start({ deviceId: "d1" });
    await vidops.session.signIn(login);
    return vidops;
  };
  const kept = () => storage.get("vidops.abc_supabase_co.guests");
  return { project, make, signIn, kept, time };
}

describe("the hand-over from a guest to an account", () => {
  it("happens once, as the account, with the guest's token", async () => {
    const { project, signIn, kept } = app();
    const vidops = await signIn();
    expect(await vidops.account.handOver()).toEqual({
      ...{ creditsMoved: 6, jobsMoved: 2, creditsRemaining: 16, replayed: false },
    });
    expect(await vidops.account.handOver()).toBeNull();
    const [request, ...more] = project.at(handed);
    expect(more).toEqual([]);
    expect(request?.headers.get("authorization")).toBe(`Bearer ${account}`);
    expect(request?.body).toEqual({ guest_token: guest });
    expect(await kept()).toBeUndefined();
  });

  it("happens after a crash between sign-in and hand-over", async () => {
    const { make, signIn } = app();
    await signIn();
    expect(await make().account.handOver()).toMatchObject({ creditsMoved: 6 });
  });

  it("keeps the guest until the server has confirmed", async () => {
    const { project, make, signIn, kept } = app({
      [handed]: ({ count }) => (count <= 4 ? lost() : Response.json({ ...moved, replayed: true })),
    });
    const vidops = await signIn();
    await expect(vidops.account.handOver()).rejects.toMatchObject({ code: "ERR_6006", retryable: true });
    expect(await kept()).toBeDefined();
    expect(await make().account.handOver()).toMatchObject({ replayed: true });
    expect(new Set(project.at(handed).map(guestToken))).toEqual(new Set([guest]));
    expect(await kept()).toBeUndefined();
  });

  it("is one for two calls at once", async () => {
    const { project, signIn } = app();
    const vidops = await signIn();
    await Promise.all([vidops.account.handOver(), vidops.account.handOver()]);
    expect(project.at(handed)).toHaveLength(1);
  });

  it("renews the guest's token when it has ended meanwhile, and keeps the new one before it is used", async () => {
    const { project, signIn, kept, time } = app({ [handed]: () => refusal(500, "ERR_6003") });
    const vidops = await signIn();
    time.pass(7_200_000);
    await vidops.session.adopt({ accessToken: account });
    await expect(vidops.account.handOver()).rejects.toMatchObject({ code: "ERR_6003" });
    expect(project.at(handed).map(guestToken)).toEqual([newGuest]);
    expect(await kept()).toContain("guest 2");
  });

  it("renews the guest's token when the server does not take it", async () => {
    const { project, signIn } = app({
      [handed]: (request) =>
        guestToken(request) === newGuest ? Response.json(moved) : refusal(400, "ERR_4008"),
    });
    const vidops = await signIn();
    expect(await vidops.account.handOver()).toMatchObject({ creditsMoved: 6 });
    expect(project.at(handed).map(guestToken)).toEqual([guest, newGuest]);
  });

  it("is given up when nobody can prove any more who the guest was", async () => {
    const { signIn, kept } = app({
      "/auth/v1/token": ({ query }) =>
        query.grant_type === "password"
          ? Response.json(session(account))
          : Response.json({ error_code: "refresh_token_not_found" }, { status: 400 }),
      [handed]: () => refusal(400, "ERR_4008"),
    });
    const vidops = await signIn();
    expect(await vidops.account.handOver()).toBeNull();
    expect(await kept()).toBeUndefined();
    expect(await vidops.session.user()).toMatchObject({ userId: "account" });
  });

  it.each([
    [404, "ERR_4007", "user_not_found"],
    [409, "ERR_4009", "account_handed_over"],
    [409, "ERR_4009", "not_a_guest"],
  ])("is given up when the server says that it can never be: %i %s %s", async (status, code, reason) => {
    const { project, signIn } = app({ [handed]: () => refusal(status, code, {}, { reason }) });
    const vidops = await signIn();
    await expect(vidops.account.handOver()).rejects.toMatchObject({ code });
    expect(await vidops.account.handOver()).toBeNull();
    expect(project.at(handed)).toHaveLength(1);
  });

  it.each<[string, () => Response]>([
    ["a gateway's 409", () => new Response("<html>", { status: 409 })],
    ["a gateway's 404", () => new Response("<html>", { status: 404 })],
    ["another conflict", () => refusal(409, "ERR_4009", {}, { reason: "something_newer" })],
    ["a banned account", () => refusal(403, "ERR_4012")],
    ["another answer", () => Response.json({ hello: "portal" })],
  ])("keeps the guest for another time: %s", async (_, answer) => {
    const { signIn, kept } = app({ [handed]: answer });
    const vidops = await signIn();
    await expect(vidops.account.handOver()).rejects.toThrow();
    expect(await kept()).toContain(guest);
  });

  it("waits for the account to be signed in again", async () => {
    const { project, make, signIn, kept } = app();
    await (await signIn()).session.signOut();
    await expect(make().account.handOver()).rejects.toMatchObject({ reason: "not_signed_in" });
    expect(project.at(handed)).toEqual([]);
    expect(await kept()).toBeDefined();
  });

  it("is none for the guest alone, none as another guest, and none for a guest who became the account", async () => {
    const { project, signIn, make } = app();
    const alone = make();
    await alone.guest.start({ deviceId: "d1" });
    expect(await alone.account.handOver()).toBeNull();
    await alone.session.adopt({ accessToken: token({ sub: "guest" }) });
    expect(await alone.account.handOver()).toBeNull();
    await alone.session.signOut();
    const vidops = await signIn();
    await vidops.session.adopt({ accessToken: token({ sub: "other", is_anonymous: true }) });
    await expect(vidops.account.handOver()).rejects.toMatchObject({ reason: "not_an_account" });
    expect(project.at(handed)).toEqual([]);
  });

  it("is for the account that the guest signed in to, and for nobody else at this device", async () => {
    const { project, signIn, kept } = app();
    const vidops = await signIn();
    await vidops.session.signOut();
    await vidops.session.adopt({ accessToken: token({ sub: "somebody else" }) });
    expect(await vidops.account.handOver()).toBeNull();
    expect(project.at(handed)).toEqual([]);
    expect(await kept()).toContain(guest);
    await vidops.session.signIn(login);
    expect(await vidops.account.handOver()).toMatchObject({ creditsMoved: 6 });
  });

  it("brings along all guests who signed in to the account, also when the first could not be handed over", async () => {
    const later = token({ sub: "guest 2", is_anonymous: true });
    const { project, signIn, kept } = app({
      [handed]: ({ count }) => (count === 1 ? refusal(500, "ERR_6003") : Response.json(moved)),
    });
    const vidops = await signIn();
    await expect(vidops.account.handOver()).rejects.toMatchObject({ code: "ERR_6003" });
    await vidops.session.signOut();
    await vidops.session.adopt({ accessToken: later });
    await vidops.session.signIn(login);
    expect(await vidops.account.handOver()).toMatchObject({ creditsMoved: 12, jobsMoved: 4 });
    expect(project.at(handed).map(guestToken)).toEqual([guest, guest, later]);
    expect(await kept()).toBeUndefined();
  });

  it("has the balance read again", async () => {
    const { project, signIn } = app({
      "get-user-credits": ({ count }) =>
        Response.json({ credits_remaining: count === 1 ? 10 : 16, credits_total: 16 }),
    });
    const vidops = await signIn();
    await vidops.credits.balance();
    await vidops.account.handOver();
    expect(await vidops.credits.balance()).toMatchObject({ creditsRemaining: 16 });
    expect(project.at("get-user-credits")).toHaveLength(2);
  });
});
