import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { mostInAnyWindow } from "./most-in-any-window.ts";
import { address, describeStores, limitOf, storesByAllWays } from "./stores.ts";
import { type Between, drift, timed, WindowModel } from "./window-model.ts";

afterEach(() => {
  vi.useRealTimers();
});

describeStores(
  "a rolling window",
  (tested) => {
    it("admits as many as its limit says, and tells each time what is left", async () => {
      const limit = limitOf(3, 60);
      for (const remaining of [2, 1, 0]) {
        const { allowed, limits, reservation } = await tested.take(limit);
        expect({ allowed, reservation }).toEqual({ allowed: true, reservation: null });
        expect(limits).toMatchObject([
          {
            name: "per_ip",
            per: "ip",
            subject: address,
            limit: 3,
            windowSeconds: 60,
            remaining,
            allowed: true,
          },
        ]);
      }
      const denied = await tested.take(limit);
      expect(denied).toMatchObject({ allowed: false, reservation: null });
      expect(denied.limits).toMatchObject([{ allowed: false, remaining: 0 }]);
    });

    it("says in one answer when the next request fits, and when nothing counts any more, by one clock", async () => {
      const [short, long] = [limitOf(2, 60, { name: "short" }), limitOf(2, 3600, { name: "long" })];
      await tested.take(short);
      await sleep(50);
      const [last, hour] = (await tested.take([short, long])).limits;
      // A request was admitted: what it says is when the next one fits.
      expect(last?.allowed).toBe(true);
      expect(last?.retryAfterMs).toBeGreaterThan(59_000);
      expect(last?.retryAfterMs).toBeLessThanOrEqual(59_950);
      expect(last?.resetAfterMs).toBe(60_000);
      expect(hour).toMatchObject({ remaining: 1, retryAfterMs: 0, resetAfterMs: 3_600_000 });
      const clocks = [last, hour].map(
        (state) => Date.parse(state?.resetAt ?? "") - (state?.resetAfterMs ?? 0),
      );
      expect(Math.abs((clocks[0] ?? 0) - (clocks[1] ?? 0))).toBeLessThanOrEqual(1);
      expect(last?.resetAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
      expect(new Date(last?.resetAt ?? "").toISOString().slice(0, 19)).toBe(last?.resetAt.slice(0, 19));
    });

    it("rolls: each slot comes back when its own request has left, whatever was refused meanwhile", async () => {
      const limit = limitOf(2, 1);
      const first = await timed(() => tested.take(limit));
      await sleep(300);
      const second = await timed(() => tested.take(limit));
      for (const { at } of [first, second]) {
        let lastDenial = at;
        let asked = await timed(() => tested.take(limit));
        while (!asked.result.allowed) {
          lastDenial = asked.at;
          const [state] = asked.result.limits;
          expect(state?.remaining).toBe(0);
          expect(state?.retryAfterMs).toBeGreaterThanOrEqual(at.from + 1000 - asked.at.to - drift);
          expect(state?.retryAfterMs).toBeLessThanOrEqual(Math.ceil(at.to + 1000 - asked.at.from + drift));
          await sleep(10);
          asked = await timed(() => tested.take(limit));
        }
        // Not sooner and not later.
        expect(asked.at.to).toBeGreaterThan(at.from + 1000 - drift);
        expect(lastDenial.from).toBeLessThan(at.to + 1000 + drift);
      }
    });

    it.each([
      { of: "is exact", max: 10, cost: 1 },
      { of: "above 100 is at most a hundredth of the window late", max: 120, cost: 12 },
    ])(
      "$of while requests come without end: never more in any window, and none refused that fits",
      async ({ max, cost }) => {
        const limit = limitOf(max, 1);
        const model = new WindowModel(limit);
        const [admitted, refused]: [Between[], Between[]] = [[], []];
        const end = performance.now() + 2200;
        const ask = async (): Promise<void> => {
          while (performance.now() < end) {
            const { result, at } = await timed(() => tested.take(limit, { cost }));
            (result.allowed ? admitted : refused).push(at);
            if (result.allowed) model.count(admitted.length, cost, at);
          }
        };
        await Promise.all([ask(), ask(), ask()]);
        const together = admitted.map(({ from, to }) => ({ before: from, after: to, cost }));
        expect(mostInAnyWindow(together, 1000 - drift)).toBeLessThanOrEqual(max);
        expect(refused.filter((at) => model.used(limit, at).most + cost <= max)).toEqual([]);
        expect(admitted.length * cost).toBeGreaterThan(max);
      },
    );

    it("above 100 gives all slots back when it says", async () => {
      const limit = limitOf(101, 1);
      const { result, at } = await timed(() => tested.take(limit, { cost: 101 }));
      expect(result.allowed).toBe(true);
      const [denied] = (await tested.take(limit)).limits;
      expect(denied?.retryAfterMs).toBeGreaterThanOrEqual(at.from + 1000 - performance.now() - drift);
      expect(denied?.retryAfterMs).toBeLessThanOrEqual(1010);
      expect(denied?.resetAfterMs).toBe(denied?.retryAfterMs);
      await sleep((denied?.retryAfterMs ?? 0) + drift);
      expect((await tested.take(limit, { cost: 101 })).allowed).toBe(true);
    });

    it("counts a request by its cost, and says when one of that cost fits", async () => {
      const limit = limitOf(10, 60);
      expect((await tested.take(limit, { cost: 4 })).limits).toMatchObject([
        { remaining: 6, retryAfterMs: 0 },
      ]);
      await sleep(100);
      expect((await tested.take(limit, { cost: 4 })).limits).toMatchObject([{ remaining: 2 }]);
      // For 3 the first request has to leave, for 7 the second as well.
      const [three] = (await tested.take(limit, { cost: 3 })).limits;
      expect(three).toMatchObject({ allowed: false, remaining: 2 });
      expect(three?.retryAfterMs).toBeLessThanOrEqual((three?.resetAfterMs ?? 0) - 95);
      const [seven] = (await tested.take(limit, { cost: 7 })).limits;
      expect(seven).toMatchObject({ allowed: false, remaining: 2, retryAfterMs: seven?.resetAfterMs });
      expect((await tested.take(limit, { cost: 2 })).allowed).toBe(true);
      expect((await tested.take(limit)).allowed).toBe(false);
    });

    it("is looked at without being counted", async () => {
      const limit = limitOf(2, 60);
      const untouched = { remaining: 2, allowed: true, retryAfterMs: 0, resetAfterMs: 0 };
      expect(await tested.peek(limit)).toMatchObject([untouched]);
      expect(await tested.peek(limit, { cost: 2 })).toMatchObject([untouched]);
      await tested.take(limit);
      for (let look = 0; look < 3; look += 1)
        expect(await tested.peek(limit)).toMatchObject([{ remaining: 1, allowed: true, retryAfterMs: 0 }]);
      const [two] = await tested.peek(limit, { cost: 2 });
      expect(two).toMatchObject({ remaining: 1, allowed: false });
      expect(two?.retryAfterMs).toBeGreaterThan(59_000);
      expect((await tested.take(limit)).limits).toMatchObject([{ remaining: 0 }]);
    });

    it("counts by the store's clock, whatever this machine believes", async () => {
      const limit = limitOf(2, 60);
      await tested.take(limit);
      const [before] = await tested.peek(limit);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2001-02-03T04:05:06Z") });
      expect((await tested.take(limit)).limits).toMatchObject([{ remaining: 0 }]);
      vi.setSystemTime(Date.parse("2101-02-03T04:05:06Z"));
      const [after] = (await tested.take(limit)).limits;
      expect(after).toMatchObject({ allowed: false, remaining: 0 });
      expect(after?.retryAfterMs).toBeGreaterThan(50_000);
      expect(Math.abs(Date.parse(after?.resetAt ?? "") - Date.parse(before?.resetAt ?? ""))).toBeLessThan(
        10_000,
      );
    });

    it("follows a limit that is raised and lowered", async () => {
      await tested.admitted(3, limitOf(3, 60));
      expect((await tested.take(limitOf(3, 60))).allowed).toBe(false);
      expect((await tested.take(limitOf(5, 60))).limits).toMatchObject([{ limit: 5, remaining: 1 }]);
      const [lowered] = (await tested.take(limitOf(2, 60))).limits;
      expect(lowered).toMatchObject({ limit: 2, remaining: 0, allowed: false });
      expect((await tested.take(limitOf(5, 60))).limits).toMatchObject([{ remaining: 0 }]);
      expect(await tested.admitted(200, limitOf(105, 60))).toBe(100);
      expect(await tested.peek(limitOf(100, 60))).toMatchObject([{ remaining: 0, allowed: false }]);
      expect(await tested.peek(limitOf(106, 60))).toMatchObject([{ remaining: 1, allowed: true }]);
    });

    it("starts anew when its length is changed", async () => {
      await tested.take(limitOf(1, 60));
      expect((await tested.take(limitOf(1, 61))).allowed).toBe(true);
      expect((await tested.take(limitOf(1, 60))).allowed).toBe(false);
    });
  },
  storesByAllWays,
);
