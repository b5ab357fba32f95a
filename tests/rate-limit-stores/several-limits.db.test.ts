import { expect, it } from "vitest";
import { describeStores, limitOf } from "./stores.ts";

describeStores("requests at once", (tested) => {
  it.each([64, 192])("of which there are %d, on a limit of 10, are admitted ten times", async (requests) => {
    const limit = limitOf(10, 60);
    expect(await tested.admitted(requests, limit)).toBe(10);
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 0, allowed: false }]);
  });

  it("that cost 3 each fit three times into 10", async () => {
    expect(await tested.admitted(64, limitOf(10, 60), { cost: 3 })).toBe(3);
    expect(await tested.peek(limitOf(10, 60))).toMatchObject([{ remaining: 1 }]);
  });

  it("are admitted as often as a limit above 100 says", async () => {
    expect(await tested.admitted(192, limitOf(150, 60))).toBe(150);
  });

  it("that name their limits in opposed order wait for nobody for ever", async () => {
    const limits = ["a", "b", "c", "d"].map((key) => limitOf(1000, 60, { name: key, per: "key", key }));
    const clients = Array.from({ length: 16 }, async (_, client) => {
      const turned = [...limits.slice(client % 4), ...limits.slice(0, client % 4)];
      const order = client % 2 === 0 ? turned : turned.toReversed();
      for (let round = 0; round < 12; round += 1) await tested.take(order);
    });
    await Promise.all(clients);
    expect((await tested.peek(limits)).map(({ remaining }) => 1000 - remaining)).toEqual(
      Array(4).fill(16 * 12),
    );
  });
});

describeStores("several limits", (tested) => {
  it("are all counted or none, and the answer tells which of them refuse", async () => {
    const [user] = tested.users;
    const ip = limitOf(2, 60, { name: "per_ip" });
    const perUser = limitOf(3, 60, { name: "per_user", per: "user" });
    const all = limitOf(100, 60, { name: "everybody", per: "global" });
    await tested.take([ip, perUser, all], { userId: user });
    await tested.take([ip, perUser, all], { userId: user });

    const denied = await tested.take([ip, perUser, all], { userId: user, reserve: true });
    expect(denied).toMatchObject({ allowed: false, reservation: null });
    expect(denied.limits).toMatchObject([
      { name: "per_ip", per: "ip", allowed: false, remaining: 0 },
      { name: "per_user", per: "user", subject: user, allowed: true, remaining: 1, retryAfterMs: 0 },
      { name: "everybody", per: "global", subject: null, allowed: true, remaining: 98, retryAfterMs: 0 },
    ]);

    await tested.take([perUser], { userId: user });
    const twice = await tested.take([ip, perUser, all], { userId: user });
    expect(twice.limits.map(({ name, allowed }) => [name, allowed])).toEqual([
      ["per_ip", false],
      ["per_user", false],
      ["everybody", true],
    ]);
    expect(await tested.peek([all])).toMatchObject([{ remaining: 98 }]);
  });

  it("of one subject with different windows are counted apart", async () => {
    const [minute, hour] = [limitOf(2, 60, { name: "minute" }), limitOf(3, 3600, { name: "hour" })];
    await tested.take([minute, hour]);
    await tested.take(hour);
    expect(await tested.peek([minute, hour])).toMatchObject([{ remaining: 1 }, { remaining: 1 }]);
  });

  it("may be ten at once", async () => {
    const names = ["j", "b", "i", "a", "h", "c", "g", "d", "f", "e"];
    const limits = names.map((key, index) => limitOf(index + 1, 60, { name: key, per: "key", key }));
    const { allowed, limits: states } = await tested.take(limits);
    expect(allowed).toBe(true);
    expect(states.map(({ name, remaining }) => [name, remaining])).toEqual(
      names.map((name, index) => [name, index]),
    );
    expect((await tested.take(limits)).limits.map((state) => state.allowed)).toEqual([
      false,
      ...Array(9).fill(true),
    ]);
  });
});
