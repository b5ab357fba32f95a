import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { getUserStats } from "./index.ts";

let stack: TestStack;
let db: Database;
let admin: TestUser;
let ada: TestUser;
let model: string;

const dayMs = 86_400_000;
/** Noon of so many days ago, UTC. */
const ago = (days: number): Date =>
  new Date(Math.floor(Date.now() / dayMs) * dayMs - days * dayMs + dayMs / 2);
const dayOf = (days: number): string => ago(days).toISOString().slice(0, 10);

async function entry(
  userId: string,
  days: number,
  change: number,
  reason: string,
  store: string | null = null,
) {
  await stack.sql`
    insert into quota_log (user_id, change, reason, balance_after, transaction_id, created_at)
    values (${userId}, ${change}, ${reason}, 100, ${store}, ${ago(days)})`;
}

async function job(userId: string, days: number, status: string): Promise<string> {
  const [row] = await stack.sql`
    insert into video_jobs (user_id, model_id, prompt, status, credits_used, created_at)
    values (${userId}, ${model}, 'a fox', ${status}, 5, ${ago(days)}) returning job_id`;
  return String(row?.job_id);
}

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  admin = await stack.createUser({ isAdmin: true });
  ada = await stack.createUser({ email: "ada@example.com" });
  const [row] = await stack.sql`
    insert into models (name, cost_per_generation, provider, provider_model_id) values ('m', 5, 'fal', 'm') returning id`;
  model = String(row?.id);
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("getUserStats", () => {
  it("counts by day what was started, failed, spent, refunded, bought and granted, against the time before", async () => {
    const bob = await stack.createUser({ email: "bob@example.com" });
    for (const user of [ada.id, bob.id]) await entry(user, 2, -5, "video_generation");
    await entry(ada.id, 3, -5, "video_generation");
    await entry(ada.id, 3, 50, "purchase", "store-1");
    await entry(ada.id, 3, 10, "welcome");
    await entry(ada.id, 3, 4, "refund: failed");
    await entry(ada.id, 3, 77, "opening_balance");
    await entry(bob.id, 9, -8, "video_generation");
    await job(ada.id, 3, "completed");
    await job(ada.id, 2, "failed");
    await job(bob.id, 2, "completed");
    await job(bob.id, 9, "failed");

    const stats = await getUserStats(db, { since: ago(6) });
    expect(stats.days.map(({ day }) => day)).toEqual([6, 5, 4, 3, 2, 1, 0].map(dayOf));
    const nothing = { refunded: 0, purchased: 0, granted: 0, adjusted: 0 };
    expect(stats.days[3]).toEqual({
      ...{ day: dayOf(3), generations: 1, failures: 0, spent: 5, activeUsers: 1 },
      ...{ refunded: 4, purchased: 50, granted: 10, adjusted: 0 },
    });
    expect(stats.days[4]).toEqual({
      ...{ day: dayOf(2), generations: 2, failures: 1, spent: 10, activeUsers: 2 },
      ...nothing,
    });
    expect(stats.days[0]).toEqual({
      ...{ day: dayOf(6), generations: 0, failures: 0, spent: 0, activeUsers: 0 },
      ...nothing,
    });
    expect(stats.totals).toEqual({
      ...{ generations: 3, failures: 1, spent: 15, activeUsers: 2 },
      ...{ refunded: 4, purchased: 50, granted: 10, adjusted: 0 },
    });
    expect(stats.previous).toEqual({
      ...{ generations: 1, failures: 1, spent: 8, activeUsers: 1 },
      ...nothing,
    });
    expect(stats.previousSince.slice(0, 10)).toBe(dayOf(13));

    const [kept] = await stack.sql`select count(*)::int as days from vidops.user_days`;
    expect(kept?.days).toBeGreaterThanOrEqual(12);
    expect(await getUserStats(db, { since: ago(6) })).toMatchObject({
      totals: stats.totals,
      days: stats.days,
    });

    const one = await getUserStats(db, { since: ago(6), userId: bob.id });
    expect(one.totals).toMatchObject({ generations: 1, failures: 0, spent: 5, activeUsers: 1 });
    expect(one.previous).toMatchObject({ generations: 1, spent: 8 });
    expect(one.days).toHaveLength(7);
  });

  it("counts what admins gave and took of today, as it happens", async () => {
    const grace = await stack.createUser({ email: "grace@example.com", credits: 20 });
    const before = await getUserStats(db, { since: ago(1) });
    await stack.sql`select admin_refund_credits(6, 'test', p_user_id => ${grace.id}, p_admin_user_id => ${admin.id})`;
    await stack.sql`select admin_adjust_credits(${grace.id}, 9, 'test', p_admin_user_id => ${admin.id})`;
    const [taken] = await stack.sql`
      select admin_adjust_credits(${grace.id}, -2, 'test', p_admin_user_id => ${admin.id}) -> 'action_id' as id`;
    await stack.sql`select undo_admin_action(${taken?.id}, 'wrong', false, ${admin.id})`;
    const { totals } = await getUserStats(db, { since: ago(1) });
    expect(totals.refunded - before.totals.refunded).toBe(6);
    expect(totals.adjusted - before.totals.adjusted).toBe(9);
    expect(totals.spent).toBe(before.totals.spent);
    expect(totals.granted).toBe(before.totals.granted);
  });

  it("counts a day that is over once, but for jobs that had not ended", async () => {
    await stack.sql`truncate vidops.user_days`;
    const late = await job(ada.id, 4, "processing");
    const first = (await getUserStats(db, { since: ago(6) })).days[2];
    await entry(ada.id, 4, -3, "video_generation");
    await stack.sql`update video_jobs set status = 'failed' where job_id = ${late}`;
    expect((await getUserStats(db, { since: ago(6) })).days[2]).toEqual(first);
    await stack.sql`update vidops.user_days set counted_at = now() - interval '1 hour'`;
    expect((await getUserStats(db, { since: ago(6) })).days[2]).toEqual({
      ...first,
      failures: (first?.failures ?? 0) + 1,
    });
  });

  it("tells of many active users some three in a hundred too many or too few", async () => {
    await stack.sql`
      insert into users (id, email) select md5('active' || i)::uuid, 'a' || i || '@many.test' from generate_series(1, 4000) i`;
    await stack.sql`
      insert into quota_log (user_id, change, reason, balance_after, created_at)
      select md5('active' || 1 + i % 4000)::uuid, -1, 'video_generation', 1, ${ago(20)}::timestamptz + (i % 3) * interval '1 day' from generate_series(1, 9000) i`;
    const { totals, days } = await getUserStats(db, { since: ago(21), until: ago(16) });
    expect(Math.abs(totals.activeUsers - 4000)).toBeLessThan(400);
    expect(days[1]?.activeUsers).toBe(3000);
  });

  it("takes several requests where there is much to count, and says how much is left", async () => {
    const left: number[] = [];
    await stack.sql`truncate vidops.user_days`;
    await stack.sql`
      create or replace function vidops.slow_user_days() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return new; end $$`;
    await stack.sql`create trigger slow before insert on vidops.user_days for each row execute function vidops.slow_user_days()`;
    try {
      await getUserStats(db, { since: ago(4), onProgress: ({ daysToCount }) => left.push(daysToCount) });
    } finally {
      await stack.sql`drop trigger slow on vidops.user_days`;
    }
    expect(left.length).toBeGreaterThanOrEqual(1);
    expect(left).toEqual(left.toSorted((a, b) => b - a));
  });

  it.each([
    [{ since: new Date(Date.now() + 3_600_000) }, "ERR_4008"],
    [{ since: ago(200) }, "ERR_4008"],
    [{ since: ago(3), until: ago(4) }, "ERR_4008"],
    [{ since: ago(3), userId: "00000000-0000-4000-8000-000000000000" }, "ERR_4007"],
  ])("refuses %j", async (query, code) => {
    await expect(getUserStats(db, query)).rejects.toMatchObject({ code });
  });

  it("is not for end users", async () => {
    const asUser = createDatabase({
      url: stack.url,
      key: stack.publishableKey,
      accessToken: ada.accessToken,
    });
    await expect(getUserStats(asUser, { since: ago(1) })).rejects.toMatchObject({ code: "ERR_4006" });
  });
});
