import { describe, expect, it } from "vitest";
import { type Account, untouched, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();

async function guestWithJob(): Promise<Account> {
  const guest = await app.createGuest();
  await app.send("device-check", { as: guest, body: { device_id: crypto.randomUUID() } });
  await app.generate({}, { as: guest });
  return guest;
}

const handOver = (guest_token: unknown, as: Account = app.user) =>
  app.send("hand-over-guest", { as, body: { guest_token } });

describe("hand-over-guest", () => {
  it("moves credits and videos to the account once, and closes the guest", async () => {
    const guest = await guestWithJob();
    const moved = { credits_moved: 6, jobs_moved: 1, credits_remaining: 16 };
    expect(await handOver(guest.accessToken)).toMatchObject({
      status: 200,
      body: { ...moved, replayed: false },
    });
    expect(await handOver(guest.accessToken)).toMatchObject({
      ...{ status: 200, body: { credits_moved: 6, credits_remaining: 16, replayed: true } },
    });
    expect((await app.send("get-video-jobs")).body.jobs).toMatchObject([{ prompt: "a fox" }]);
    expect((await app.send("get-video-jobs", { as: guest })).body.jobs).toEqual([]);
    expect(await app.generate({}, { as: guest })).toMatchObject({
      ...{ status: 409, body: { error: { code: "ERR_4009", details: { handed_over_to: app.user.id } } } },
    });
    expect(await app.books(guest)).toMatchObject({ balance: 0, jobs: 0 });
  });

  it("moves all of it once when eight requests come at once", async () => {
    const guest = await guestWithJob();
    const answers = await Promise.all(Array.from({ length: 8 }, () => handOver(guest.accessToken)));
    expect(answers.map(({ status, body }) => `${status} ${body.credits_remaining}`)).toEqual(
      Array<string>(8).fill("200 16"),
    );
    expect(await app.books()).toMatchObject({ balance: 16, jobs: 1 });
  });

  it("goes to one account only", async () => {
    const guest = await guestWithJob();
    await handOver(guest.accessToken);
    const other = await app.createUser();
    expect(await handOver(guest.accessToken, other)).toMatchObject({
      status: 409,
      body: { error: { code: "ERR_4009" } },
    });
    expect(await app.books(other)).toMatchObject({ balance: 0, jobs: 0 });
  });

  it("takes nobody's account for a guest", async () => {
    const victim = await app.createUser({ credits: 50 });
    expect(await handOver(victim.accessToken)).toMatchObject({
      status: 409,
      body: { error: { code: "ERR_4009" } },
    });
    expect(await app.books(victim)).toMatchObject({ balance: 50 });
  });

  it("gives no guest what another guest has", async () => {
    const [guest, other] = [await guestWithJob(), await app.createGuest()];
    expect(await handOver(guest.accessToken, other)).toMatchObject({
      status: 409,
      body: { error: { code: "ERR_4009" } },
    });
    expect(await app.books(guest)).toMatchObject({ balance: 6, jobs: 1 });
  });

  it.each<[string, () => unknown]>([
    ["no token", () => undefined],
    ["an empty one", () => ""],
    ["a word", () => "guest"],
    ["one that has expired", () => app.stack.signToken({ sub: app.user.id, expiresIn: -60 })],
    [
      "one that was signed elsewhere",
      async () => `${(await app.createGuest()).accessToken.slice(0, -6)}aaaaaa`,
    ],
    ["a key", () => app.stack.serviceRoleKey],
    ["the account's own", () => app.user.accessToken],
    ["a list", () => []],
    ["100 kB", () => "x".repeat(100_000)],
  ])("refuses %s with 400, not with a 401 that would have the account sign in again", async (_, token) => {
    expect(await handOver(await token())).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field: "guest_token" } } } },
    });
    expect(await app.books()).toEqual(untouched);
  });
});
