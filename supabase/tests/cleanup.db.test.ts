import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

type Batch = {
  deleted: number;
  more: boolean;
  busy: boolean;
  would_delete: number | null;
  next_after: string | null;
};

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate public.rate_limit_log, public.error_log, public.idempotency_log`;
});

async function batch(call: string): Promise<Batch> {
  const [row] = await stack.sql.unsafe(`select public.${call} as answer`);
  return row?.answer;
}

async function left(table: string): Promise<number> {
  const [row] = await stack.sql.unsafe(`select count(*)::int as n from public.${table}`);
  return row?.n;
}

const limits = (age: string, n = 1) => stack.sql`
  insert into public.rate_limit_log (ip_address, action, created_at)
  select '203.0.113.9', 'x', now() - ${age}::interval - i * interval '1 second' from generate_series(1, ${n}) i`;

describe("retention", () => {
  it("removes rate-limit rows older than 7 days and keeps younger ones", async () => {
    await limits("6 days 23 hours 59 minutes", 3);
    await limits("7 days 1 minute", 5);
    expect(await batch("cleanup_rate_limit_logs()")).toMatchObject({ deleted: 5, more: false });
    expect(await left("rate_limit_log")).toBe(3);
  });

  it("removes error rows older than 90 days and keeps younger ones", async () => {
    await stack.sql`insert into public.error_log (error_code, endpoint, created_at)
      values ('E', '/', now() - interval '91 days'), ('E', '/', now() - interval '89 days')`;
    expect(await batch("cleanup_error_log()")).toMatchObject({ deleted: 1, more: false });
    expect(await left("error_log")).toBe(1);
  });

  it("removes expired idempotency keys and keeps those that still answer", async () => {
    await stack.sql`insert into public.idempotency_log (idempotency_key, operation_type, expires_at)
      values ('old', 'x', now() - interval '1 second'), ('new', 'x', now() + interval '1 hour')`;
    expect(await batch("cleanup_expired_idempotency_keys()")).toMatchObject({ deleted: 1, more: false });
    expect(await stack.sql`select idempotency_key from public.idempotency_log`).toEqual([
      { idempotency_key: "new" },
    ]);
  });
});

describe("a batch", () => {
  it("is bounded, says that more is left, and resumes where it stopped", async () => {
    await limits("8 days", 25);
    const first = await batch("cleanup_rate_limit_logs(604800, 10)");
    expect(first).toMatchObject({ deleted: 10, more: true });
    const second = await batch(`cleanup_rate_limit_logs(604800, 10, false, '${first.next_after}')`);
    expect(second).toMatchObject({ deleted: 10, more: true });
    // Resumed without the place: the result is the same.
    expect(await batch("cleanup_rate_limit_logs(604800, 10)")).toMatchObject({
      deleted: 5,
      more: false,
      next_after: null,
    });
    expect(await left("rate_limit_log")).toBe(0);
  });

  it("is bounded also when all rows carry one time", async () => {
    await stack.sql`insert into public.rate_limit_log (ip_address, action, created_at)
      select '203.0.113.9', 'x', '2026-01-01' from generate_series(1, 25)`;
    const sizes: number[] = [];
    for (let more = true; more; ) {
      const answer = await batch("cleanup_rate_limit_logs(604800, 10)");
      sizes.push(answer.deleted);
      more = answer.more;
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(await left("rate_limit_log")).toBe(0);
  });

  it("counts without touching on a dry run", async () => {
    await limits("8 days", 5);
    expect(await batch("cleanup_rate_limit_logs(p_dry_run => true)")).toMatchObject({
      deleted: 0,
      would_delete: 5,
      more: true,
    });
    expect(await left("rate_limit_log")).toBe(5);
  });

  it("does not wait for another cleanup at work, and says so", async () => {
    await limits("8 days", 20);
    await stack.sql.begin(async (other) => {
      const [held] = await other`select public.cleanup_rate_limit_logs(604800, 10) as answer`;
      expect(held?.answer).toMatchObject({ deleted: 10, busy: false });
      const started = performance.now();
      expect(await batch("cleanup_rate_limit_logs(604800, 10)")).toMatchObject({
        deleted: 0,
        more: true,
        busy: true,
      });
      expect(performance.now() - started).toBeLessThan(1000);
      // Other tables are nobody else's business.
      expect(await batch("cleanup_error_log()")).toMatchObject({ busy: false });
    });
    expect(await batch("cleanup_rate_limit_logs(604800, 10)")).toMatchObject({ deleted: 10, busy: false });
  });

  it.each([
    "cleanup_rate_limit_logs(0)",
    "cleanup_rate_limit_logs(-1)",
    "cleanup_rate_limit_logs(null)",
    "cleanup_error_log(0)",
    "cleanup_expired_idempotency_keys(-1)",
    "cleanup_error_log(60, 0)",
    "cleanup_error_log(60, 1000000)",
  ])("refuses %s and deletes nothing", async (call) => {
    await limits("400 days", 3);
    await expect(batch(call)).rejects.toMatchObject({ code: "22023" });
    expect(await left("rate_limit_log")).toBe(3);
  });

  it("uses the index of time at a size where it matters", async () => {
    await limits("0 seconds", 50_000);
    await limits("8 days", 100);
    await stack.sql`analyze public.rate_limit_log`;
    const plan =
      await stack.sql`explain delete from public.rate_limit_log where created_at >= '-infinity' and created_at < now() - interval '7 days'`;
    expect(JSON.stringify(plan)).toContain("rate_limit_log_created_idx");
  });
});
