import { createTestStack, type TestStack } from "@vidops/local/testing";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

interface Group {
  key: string;
  count: number;
  previous_count: number;
  slots: number[];
  example: string;
}

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate public.error_log, vidops.error_counts`;
});

async function insert(
  age: string,
  rows = 1,
  code = "ERR_5001",
  endpoint = "/x",
  language: string | null = null,
): Promise<void> {
  await stack.sql`
    insert into public.error_log (error_code, endpoint, language, created_at)
    select ${code}, ${endpoint}, ${language}, now() - ${age}::interval from generate_series(1, ${rows})`;
}

async function top(
  by: string,
  since: string,
  more = "",
): Promise<{ total: number; previous_total: number; groups: Group[] } & Record<string, unknown>> {
  const [row] = await stack.sql.unsafe(
    `select public.top_errors('${by}', now() - interval '${since}'${more}) as answer`,
  );
  return row?.answer;
}

/** What is counted and what is there must be the same, whatever happened. */
async function expectExactCounts(): Promise<void> {
  const counted = await stack.sql`
    select span, fingerprint, error_code, endpoint, language, sum(total)::int as total,
      array(select coalesce(sum(c2.counts[i]), 0)::int from generate_series(1, 72) i, vidops.error_counts c2
        where (c2.span, c2.fingerprint, c2.language) = (c.span, c.fingerprint, c.language) group by i order by i) as counts
    from vidops.error_counts c group by 1, 2, 3, 4, 5 order by 1, 2, 5`;
  const there = await stack.sql`
    select span, fingerprint, error_code, endpoint, language, total::int, counts
    from vidops.count_error_log('-infinity', 'infinity') order by 1, 2, 5`;
  expect(counted).toEqual(there);
}

describe("counting", () => {
  it("is right for single rows, for many at once, and for kinds and hours mixed in one statement", async () => {
    await insert("0 seconds");
    await insert("0 seconds", 3);
    await stack.sql`
      insert into public.error_log (error_code, endpoint, language, created_at)
      select 'ERR_' || i % 3, '/jobs/' || i, case when i % 2 = 0 then 'tr' end, now() - i * interval '97 seconds' from generate_series(1, 500) i`;
    await expectExactCounts();
    const [row] =
      await stack.sql`select sum(total)::int as total from vidops.error_counts where language = '*'`;
    expect(row).toEqual({ total: 504 });
    const [tr] =
      await stack.sql`select sum(total)::int as total from vidops.error_counts where language = 'tr'`;
    expect(tr).toEqual({ total: 250 });
  });

  it("is right whatever the order of the times, and keeps no more numbers than it needs", async () => {
    const at = (minutes: number) => stack.sql`
      insert into public.error_log (error_code, endpoint, created_at)
      values ('E', '/x', date_bin('6 hours', now(), 'epoch') - interval '1 day' + ${minutes} * interval '1 minute')`;
    for (const minutes of [100, 100, 200, 103, 30, 355, 0, 101]) await at(minutes);
    await expectExactCounts();
    await stack.sql`delete from vidops.error_counts`;
    for (const minutes of [100, 112]) await at(minutes);
    expect(await stack.sql`select counts::text as counts from vidops.error_counts`).toEqual([
      { counts: "[21:23]={1,0,1}" },
    ]);
  });

  it("loses and invents nothing when 16 connections meet on few kinds, and makes few rows of them", async () => {
    const sql = postgres(stack.dbUrl, { max: 16, onnotice: () => {} });
    try {
      await Promise.all(
        Array.from({ length: 800 }, (_, index) => sql`select public.log_error(${`ERR_${index % 2}`}, '/x')`),
      );
    } finally {
      await sql.end();
    }
    await expectExactCounts();
    const [row] =
      await stack.sql`select sum(total)::int as total, count(*)::int as rows from vidops.error_counts`;
    expect(row?.total).toBe(800);
    // Two kinds, at most one row a connection, twice if the six hours ended meanwhile.
    expect(row?.rows).toBeLessThanOrEqual(2 * 16 * 2);
  });

  it("waits for no transaction that counted the same kind and is still open", async () => {
    // A row that is there is what both would write to.
    await insert("0 seconds");
    await stack.sql.begin(async (other) => {
      await other`insert into public.error_log (error_code, endpoint) values ('ERR_5001', '/x')`;
      const started = performance.now();
      await insert("0 seconds", 2);
      expect(performance.now() - started).toBeLessThan(1_000);
    });
    await expectExactCounts();
    expect(await top("code", "1 hour")).toMatchObject({ total: 4 });
  });

  it.each(["repeatable read", "serializable"])("never fails a transaction that is %s", async (level) => {
    await insert("0 seconds");
    await stack.sql.begin(`isolation level ${level}`, async (one) => {
      await one`select count(*) from public.error_log`;
      await insert("0 seconds");
      await one`insert into public.error_log (error_code, endpoint) values ('ERR_5001', '/x')`;
    });
    await expectExactCounts();
    expect(await top("code", "1 hour")).toMatchObject({ total: 3 });
  });

  it("forgets what is rolled back", async () => {
    await stack.sql
      .begin(async (one) => {
        await one`insert into public.error_log (error_code, endpoint) values ('ERR_5001', '/x')`;
        throw new Error("undo");
      })
      .catch(() => {});
    expect(await top("code", "1 hour")).toMatchObject({ total: 0, groups: [] });
  });

  it("costs no error when it fails, and can be made good", async () => {
    await stack.sql`alter table vidops.error_counts rename to hidden_counts`;
    try {
      await insert("0 seconds", 2);
      expect(await stack.sql`select from public.error_log`).toHaveLength(2);
    } finally {
      await stack.sql`alter table vidops.hidden_counts rename to error_counts`;
    }
    expect(await top("code", "1 hour")).toMatchObject({ total: 0 });
    await stack.sql`select vidops.recount_errors('-infinity', 'infinity')`;
    expect(await top("code", "1 hour")).toMatchObject({ total: 2 });
    await expectExactCounts();
  });

  it("leaves out times that are none, and takes rows of any age and of the future", async () => {
    await stack.sql`
      insert into public.error_log (error_code, endpoint, created_at)
      values ('E', '/x', 'infinity'), ('E', '/x', '-infinity'), ('E', '/x', '1960-02-29 23:59:59'), ('E', '/x', now() + interval '1 day')`;
    expect(await stack.sql`select from public.error_log`).toHaveLength(4);
    await expectExactCounts();
    expect(
      await stack.sql`select array_position(counts, 1) as slot from vidops.error_counts where span < '1970-01-01'`,
    ).toEqual([{ slot: 72 }]);
  });
});

describe("top_errors", () => {
  it("groups by code, endpoint and fingerprint, most frequent first, with the time before", async () => {
    await insert("10 minutes", 5, "ERR_5001", "/jobs/1");
    await insert("20 minutes", 2, "ERR_5001", "/jobs/2");
    await insert("20 minutes", 3, "ERR_4001", "/pay");
    await insert("90 minutes", 4, "ERR_4001", "/pay");
    await insert("90 minutes", 1, "ERR_6001", "/gone");
    const codes = await top("code", "1 hour");
    expect(codes).toMatchObject({ total: 10, previous_total: 5, by: "code", counted_since: null });
    expect(codes.groups.map(({ key, count, previous_count }) => [key, count, previous_count])).toEqual([
      ["ERR_5001", 7, 0],
      ["ERR_4001", 3, 4],
      ["ERR_6001", 0, 1],
    ]);
    const endpoints = await top("endpoint", "1 hour", ", p_limit => 1");
    expect(endpoints).toMatchObject({
      total: 10,
      groups: [{ key: "/jobs/:id", endpoint: "/jobs/:id", error_code: null, fingerprint: null, count: 7 }],
    });
    const kinds = await top("fingerprint", "1 hour");
    expect(kinds.groups[0]).toMatchObject({
      key: expect.stringMatching(/^[0-9a-f]{16}$/),
      error_code: "ERR_5001",
      endpoint: "/jobs/:id",
      count: 7,
    });
    const [example] =
      await stack.sql`select error_code from public.error_log where id = ${codes.groups[0]?.example ?? ""}`;
    expect(example?.error_code).toBe("ERR_5001");
  });

  it("divides the time into slots, oldest first, that add up to the count", async () => {
    for (const hours of [0, 1, 1, 5, 23]) await insert(`${hours} hours 1 minute`);
    const { groups, slot_seconds } = await top("code", "24 hours");
    expect(slot_seconds).toBe(3600);
    expect(groups[0]?.slots).toHaveLength(24);
    expect(groups[0]?.slots.reduce((sum, n) => sum + n, 0)).toBe(5);
    expect(groups[0]?.count).toBe(5);
  });

  it.each(["5 minutes", "10 minutes", "1 hour", "3 hours", "24 hours", "7 days", "30 days", "400 days"])(
    "counts each error of the last %s in exactly one window and one slot",
    async (length) => {
      const rows = 300;
      await stack.sql`
        insert into public.error_log (error_code, endpoint, created_at)
        select 'E' || i % 2, '/x', now() - ${length}::interval * 2.2 * i / ${rows} from generate_series(1, ${rows}) i`;
      const { since, previous_since, until, groups, total, previous_total, slot_seconds } = await top(
        "code",
        length,
      );
      const [there] = await stack.sql`
        select count(*) filter (where created_at >= ${since as string} and created_at <= ${until as string})::int as now,
          count(*) filter (where created_at >= ${previous_since as string} and created_at < ${since as string})::int as before from public.error_log`;
      expect([total, previous_total]).toEqual([there?.now, there?.before]);
      expect(groups.reduce((sum, { slots }) => sum + slots.reduce((a, b) => a + b, 0), 0)).toBe(total);
      expect(groups[0]?.slots.length).toBeLessThanOrEqual(25);
      const seconds = (Date.parse(until as string) - Date.parse(since as string)) / 1000;
      expect((groups[0]?.slots.length ?? 0) * (slot_seconds as number)).toBeGreaterThanOrEqual(seconds - 300);
    },
  );

  it("narrows by code, endpoint (whatever its id), language and user", async () => {
    const user = await stack.createUser();
    await insert("1 minute", 3, "ERR_5001", "/jobs/1", "tr");
    await insert("1 minute", 2, "ERR_4001", "/pay", "en");
    await stack.sql`insert into public.error_log (error_code, endpoint, user_id) select 'ERR_4001', '/jobs/' || i, ${user.id} from generate_series(1, 4) i`;
    const total = async (more: string) => (await top("fingerprint", "1 hour", more)).total;
    expect(await total("")).toBe(9);
    expect(await total(", p_code => 'ERR_5001'")).toBe(3);
    expect(await total(", p_endpoint => '/jobs/77'")).toBe(7);
    expect(await total(", p_language => 'en'")).toBe(2);
    expect(await total(`, p_user_id => '${user.id}'`)).toBe(4);
    expect(await total(`, p_user_id => '${user.id}', p_endpoint => '/pay'`)).toBe(0);
    expect((await top("endpoint", "1 hour", `, p_user_id => '${user.id}'`)).groups).toMatchObject([
      { key: "/jobs/:id", count: 4 },
    ]);
  });

  it("answers for a time that has ended", async () => {
    await insert("50 minutes", 2);
    await insert("2 hours 30 minutes", 3);
    await insert("4 hours", 1);
    const answer = await top("code", "3 hours", ", now() - interval '1 hour 30 minutes'");
    expect(answer).toMatchObject({ total: 3, previous_total: 1 });
  });

  it.each([
    "top_errors('user', now() - interval '1 day')",
    "top_errors(null, now() - interval '1 day')",
    "top_errors('code', null)",
    "top_errors('code', '-infinity')",
    "top_errors('code', now() + interval '1 minute')",
    "top_errors('code', now() - interval '1 day', now() - interval '2 days')",
    "top_errors('code', now() - interval '1 day', 'infinity')",
    "top_errors('code', now() - interval '401 days')",
    "top_errors('code', now() - interval '1 day', p_limit => 0)",
    "top_errors('code', now() - interval '1 day', p_limit => 101)",
  ])("refuses %s", async (call) => {
    await expect(stack.sql.unsafe(`select public.${call}`)).rejects.toMatchObject({ code: "22023" });
  });
});

describe("cleanup", () => {
  it("takes the counts of the six hours whose errors are all gone, batch by batch, and no others", async () => {
    await insert("91 days", 10, "ERR_1");
    await insert("92 days", 10, "ERR_2");
    await insert("89 days", 3, "ERR_3");
    const left = async () =>
      (await stack.sql`select error_code, total::int from vidops.error_counts order by 1`).map((row) => [
        row.error_code,
        row.total,
      ]);
    const [dry] = await stack.sql`select public.cleanup_error_log(p_dry_run => true) as answer`;
    expect(dry?.answer).toMatchObject({ would_delete: 20 });
    expect(await left()).toHaveLength(3);
    const [first] = await stack.sql`select public.cleanup_error_log(p_batch_size => 10) as answer`;
    expect(first?.answer).toMatchObject({ deleted: 10, more: true });
    expect(await left()).toEqual([
      ["ERR_1", 10],
      ["ERR_3", 3],
    ]);
    const [second] =
      await stack.sql`select public.cleanup_error_log(p_batch_size => 10, p_after => ${first?.answer.next_after}) as answer`;
    expect(second?.answer).toMatchObject({ deleted: 10, more: false });
    expect(await left()).toEqual([["ERR_3", 3]]);
  });

  it("leaves the counts of six hours of which errors are left", async () => {
    await stack.sql`
      insert into public.error_log (error_code, endpoint, created_at)
      select 'E', '/x', date_bin('6 hours', now(), 'epoch') - interval '10 days' + i * interval '7 minutes' from generate_series(1, 50) i`;
    const [answer] =
      await stack.sql`select public.cleanup_error_log(p_older_than_seconds => 850000, p_batch_size => 20) as answer`;
    expect(answer?.answer).toMatchObject({ deleted: expect.any(Number) });
    const kept = await stack.sql`select from public.error_log`;
    expect(kept.length).toBeGreaterThan(0);
    expect(await stack.sql`select total::int from vidops.error_counts`).toEqual([{ total: 50 }]);
  });
});
