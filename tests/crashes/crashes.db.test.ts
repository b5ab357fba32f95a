import { createDatabase } from "@vidops/core/database";
import { startGeneration } from "@vidops/core/jobs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CrashingApp, type MortalOrder, type Remains, startCrashingApp } from "./crashing-app.ts";

let app: CrashingApp;
beforeAll(async () => {
  app = await startCrashingApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const nothing: Remains = {
  ...{ status: null, charged: 0, refunded: 0, balance: 10, ordered: 0, hasVideo: false },
};
const delivered: Remains = {
  ...{ status: "completed", charged: 4, refunded: 0, balance: 6, ordered: 1, hasVideo: true },
};
const givenBack = (ordered: number): Remains => ({
  ...{ status: "failed", charged: 4, refunded: 4, balance: 10, ordered, hasVideo: false },
});

/** The requests of a whole run, in their order, and what a death at each of them may leave behind once it was swept. */
const kinds: readonly (readonly [prompt: string, steps: readonly string[]])[] = [
  [
    "a fox",
    [
      ...["start_generation", "submit", "attach_generation", "get_generation"],
      ...["status", "result", "the video", "storage", "complete_generation"],
    ],
  ],
  [
    "a fox [fail]",
    [
      ...["start_generation", "submit", "attach_generation", "get_generation"],
      ...["status", "result", "fail_generation"],
    ],
  ],
  ["a fox [reject]", ["start_generation", "submit", "fail_generation"]],
];

/** What may be there: `started` and `submitted` say whether those requests surely, surely not, or perhaps arrived. */
function possible(prompt: string, dieAt: number, when: MortalOrder["when"]): readonly Remains[] {
  const arrived = (step: number): readonly boolean[] => {
    if (dieAt === step && when === "meanwhile") return [true, false];
    return [dieAt > step || (dieAt === step && when === "after")];
  };
  const outcomes: Remains[] = [];
  if (arrived(1).includes(false)) outcomes.push(nothing);
  if (!arrived(1).includes(true)) return outcomes;
  if (arrived(2).includes(false) || prompt.includes("[reject]")) outcomes.push(givenBack(0));
  if (arrived(2).includes(true) && !prompt.includes("[reject]"))
    outcomes.push(prompt.includes("[fail]") ? givenBack(1) : delivered);
  return outcomes;
}

describe.each(kinds)("a server that carries out the order %j", (prompt, steps) => {
  it("makes the requests that are listed here, when it lives", async () => {
    const order = await app.order(prompt, 0, "before");
    const end = prompt === "a fox" ? delivered : givenBack(prompt.includes("[reject]") ? 0 : 1);
    expect(order.requests).toBe(steps.length);
    expect(await app.remains(order)).toEqual(end);
  });

  it("leaves each order delivered and charged, or refunded, wherever it dies", async () => {
    const deaths = steps.flatMap((_, at) =>
      (["before", "meanwhile", "after"] as const).map((when) => [at + 1, when] as const),
    );
    const orders: MortalOrder[] = [];
    // Two at once: that many processors there are.
    const queue = deaths.values();
    await Promise.all(
      [0, 1].map(async () => {
        for (const [dieAt, when] of queue) {
          const order = await app.order(prompt, dieAt, when);
          expect([dieAt, when, order.requests]).toEqual([dieAt, when, null]);
          orders.push(order);
        }
      }),
    );
    const swept = await app.sweep();
    expect(swept.filter(({ outcome }) => outcome === "error")).toEqual([]);
    for (const order of orders) {
      const { dieAt, when } = order;
      expect(possible(prompt, dieAt, when), `died at ${steps[dieAt - 1]}, ${when}`).toContainEqual(
        await app.remains(order),
      );
    }
    const [audit] = await app.stack.sql`select public.audit_credits() -> 'users_drifted' as drifted`;
    expect(audit?.drifted).toBe(0);

    // Whoever asked asks again, with the same key: nothing begins anew, and every time it is told the same.
    const db = createDatabase({ url: app.stack.url, key: app.stack.secretKey });
    for (const { userId, modelId, prompt: asked, idempotencyKey, ...order } of orders) {
      if ((await app.remains({ userId, modelId, prompt: asked, idempotencyKey, ...order })).status === null)
        continue;
      const again = { userId, modelId, prompt: asked, idempotencyKey, limits: [] };
      const [first, second] = [await startGeneration(db, again), await startGeneration(db, again)];
      expect(first.replayed).toBe(true);
      expect(second).toEqual(first);
    }
  }, 120_000);
});
