import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { listRateLimitLog, type RateLimitLogQuery, type TopRateLimitsQuery, topRateLimits } from "./index.ts";

let stack: TestStack;
let db: Database;
let userId: string;
const minute = 60_000;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  userId = (await stack.createUser({ email: "ada@example.com" })).id;
});
afterAll(() => stack[Symbol.asyncDispose]());

beforeEach(async () => {
  await stack.sql`truncate rate_limit_log`;
});

function ago(ms: number): Date {
  return new Date(Date.now() - ms);
}

/** 40 rows, one a minute: of two addresses and none, one in four refused, one in ten standing for 100; and four of one instant. */
async function fill(): Promise<void> {
  await stack.sql`
    insert into rate_limit_log (ip_address, action, user_id, created_at, allowed, requests, limit_name)
    select (array['203.0.113.7', '2001:db8:1:2::/64', null])[1 + i % 3]::inet, case when i % 2 = 0 then 'login' else 'upload' end,
      case when i % 5 = 0 then ${userId}::uuid end, now() - i * interval '1 minute' + interval '30 seconds', i % 4 > 0,
      case when i % 10 = 0 then 100 else 1 end, case when i % 4 = 0 then 'per_ip' end
    from generate_series(1, 40) i`;
  await stack.sql`
    insert into rate_limit_log (ip_address, action, created_at)
    select '192.0.2.1', 'same', date_trunc('second', now()) - interval '2 hours' + interval '123456 microseconds' from generate_series(1, 4)`;
}

describe("listRateLimitLog", () => {
  async function all(query: RateLimitLogQuery) {
    const entries = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listRateLimitLog>> = await listRateLimitLog(db, {
        ...query,
        cursor,
      });
      entries.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return entries;
  }

  it.each([1, 7, 44, 1000])(
    "shows each row once in pages of %d, newest first, also those of one instant",
    async (limit) => {
      await fill();
      const entries = await all({ limit });
      expect(new Set(entries.map(({ id }) => id)).size).toBe(44);
      const order = entries.map(({ createdAt, id }) => `${createdAt} ${id.padStart(19, "0")}`);
      expect(order).toEqual(order.toSorted().toReversed());
    },
  );

  it("tells what each row says", async () => {
    await fill();
    const { entries } = await listRateLimitLog(db, { userId, allowed: false, limit: 1 });
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        ...{ ip: null, userId, action: "login", allowed: false, requests: 100, limitName: "per_ip" },
      },
    ]);
  });

  it.each<[string, () => RateLimitLogQuery, number]>([
    ["address", () => ({ ip: "203.0.113.7" }), 13],
    ["address of a network", () => ({ ip: "2001:db8:1:2:3::4" }), 14],
    ["no address", () => ({ ip: "unknown" }), 13],
    ["no address, and refused", () => ({ ip: "unknown", allowed: false }), 3],
    ["user", () => ({ userId: userId.toUpperCase() }), 8],
    ["action", () => ({ action: "login" }), 20],
    ["verdict", () => ({ allowed: false }), 10],
    ["the other verdict and an action", () => ({ allowed: true, action: "login" }), 10],
    ["start", () => ({ since: ago(10 * minute) }), 10],
    ["end", () => ({ until: ago(10 * minute), action: "upload" }), 15],
    ["a time", () => ({ since: ago(20 * minute), until: ago(10 * minute) }), 10],
    [
      "all at once",
      () => ({ ip: "203.0.113.7", userId, action: "upload", allowed: true, since: ago(60 * minute) }),
      1,
    ],
    ["a value that would be SQL", () => ({ action: "' or true --" }), 0],
  ])("narrows by %s, in one page and in many", async (_, query, count) => {
    await fill();
    const filters = query();
    const whole = (await listRateLimitLog(db, { ...filters, limit: 1000 })).entries;
    expect(whole).toHaveLength(count);
    expect(await all({ ...filters, limit: 3 })).toEqual(whole);
  });

  it("keeps the times of a cursor, and refuses it for another query, or damaged", async () => {
    await fill();
    const query = { action: "login", since: ago(30 * minute), limit: 3 };
    const { nextCursor: cursor } = await listRateLimitLog(db, query);
    const second = await listRateLimitLog(db, { action: "login", limit: 100, cursor });
    expect(second.entries).toHaveLength(12);
    for (const other of [
      { action: "upload" },
      { ...query, allowed: true },
      { ...query, since: ago(1) },
      { ...query, ip: "203.0.113.7" },
    ])
      await expect(listRateLimitLog(db, { ...other, cursor })).rejects.toMatchObject({
        code: "ERR_4008",
        message: expect.stringContaining("belongs to a list with another"),
      });
    for (const damaged of [
      "",
      "x",
      cursor?.slice(0, -9),
      btoa("[]"),
      btoa('["limits1",[],"now","x"]'),
      btoa("7"),
    ])
      await expect(listRateLimitLog(db, { ...query, cursor: damaged ?? "" })).rejects.toMatchObject({
        code: "ERR_4008",
        details: { field: "cursor" },
      });
  });

  it.each<[string, RateLimitLogQuery]>([
    ["ip", { ip: " " }],
    ["userId", { userId: "ada" }],
    ["action", { action: "x".repeat(101) }],
    ["since", { since: "yesterday" }],
    ["since", { since: new Date(Date.now() + minute) }],
    ["since", { since: ago(1), until: ago(2) }],
    ["limit", { limit: 0 }],
    ["limit", { limit: 1001 }],
  ])("refuses a bad %s before anything is sent: %j", async (field, query) => {
    stack.requests.length = 0;
    await expect(listRateLimitLog(db, query)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toEqual([]);
  });

  it("is refused by the database what is no address", async () => {
    await expect(listRateLimitLog(db, { ip: "ada" })).rejects.toMatchObject({ code: "ERR_4008" });
  });
});

describe("topRateLimits", () => {
  const top = (query: Partial<TopRateLimitsQuery>) =>
    topRateLimits(db, { by: "ip", since: ago(20 * minute), ...query });

  it("counts what rows stand for, against the time before, and what was admitted beside it", async () => {
    await fill();
    // Refused: 4, 8, 12, 16, 20 (for 100) minutes ago; before: 24, 28, 32, 36, 40 (for 100).
    const report = await top({});
    expect(report).toMatchObject({
      by: "ip",
      total: 104,
      previousTotal: 104,
      slotSeconds: expect.closeTo(50, 0),
    });
    expect(report.groups).toMatchObject([
      { key: null, denied: 101, previousDenied: 1, allowed: 5 },
      { key: "2001:db8:1:2::/64", denied: 2, previousDenied: 101, allowed: 104 },
      { key: "203.0.113.7", denied: 1, previousDenied: 2, allowed: 5 },
    ]);
    expect(Date.parse(report.loggedSince ?? "")).toBeLessThan(Date.parse(report.previousSince));
    const { slots, lastAt } = report.groups[0] ?? { slots: [], lastAt: "" };
    expect(slots).toHaveLength(24);
    expect([slots[0], slots.reduce((sum, count) => sum + count, 0)]).toEqual([100, 101]);
    // 7.5 minutes ago is in the ninth slot of 50 s from the end.
    expect(slots.at(-10)).toBe(1);
    expect(Date.now() - Date.parse(lastAt)).toBeGreaterThan(7 * minute);
  });

  it.each<[Partial<TopRateLimitsQuery>, unknown[]]>([
    [
      { by: "user" },
      [
        { denied: 100, previousDenied: 100, email: "ada@example.com", allowed: 102 },
        { key: null, email: null, denied: 4, allowed: 12 },
      ],
    ],
    [{ by: "action" }, [{ key: "login", action: "login", denied: 104, allowed: 104 }]],
    [{ by: "limit" }, [{ key: "per_ip", action: "login", denied: 104, allowed: null }]],
    [{ by: "ip", action: "upload" }, []],
    [{ by: "ip", limit: 1 }, [{ key: null, denied: 101 }]],
    [
      { by: "ip", since: ago(9 * minute), until: ago(5 * minute) },
      [
        { key: null, denied: 1 },
        { denied: 0, previousDenied: 1 },
      ],
    ],
  ])("groups by %j", async (query, groups) => {
    await fill();
    const report = await top(query);
    expect(report.groups).toMatchObject(groups);
    expect(report.groups).toHaveLength(groups.length);
  });

  it("says where the log begins, and of an empty one that it does not", async () => {
    expect(await top({})).toMatchObject({ total: 0, previousTotal: 0, loggedSince: null, groups: [] });
    await stack.sql`insert into rate_limit_log (ip_address, action, allowed) values ('203.0.113.7', 'x', false)`;
    const { loggedSince, previousSince } = await top({});
    expect(Date.parse(loggedSince ?? "")).toBeGreaterThan(Date.parse(previousSince));
  });

  it.each<[string, Partial<TopRateLimitsQuery>]>([
    ["by", { by: "key" as never }],
    ["since", { since: new Date(Date.now() + minute) }],
    ["since", { since: undefined as never }],
    ["limit", { limit: 101 }],
    ["action", { action: "" }],
  ])("refuses a bad %s: %j", async (field, query) => {
    await expect(top(query)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
  });

  it("refuses more than 400 days", async () => {
    await expect(top({ since: ago(401 * 1440 * minute) })).rejects.toMatchObject({ code: "ERR_4008" });
  });
});
