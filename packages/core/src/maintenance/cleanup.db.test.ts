import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database, requiredSchemaVersion } from "../database/index.ts";
import { type CleanupProgress, cleanup, cleanupReportOf, doctorReport } from "./index.ts";

let stack: TestStack;
let db: Database;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey, timeoutMs: 2_000 });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Old rows in each table (25 of the log of limits, 5 in each other), and 3 in each that must stay. */
beforeEach(async () => {
  const { sql } = stack;
  await sql`delete from rate_limit_log`;
  await sql`delete from idempotency_log`;
  await sql`delete from error_log`;
  await sql`delete from vidops.rate_limit_state`;
  await sql`delete from vidops.rate_limit_reservations`;
  await sql`insert into rate_limit_log (ip_address, action, created_at)
    select '203.0.113.1', 'generate', now() - age from unnest(array_fill(interval '8 days', array[25]) || array_fill(interval '6 days', array[3])) age`;
  await sql`insert into idempotency_log (idempotency_key, operation_type, expires_at)
    select 'k' || n, 'test', now() - case when n <= 5 then interval '1 minute' else interval '-1 hour' end from generate_series(1, 8) n`;
  await sql`insert into error_log (error_code, endpoint, created_at)
    select 'ERR_6001', '/x', now() - age from unnest(array_fill(interval '91 days', array[5]) || array_fill(interval '89 days', array[3])) age`;
  await sql`insert into vidops.rate_limit_state (subject, action, window_seconds, max_requests, expires_at)
    select 'key:' || n, 'generate', 60, 10, now() - case when n <= 5 then interval '1 minute' else interval '-1 hour' end from generate_series(1, 8) n`;
  await sql`insert into vidops.rate_limit_reservations (action, subjects, windows, times, amount, expires_at)
    select 'generate', '{global}', '{60}', '{now}', 1, now() - case when n <= 5 then interval '25 hours' else interval '23 hours' end from generate_series(1, 8) n`;
  stack.faults.clear();
  stack.requests.length = 0;
});

async function rowsLeft(): Promise<number[]> {
  const [counts] = await stack.sql`select (select count(*)::int from rate_limit_log) as a,
    (select count(*)::int from vidops.rate_limit_state) as b, (select count(*)::int from vidops.rate_limit_reservations) as c,
    (select count(*)::int from idempotency_log) as d, (select count(*)::int from error_log) as e`;
  return [counts?.a, counts?.b, counts?.c, counts?.d, counts?.e] as number[];
}

describe("cleanup", () => {
  it("deletes what is older than each target's age and nothing else, in batches, and reports each", async () => {
    const seen: CleanupProgress[] = [];
    const report = await cleanup(db, { batchSize: 10, onProgress: (progress) => seen.push(progress) });
    expect(report).toMatchObject({ deleted: 45, dryRun: false, interrupted: false });
    expect(
      report.targets.map(({ olderThan: _olderThan, actionIds: _actionIds, ...target }) => target),
    ).toEqual([
      { target: "rate-limits", deleted: 25, batches: 3, wouldDelete: null, more: false },
      { target: "rate-limit-state", deleted: 5, batches: 1, wouldDelete: null, more: false },
      { target: "rate-limit-reservations", deleted: 5, batches: 1, wouldDelete: null, more: false },
      { target: "idempotency", deleted: 5, batches: 1, wouldDelete: null, more: false },
      { target: "errors", deleted: 5, batches: 1, wouldDelete: null, more: false },
    ]);
    expect(Date.now() - Date.parse(report.targets[0]?.olderThan ?? "")).toBeGreaterThanOrEqual(
      7 * 86_400_000,
    );
    expect(await rowsLeft()).toEqual([3, 3, 3, 3, 3]);
    expect(seen.map(({ target, deleted }) => [target, deleted])).toEqual([
      ["rate-limits", 10],
      ["rate-limits", 20],
      ["rate-limits", 25],
      ["rate-limit-state", 5],
      ["rate-limit-reservations", 5],
      ["idempotency", 5],
      ["errors", 5],
    ]);
    expect(stack.requests).toHaveLength(7);
    await expect(cleanup(db)).resolves.toMatchObject({ deleted: 0, interrupted: false });
  });

  it("starts each batch where the one before ended", async () => {
    const started: unknown[] = [];
    const watched = createDatabase({
      url: stack.url,
      key: stack.secretKey,
      fetch: (input, init) => {
        started.push((JSON.parse(String(init?.body)) as { p_after?: string }).p_after);
        return fetch(input, init);
      },
    });
    await stack.sql`update rate_limit_log set created_at = created_at + id * interval '1 second'`;
    await cleanup(watched, { targets: ["rate-limits"], batchSize: 10 });
    expect(started).toEqual([undefined, expect.any(String), expect.any(String)]);
    expect(String(started[1]) < String(started[2])).toBe(true);
    expect(await rowsLeft()).toEqual([3, 8, 8, 8, 8]);
  });

  it("counts with dryRun and deletes nothing", async () => {
    const report = await cleanup(db, { dryRun: true });
    expect(report).toMatchObject({ deleted: 0, dryRun: true });
    expect(report.targets.map(({ wouldDelete, batches }) => [wouldDelete, batches])).toEqual([
      [25, 0],
      [5, 0],
      [5, 0],
      [5, 0],
      [5, 0],
    ]);
    expect(await rowsLeft()).toEqual([28, 8, 8, 8, 8]);
  });

  it("cleans only the targets that are named, by the age that is given", async () => {
    const report = await cleanup(db, { targets: ["errors"], olderThanSeconds: 88 * 86_400 });
    expect(report.targets).toMatchObject([{ target: "errors", deleted: 8 }]);
    expect(await rowsLeft()).toEqual([28, 8, 8, 8, 0]);
  });

  it("stops between two batches, and is finished by running it again", async () => {
    const controller = new AbortController();
    const report = await cleanup(db, {
      batchSize: 10,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(report).toMatchObject({ deleted: 10, interrupted: true });
    expect(report.targets.map(({ deleted, more }) => [deleted, more])).toEqual([
      [10, true],
      [0, true],
      [0, true],
      [0, true],
      [0, true],
    ]);
    expect(await rowsLeft()).toEqual([18, 8, 8, 8, 8]);
    await expect(cleanup(db)).resolves.toMatchObject({ deleted: 35, interrupted: false });
    expect(await rowsLeft()).toEqual([3, 3, 3, 3, 3]);
  });

  it("tells of a batch that failed with what was done before it", async () => {
    const path = "/rest/v1/rpc/cleanup_expired_idempotency_keys";
    stack.faults.next({ path, kind: "cut-after-forward", times: 1 });
    const error: unknown = await cleanup(db, { batchSize: 10 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "ERR_6006",
      retryable: true,
      hint: expect.stringContaining("again"),
      details: { target: "idempotency" },
    });
    const done = cleanupReportOf(error);
    expect(done).toMatchObject({ deleted: 35, interrupted: false });
    expect(done?.targets.map(({ deleted, more }) => [deleted, more])).toEqual([
      [25, false],
      [5, false],
      [5, false],
      [0, true],
      [0, true],
    ]);
    await expect(cleanup(db)).resolves.toMatchObject({ interrupted: false });
    expect(await rowsLeft()).toEqual([3, 3, 3, 3, 3]);
  });

  it("takes turns with another cleanup, and leaves a table to it that stays busy", async () => {
    const table = { targets: ["rate-limits"] as const, batchSize: 10 };
    await stack.sql.begin(async (other) => {
      await other`select pg_advisory_xact_lock(
        hashtextextended('vidops.delete_batch ' || 'public.rate_limit_log'::regclass::oid, 0))`;
      const left = await cleanup(db, { ...table, maxWaitMs: 0 });
      expect(left).toMatchObject({ deleted: 0, interrupted: false, targets: [{ more: true, batches: 0 }] });
      const stopped = await cleanup(db, { ...table, signal: AbortSignal.timeout(50) });
      expect(stopped).toMatchObject({ deleted: 0, interrupted: true });
      expect(await rowsLeft()).toEqual([28, 8, 8, 8, 8]);
    });
    const [first, second] = await Promise.all([cleanup(db, table), cleanup(db, table)]);
    expect(first.deleted + second.deleted).toBe(25);
    expect([...first.targets, ...second.targets].map(({ more }) => more)).toEqual([false, false]);
    expect(await rowsLeft()).toEqual([3, 8, 8, 8, 8]);
  });

  it("writes each batch that deleted anything to the audit: what, how many, why, and nobody for a bare key", async () => {
    const { targets } = await cleanup(db, { targets: ["rate-limits", "errors"], batchSize: 10 });
    expect(targets.map(({ actionIds }) => actionIds.length)).toEqual([3, 1]);
    const rows =
      await stack.sql`select * from admin_actions where id = any (${targets.flatMap(({ actionIds }) => actionIds)}) order by id`;
    expect(rows.map(({ details }) => details)).toMatchObject([
      { target: "rate_limit_log", deleted: 10 },
      { target: "rate_limit_log", deleted: 10 },
      { target: "rate_limit_log", deleted: 5 },
      { target: "error_log", deleted: 5 },
    ]);
    expect(rows[0]).toMatchObject({
      action_type: "cleanup",
      reason: "retention",
      admin_user_id: null,
      ticket: null,
    });
    const again = await cleanup(db, { targets: ["rate-limits"] });
    expect(again.targets[0]?.actionIds).toEqual([]);
  });

  it("is done by a signed-in admin too, with a reason and a ticket, and by nobody else", async () => {
    const { accessToken, id } = await stack.createUser({ isAdmin: true });
    const { accessToken: userToken } = await stack.createUser();
    const open = (token: string | null): Database =>
      createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: token });
    for (const token of [null, userToken])
      await expect(cleanup(open(token))).rejects.toMatchObject({
        code: "ERR_4006",
        details: { target: "rate-limits" },
      });
    expect(await rowsLeft()).toEqual([28, 8, 8, 8, 8]);
    const options = { targets: ["errors"], reason: "disk is full", ticket: "SUP-1", runId: "run_1" } as const;
    const { targets } = await cleanup(open(accessToken), options);
    const [row] = await stack.sql`select * from admin_actions where id = ${targets[0]?.actionIds[0] ?? null}`;
    expect(row).toMatchObject({
      admin_user_id: id,
      reason: "disk is full",
      ticket: "SUP-1",
      run_id: "run_1",
    });
  });
});

describe("doctorReport", () => {
  it("finds nothing wrong with a fresh database of the version this code needs", async () => {
    await stack.createUser({ isAdmin: true });
    const report = await doctorReport(db);
    expect(report).toMatchObject({
      findings: [],
      role: "service_role",
      postgresVersion: expect.stringMatching(/^17/),
    });
    expect(report.schemaVersion >= requiredSchemaVersion).toBe(true);
    expect(report.admins).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(report.serverTime) - Date.now())).toBeLessThan(5_000);
  });

  it("finds a grant that should not be there, and the statement that mends it", async () => {
    await using own = await createTestStack();
    await own.sql`grant update on public.users to authenticated`;
    const { findings } = await doctorReport(createDatabase({ url: own.url, key: own.secretKey }));
    expect(findings).toEqual([expect.objectContaining({ kind: "table_grant", object: "public.users" })]);
    await own.sql.unsafe(findings[0]?.fix ?? "");
    await expect(doctorReport(createDatabase({ url: own.url, key: own.secretKey }))).resolves.toMatchObject({
      findings: [],
    });
  });

  it("says that a database without the schema is outdated", async () => {
    await using bare = await createTestStack({ migrations: false });
    await expect(doctorReport(createDatabase({ url: bare.url, key: bare.secretKey }))).rejects.toMatchObject({
      code: "ERR_6004",
      hint: expect.stringContaining("supabase/migrations"),
    });
  });
});
