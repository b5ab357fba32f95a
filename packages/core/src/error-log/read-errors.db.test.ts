import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { type ErrorPage, type ErrorQuery, getError, listErrors, logError, topErrors } from "./index.ts";

let stack: TestStack;
let db: Database;
let userId: string;
const hour = 3_600_000;

/** 60 errors, one a minute, of three codes at two endpoints, and five of one instant. */
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  userId = (await stack.createUser()).id;
  await stack.sql`
    insert into public.error_log (error_code, endpoint, language, user_id, request_id, status, error_details, created_at)
    select 'ERR_' || i % 3, '/e' || i % 2, case when i % 10 = 0 then 'tr' else 'en' end, case when i % 4 = 0 then ${userId}::uuid end,
      'req_' || i, 500, jsonb_build_object('message', 'number ' || i || E'\x1b[31m\u202e \n password=hunter2'), now() - i * interval '1 minute'
    from generate_series(1, 60) i`;
  await stack.sql`
    insert into public.error_log (error_code, endpoint, created_at)
    select 'ERR_same', '/same', date_trunc('second', now()) - interval '2 hours' + interval '123456 microseconds' from generate_series(1, 5)`;
});
afterAll(() => stack[Symbol.asyncDispose]());

async function all(query: ErrorQuery): Promise<ErrorPage["entries"]> {
  const entries: ErrorPage["entries"] = [];
  let cursor: string | null = null;
  do {
    const page: ErrorPage = await listErrors(db, { ...query, cursor });
    entries.push(...page.entries);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}

describe("listErrors", () => {
  it("lists newest first, with a summary that is safe to print", async () => {
    const { entries, nextCursor } = await listErrors(db, { limit: 2 });
    expect(nextCursor).toMatch(/^[\w-]+$/);
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        code: "ERR_1",
        endpoint: "/e1",
        userId: null,
        requestId: "req_1",
        language: "en",
        status: 500,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        summary: "number 1 [31m password=[redacted]",
      },
      expect.objectContaining({ requestId: "req_2" }),
    ]);
  });

  it.each([1, 7, 64, 65, 1000])(
    "shows each entry once in pages of %d, also those of one instant",
    async (limit) => {
      const entries = await all({ limit });
      expect(entries).toHaveLength(65);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(65);
      const order = entries.map(({ createdAt, id }) => `${createdAt} ${id.padStart(19, "0")}`);
      expect(order).toEqual(order.toSorted().toReversed());
    },
  );

  it.each<[string, ErrorQuery, number]>([
    ["code", { code: "ERR_1" }, 20],
    ["endpoint", { endpoint: "/e1" }, 30],
    ["code and endpoint", { code: "ERR_1", endpoint: "/e1" }, 10],
    ["language", { language: "tr" }, 6],
    ["language and endpoint", { language: "tr", endpoint: "/e0" }, 6],
    ["requestId", { requestId: "req_7" }, 1],
    ["a time", { since: new Date(Date.now() - hour / 2 - 30_000) }, 30],
    ["a time and an endpoint", { since: new Date(Date.now() - hour / 2 - 30_000), endpoint: "/e1" }, 15],
    ["nothing that is there", { endpoint: "/nowhere" }, 0],
    ["a value that would be SQL", { code: "' or true --" }, 0],
  ])("narrows by %s, in one page and in many", async (_, query, count) => {
    expect((await listErrors(db, { ...query, limit: 1000 })).entries).toHaveLength(count);
    const paged = await all({ ...query, limit: 4 });
    expect(paged).toEqual((await listErrors(db, { ...query, limit: 1000 })).entries);
  });

  it("narrows by user and by fingerprint", async () => {
    const mine = await all({ userId: userId.toUpperCase(), limit: 4 });
    expect(mine).toHaveLength(15);
    const fingerprint = mine[0]?.fingerprint ?? "";
    const alike = await all({ fingerprint, limit: 4 });
    expect(alike.length).toBeGreaterThan(3);
    expect(new Set(alike.map((entry) => entry.fingerprint))).toEqual(new Set([fingerprint]));
  });

  it("keeps its pages while errors are added", async () => {
    const first = await listErrors(db, { code: "ERR_2", limit: 3 });
    await logError(db, { code: "ERR_2", endpoint: "/new" });
    const second = await listErrors(db, { code: "ERR_2", limit: 3, cursor: first.nextCursor });
    expect(second.entries.map(({ requestId }) => requestId)).toEqual(["req_11", "req_14", "req_17"]);
    await stack.sql`delete from public.error_log where endpoint = '/new'`;
  });

  it("goes on behind times that are none", async () => {
    await stack.sql`insert into public.error_log (error_code, endpoint, created_at) select 'ERR_never', '/x', 'infinity' from generate_series(1, 3)`;
    expect(await all({ code: "ERR_never", limit: 1 })).toMatchObject([
      { createdAt: "infinity" },
      { createdAt: "infinity" },
      { createdAt: "infinity" },
    ]);
    await stack.sql`delete from public.error_log where error_code = 'ERR_never'`;
  });

  it("refuses a cursor of another query, and takes its own without the times told again", async () => {
    const query = { code: "ERR_1", since: new Date(Date.now() - hour), limit: 3 };
    const { nextCursor: cursor } = await listErrors(db, query);
    const { entries } = await listErrors(db, { code: "ERR_1", limit: 3, cursor });
    expect(entries.map(({ requestId }) => requestId)).toEqual(["req_10", "req_13", "req_16"]);
    for (const other of [
      { code: "ERR_2" },
      { code: "ERR_1", endpoint: "/e1" },
      {},
      { ...query, since: new Date(0) },
    ]) {
      await expect(listErrors(db, { ...other, cursor })).rejects.toMatchObject({
        code: "ERR_4008",
        details: { field: "cursor" },
      });
    }
  });

  it.each<[string, ErrorQuery]>([
    ["since", { since: new Date(Date.now() + 60_000) }],
    ["since", { since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z" }],
    ["since", { since: "yesterday" }],
    ["until", { until: new Date(Number.NaN) }],
    ["limit", { limit: 0 }],
    ["limit", { limit: 1001 }],
    ["userId", { userId: "ada" }],
    ["code", { code: "" }],
    ["endpoint", { endpoint: "a\0b" }],
    ["language", { language: "x".repeat(36) }],
    ["requestId", { requestId: "\uD83D" }],
    ["fingerprint", { fingerprint: 7 as never }],
    ["cursor", { cursor: "nonsense" }],
  ])("refuses a bad %s before anything is sent: %j", async (field, query) => {
    stack.requests.length = 0;
    await expect(listErrors(db, query)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toHaveLength(0);
  });
});

describe("topErrors", () => {
  it("counts by code, endpoint and fingerprint, beside the time before", async () => {
    const top = await topErrors(db, { by: "code", since: new Date(Date.now() - hour) });
    expect(top).toMatchObject({
      by: "code",
      countedSince: null,
      slotSeconds: 300,
      previousTotal: expect.any(Number),
    });
    expect(
      top.groups
        .slice(0, 3)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(["ERR_0", "ERR_1", "ERR_2"]);
    expect(top.groups[0]).toEqual({
      key: expect.any(String),
      code: top.groups[0]?.key,
      endpoint: null,
      fingerprint: null,
      count: expect.any(Number),
      previousCount: 0,
      slots: expect.any(Array),
      lastSeen: expect.stringMatching(/Z$/),
      example: expect.stringMatching(/^\d+$/),
    });
    const byEndpoint = await topErrors(db, { by: "endpoint", since: new Date(Date.now() - hour), limit: 1 });
    expect(byEndpoint.groups).toMatchObject([{ code: null, endpoint: expect.stringMatching(/^\/e[01]$/) }]);
    const mine = await topErrors(db, { by: "fingerprint", since: new Date(Date.now() - hour), userId });
    expect(mine.total).toBe(15);
  });

  it.each([
    ["by", { by: "user" as never, since: new Date(0) }],
    ["since", { by: "code", since: new Date(Date.now() + 60_000) }],
    ["since", { by: "code", since: undefined as never }],
    ["since", { by: "code", since: "2026-01-02", until: "2026-01-01" }],
    ["limit", { by: "code", since: new Date(Date.now() - hour), limit: 101 }],
  ] as const)("refuses a bad %s before anything is sent: %j", async (field, query) => {
    stack.requests.length = 0;
    await expect(topErrors(db, query)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toHaveLength(0);
  });
});

describe("getError", () => {
  it("finds one entry whole by its id, or the newest of a request", async () => {
    const [first] = (await listErrors(db, { limit: 1 })).entries;
    const byId = await getError(db, first?.id ?? "");
    expect(byId).toEqual({
      ...first,
      requestData: null,
      details: { message: expect.stringContaining("number 1") },
    });
    expect(await getError(db, " req_1 ")).toEqual(byId);
    const again = await logError(db, { code: "ERR_9", endpoint: "/again", requestId: "req_1" });
    expect((await getError(db, "req_1")).id).toBe(again?.id);
    await stack.sql`delete from public.error_log where endpoint = '/again'`;
  });

  it("finds a request whose id is a number", async () => {
    const stored = await logError(db, {
      code: "ERR_9",
      endpoint: "/number",
      requestId: "99999999999999999999",
    });
    expect((await getError(db, "99999999999999999999")).id).toBe(stored?.id);
    await stack.sql`delete from public.error_log where endpoint = '/number'`;
  });

  it.each(["0", "999999999999999999", "req_nowhere", "../x"])("says that %s is not there", async (id) => {
    await expect(getError(db, id)).rejects.toMatchObject({ code: "ERR_4007", reason: "error_not_found" });
  });

  it.each(["", " ", "x".repeat(201), null, 7])("refuses %j", async (id) => {
    await expect(getError(db, id as never)).rejects.toMatchObject({
      code: "ERR_4008",
      details: { field: "id" },
    });
  });
});

describe("the error log", () => {
  it("is read by admins and by nobody else who signs in", async () => {
    const admin = await stack.createUser({ isAdmin: true });
    const as = (accessToken: string): Database =>
      createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await expect(listErrors(as(admin.accessToken), { limit: 1 })).resolves.toMatchObject({
      entries: [expect.anything()],
    });
    const user = as((await stack.createUser()).accessToken);
    await expect(listErrors(user)).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(topErrors(user, { by: "code", since: new Date(Date.now() - hour) })).rejects.toMatchObject({
      code: "ERR_4006",
    });
    await expect(getError(user, "1")).rejects.toMatchObject({ code: "ERR_4006" });
  });
});
