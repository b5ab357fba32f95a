import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { describeStores, limitOf } from "./stores.ts";

const settled = { code: "ERR_4010", reason: "reservation_settled" };
const unknown = { code: "ERR_4007", reason: "reservation_not_found" };

describeStores("a reservation", (tested) => {
  it("is given when it is asked for and the request is admitted, and takes its slot at once", async () => {
    const limit = limitOf(1, 60);
    const { reservation } = await tested.take(limit, { reserve: true });
    expect(reservation).toMatch(/^[0-9a-f]{8}-/);
    expect(await tested.take(limit, { reserve: true })).toMatchObject({ allowed: false, reservation: null });
  });

  it("gives its slot back once", async () => {
    const limit = limitOf(3, 60);
    const reservation = await tested.reserve(limit);
    await tested.take(limit);
    expect(await tested.store.release(reservation)).toEqual({ changed: true });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 2 }]);
    expect(await tested.store.release(reservation)).toEqual({ changed: false });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 2 }]);
  });

  it("gives its slot back once though twenty ask at once", async () => {
    const limit = limitOf(5, 60);
    const reservation = await tested.reserve(limit);
    await tested.admitted(4, limit);
    const answers = await Promise.all(Array.from({ length: 20 }, () => tested.store.release(reservation)));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await tested.admitted(5, limit)).toBe(1);
  });

  it("leaves nothing behind when it is given back", async () => {
    const limit = limitOf(1, 60);
    await tested.store.release(await tested.reserve(limit));
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 1, retryAfterMs: 0, resetAfterMs: 0 }]);
  });

  it("keeps its slot once it is committed", async () => {
    const limit = limitOf(2, 60);
    const reservation = await tested.reserve(limit);
    expect(await tested.store.commit(reservation)).toEqual({ changed: true });
    expect(await tested.store.commit(reservation)).toEqual({ changed: false });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 1 }]);
  });

  it("is not settled in another way than before", async () => {
    const limit = limitOf(5, 60);
    const [kept, given] = [await tested.reserve(limit), await tested.reserve(limit)];
    await tested.store.commit(kept);
    await tested.store.release(given);
    await expect(tested.store.release(kept)).rejects.toMatchObject(settled);
    await expect(tested.store.commit(given)).rejects.toMatchObject(settled);
    expect(await tested.store.commit(kept)).toEqual({ changed: false });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 4 }]);
  });

  it("that nobody made is not found, and what is no id is refused", async () => {
    await expect(tested.store.release(randomUUID())).rejects.toMatchObject(unknown);
    await expect(tested.store.commit(randomUUID())).rejects.toMatchObject(unknown);
    for (const id of ["", "a", `${randomUUID()} `, "*"])
      await expect(tested.store.release(id)).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it("is found in upper case too", async () => {
    const reservation = await tested.reserve(limitOf(1, 60));
    expect(await tested.store.commit(reservation.toUpperCase())).toEqual({ changed: true });
  });

  it("gives back its whole cost, to every limit", async () => {
    const [userId] = tested.users;
    const limits = [limitOf(10, 60), limitOf(500, 3600, { per: "user" }), limitOf(20, 60, { per: "global" })];
    await tested.take(limits, { userId, cost: 2 });
    const reservation = await tested.reserve(limits, { userId, cost: 7 });
    await tested.take(limits, { userId });
    expect(await tested.store.release(reservation)).toEqual({ changed: true });
    const left = (await tested.peek(limits, { userId })).map(({ remaining }) => remaining);
    expect(left).toEqual([7, 497, 17]);
  });

  it("gives back its own slot: those of others leave when they would have", async () => {
    const limit = limitOf(3, 60);
    const first = await tested.reserve(limit);
    await sleep(50);
    const second = await tested.reserve(limit);
    await sleep(50);
    const [third] = (await tested.take(limit)).limits;
    const end = Date.parse(third?.resetAt ?? "");
    await tested.store.release(second);
    const [full] = await tested.peek(limit, { cost: 2 });
    // The first has to leave, 100 ms before the third.
    expect(full).toMatchObject({ remaining: 1, allowed: false });
    expect(full?.retryAfterMs).toBeLessThanOrEqual((full?.resetAfterMs ?? 0) - 95);
    expect(Math.abs(Date.parse(full?.resetAt ?? "") - end)).toBeLessThanOrEqual(1);
    await tested.store.release(first);
    const [left] = await tested.peek(limit);
    expect(left).toMatchObject({ remaining: 2 });
    expect(Math.abs(Date.parse(left?.resetAt ?? "") - end)).toBeLessThanOrEqual(1);
  });

  it("has nothing to give back once its window has rolled on, and can still be settled", async () => {
    const limit = limitOf(1, 1);
    const reservation = await tested.reserve(limit);
    await sleep(1010);
    await tested.take(limit);
    expect(await tested.store.release(reservation)).toEqual({ changed: true });
    expect((await tested.take(limit)).allowed).toBe(false);
    expect(await tested.store.release(reservation)).toEqual({ changed: false });
  });

  it.each([5, 500])("made before a reset has nothing to give back of a limit of %d", async (max) => {
    // Above 100 the requests of one hundredth of the window, here 36 s, are one entry.
    const limit = limitOf(max, 3600);
    const before = await tested.reserve(limit);
    expect(await tested.reset(limit)).toBe(true);
    const after = await tested.reserve(limit);
    expect(await tested.store.release(before)).toEqual({ changed: true });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: max - 1 }]);
    expect(await tested.store.release(after)).toEqual({ changed: true });
    expect(await tested.peek(limit)).toMatchObject([{ remaining: max }]);
  });

  it("is given back and made again without end, and the limit holds", async () => {
    const limit = limitOf(2, 60);
    await tested.take(limit);
    const rounds = Array.from({ length: 8 }, async () => {
      let made = 0;
      for (let round = 0; round < 10; round += 1) {
        const { reservation } = await tested.take(limit, { reserve: true });
        if (reservation === null) continue;
        made += 1;
        await tested.store.release(reservation);
      }
      return made;
    });
    expect((await Promise.all(rounds)).reduce((sum, made) => sum + made)).toBeGreaterThan(8);
    expect(await tested.peek(limit)).toMatchObject([{ remaining: 1 }]);
  });
});
