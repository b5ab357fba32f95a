import { createEmptyDatabase, createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { migrate, migrateFrom, migrateUntil } from "./migrate.ts";

type Answer = { success: boolean; id: string; fingerprint: string };

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate public.error_log, vidops.error_counts`;
});

const nobody = "00000000-0000-4000-8000-00000000dead";

async function log(
  code: string,
  endpoint: string,
  details: unknown = null,
  more: Record<string, unknown> = {},
): Promise<Answer> {
  const [row] = await stack.sql`
    select public.log_error(${code}, ${endpoint}, ${(more.user as string) ?? null}, ${(more.request as string) ?? null},
      ${(more.language as string) ?? null}, ${(more.status as number) ?? null}, null, ${stack.sql.json(details as never)}) as answer`;
  return row?.answer;
}

async function fingerprint(endpoint: string, message: string | null, code = "ERR_5001"): Promise<string> {
  const [row] = await stack.sql`
    select vidops.error_fingerprint(${code}, ${endpoint}, ${stack.sql.json({ message } as never)}) as f`;
  return row?.f;
}

describe("log_error", () => {
  it("stores what it is told, and answers with the id and the fingerprint", async () => {
    const user = await stack.createUser();
    const answer = await log(
      "ERR_5001",
      "/x",
      { message: "m" },
      { user: user.id, request: "req_1", language: "tr", status: 504 },
    );
    expect(answer).toEqual({
      success: true,
      id: expect.stringMatching(/^\d+$/),
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(
      await stack.sql`select user_id, error_code, endpoint, request_id, language, status, request_data, error_details, fingerprint from public.error_log`,
    ).toEqual([
      {
        user_id: user.id,
        error_code: "ERR_5001",
        endpoint: "/x",
        request_id: "req_1",
        language: "tr",
        status: 504,
        request_data: null,
        error_details: { message: "m" },
        fingerprint: answer.fingerprint,
      },
    ]);
  });

  it.each([
    ["an object", { message: "m" }, { message: "m", unknown_user_id: nobody }],
    ["nothing", null, { unknown_user_id: nobody }],
    ["a list", [1], { details: [1], unknown_user_id: nobody }],
    ["a text", "m", { details: "m", unknown_user_id: nobody }],
  ])(
    "keeps an entry whose user is unknown, with the id beside details that are %s",
    async (_, details, kept) => {
      await log("ERR_5001", "/x", details, { user: nobody });
      expect(await stack.sql`select user_id, error_details from public.error_log`).toEqual([
        { user_id: null, error_details: kept },
      ]);
    },
  );

  it("waits a second at most for somebody who deletes the user", async () => {
    const user = await stack.createUser();
    const started = performance.now();
    await stack.sql.begin(async (other) => {
      await other`select from public.users where id = ${user.id} for update`;
      await log("ERR_5001", "/x", null, { user: user.id });
    });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(await stack.sql`select user_id, error_details from public.error_log`).toEqual([
      { user_id: null, error_details: { unknown_user_id: user.id } },
    ]);
  });

  it("does not wait for a charge of the same user", async () => {
    const user = await stack.createUser({ credits: 5 });
    await stack.sql.begin(async (other) => {
      await other`select public.deduct_credits(${user.id}, 1)`;
      await log("ERR_5001", "/x", null, { user: user.id });
      expect(await stack.sql`select user_id from public.error_log`).toEqual([{ user_id: user.id }]);
    });
  });

  it("keeps the start of data that is too large", async () => {
    await log("ERR_5001", "/x", { message: "x".repeat(100_000) });
    const [row] = await stack.sql`select error_details from public.error_log`;
    expect(row?.error_details).toEqual({
      too_large_bytes: 100_015,
      start: expect.stringContaining('{"message": "xxx'),
    });
    expect(row?.error_details.start).toHaveLength(4_000);
  });

  it("cuts text that an index could not hold", async () => {
    const noise = Array.from({ length: 9_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    ).join("");
    await stack.sql`insert into public.error_log (error_code, endpoint, request_id, language, fingerprint) values (${noise}, ${noise}, ${noise}, ${noise}, ${noise})`;
    expect(
      await stack.sql`select length(error_code) as code, length(endpoint) as endpoint, length(request_id) as request, length(language) as language, length(fingerprint) as fingerprint from public.error_log`,
    ).toEqual([{ code: 100, endpoint: 500, request: 200, language: 35, fingerprint: 64 }]);
  });

  it.each([
    "log_error('', '/x')",
    "log_error(null, '/x')",
    "log_error('E', ' ')",
    "log_error('E', null)",
    "log_error('E', '/x', p_status => 99)",
    "log_error('E', '/x', p_status => 600)",
  ])("refuses %s and stores nothing", async (call) => {
    await expect(stack.sql.unsafe(`select public.${call}`)).rejects.toMatchObject({ code: "22023" });
    expect(await stack.sql`select from public.error_log`).toHaveLength(0);
  });
});

describe("a fingerprint", () => {
  it.each([
    ["ids and numbers", "job 123 failed after 4.5 s", "job 7 failed after 12 s"],
    [
      "uuids",
      "job 7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968 failed",
      "job 00000000-0000-4000-8000-000000000000 failed",
    ],
    ["hexadecimal ids", "upload 0a1b2c3d4e failed", "upload ffee00112233 failed"],
    ["long ids", "run_01hv8x9k2m3n4p5q6r7s failed", "run_01hv8x9k2m3n4p5q6r7t failed"],
    [
      "quoted values",
      'invalid input syntax for type uuid: "abc"',
      'invalid input syntax for type uuid: "d ef"',
    ],
    [
      "values of a key",
      "Key (email)=(ada@example.com) already exists.",
      "Key (email)=(bob@example.org) already exists.",
    ],
    ["addresses", "no mail to ada@example.com", "no mail to bob@example.org"],
  ])("is the same for messages that differ in %s", async (_, one, other) => {
    expect(await fingerprint("/x", one)).toBe(await fingerprint("/x", other));
  });

  it.each([
    ["words", "provider timed out", "provider refused"],
    [
      "names of constraints",
      'unique constraint "users_email_key"',
      'unique constraint "users_device_id_key"',
    ],
    ["versions that are words", "codec h264 failed", "codec vp9 failed"],
  ])("differs for messages that differ in %s", async (_, one, other) => {
    expect(await fingerprint("/x", one)).not.toBe(await fingerprint("/x", other));
  });

  it("takes one endpoint for one, whatever id, query and host it has", async () => {
    const [first, ...others] = await Promise.all(
      [
        "/jobs/123/video",
        "/jobs/7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968/video?full=1",
        "https://abc.example.com:8443/jobs/9/video#end",
      ].map((endpoint) => fingerprint(endpoint, "m")),
    );
    expect(others).toEqual([first, first]);
    expect(await fingerprint("/v1/jobs", "m")).not.toBe(await fingerprint("/v2/jobs", "m"));
  });

  it("differs by code, by reason and by the cause's message", async () => {
    const of = async (code: string, details: unknown) => (await log(code, "/x", details)).fingerprint;
    const all = [
      await of("ERR_6001", { message: "m" }),
      await of("ERR_6002", { message: "m" }),
      await of("ERR_6001", { message: "m", reason: "a" }),
      await of("ERR_6001", { message: "m", cause: { message: "b" } }),
      await of("ERR_6001", null),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ["a number", 7],
    ["a text", "m"],
    ["a list", [{ message: "m" }]],
    ["a boolean", true],
    ["fields of other types", { message: { a: 1 }, error: [1], reason: 5, cause: "c" }],
    ["a lone quote", { message: `it's "half` }],
    ["20,000 characters", { message: "a-1".repeat(7_000) }],
  ])("is there for details that are %s", async (_, details) => {
    expect((await log("ERR_6001", "/x", details)).fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is filled for a plain insert by a service key, and kept where it is given", async () => {
    const insert = (body: object) =>
      fetch(`${stack.url}/rest/v1/error_log`, {
        method: "POST",
        headers: {
          apikey: stack.serviceRoleKey,
          authorization: `Bearer ${stack.serviceRoleKey}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
      });
    const plain = { error_code: "ERR_5001", endpoint: "/x", error_details: { message: "m" } };
    expect((await insert(plain)).status).toBe(201);
    expect((await insert({ ...plain, fingerprint: "payments" })).status).toBe(201);
    const found = await stack.sql`select fingerprint from public.error_log order by id`;
    expect(found.map((row) => row.fingerprint)).toEqual([await fingerprint("/x", "m"), "payments"]);
  });
});

describe("list_errors", () => {
  it.each([
    "list_errors(p_limit => 0)",
    "list_errors(p_limit => 1001)",
    "list_errors(p_limit => null)",
    "list_errors(p_before_id => 1)",
    "list_errors(p_before_created_at => now())",
  ])("refuses %s", async (call) => {
    await expect(stack.sql.unsafe(`select public.${call}`)).rejects.toMatchObject({ code: "22023" });
  });

  it("reads each filter, alone and with a time, by an index at a size where it matters", async () => {
    await stack.sql`
      insert into public.error_log (error_code, endpoint, language, request_id, user_id, created_at)
      select 'ERR_' || i % 7, '/e/' || chr(97 + i % 11), case when i % 100 = 0 then 'de' else 'en' end, 'req_' || i, null, now() - i * interval '10 seconds'
      from generate_series(1, 20000) i`;
    await stack.sql`analyze public.error_log`;
    const given = [
      [],
      ["code"],
      ["endpoint"],
      ["user_id"],
      ["language"],
      ["fingerprint"],
      ["request_id"],
      ["code", "endpoint"],
      ["code", "language"],
    ];
    for (const filters of given) {
      for (const more of [[], ["since"], ["since", "until", "before"]]) {
        const plan = await planOf([...filters, ...more]);
        expect([filters, plan]).toEqual([filters, expect.stringContaining("Index")]);
        expect([filters, plan]).toEqual([
          filters,
          expect.not.stringContaining("Seq Scan on public.error_log"),
        ]);
        // The log from its end, until enough is found, would be all of it for what no longer comes.
        if (filters.length > 0)
          expect([filters, plan]).toEqual([filters, expect.not.stringContaining("error_log_created_idx")]);
      }
    }
  });
});

/** How Postgres reads a page, for a value of each filter; the language is that of nearly all rows. */
async function planOf(given: string[]): Promise<string> {
  return stack.sql.begin(async (sql) => {
    const [row] = await sql`select vidops.error_page_statement(${given}) as statement`;
    await sql.unsafe(
      `prepare page (text, text, uuid, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) as ${row?.statement}`,
    );
    const plan = await sql.unsafe(
      `explain (verbose) execute page ('ERR_3', '/e/b', '${nobody}', 'en', 'abc', 'req_77', now() - interval '1 day', now(), now() - interval '1 hour', 5, 50)`,
    );
    await sql.unsafe("deallocate page");
    return plan.map((line) => line["QUERY PLAN"]).join("\n");
  });
}

describe("a project that has errors already", () => {
  const before = "20261125000000";

  it("gets groups and counts for them, and its own functions of these names are set aside", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, before);
    await sql`
      insert into public.error_log (error_code, endpoint, error_details, created_at)
      select 'ERR_5001', '/jobs/' || i, '{"message": "timed out"}', now() - i * interval '1 minute' from generate_series(1, 100) i`;
    await sql.unsafe("create function public.log_error(a text) returns void language sql as 'select 1'");
    await migrate(sql);
    expect(
      await sql`select count(distinct fingerprint)::int as groups, count(fingerprint)::int as rows from public.error_log`,
    ).toEqual([{ groups: 1, rows: 100 }]);
    const [top] = await sql`select public.top_errors('endpoint', now() - interval '1 day') as answer`;
    expect(top?.answer).toMatchObject({
      total: 100,
      counted_since: null,
      groups: [{ key: "/jobs/:id", count: 100 }],
    });
    expect(await sql`select name from vidops.replaced_objects`).toEqual([{ name: "log_error(text)" }]);
    expect(
      await sql`select p.oid::regprocedure::text as name from pg_proc p where proname = 'log_error'`,
    ).toHaveLength(1);
  });

  it("is adopted though keys of its rows are longer than an index takes", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, before);
    await sql`drop index public.idx_error_code`;
    await sql`
      insert into public.error_log (error_code, endpoint)
      select 'E', string_agg(md5(i::text), '') from generate_series(1, 2000) i`;
    await migrate(sql);
    expect(await sql`select length(endpoint) as length from public.error_log`).toEqual([{ length: 500 }]);
  });

  it("is told since when errors are counted, where it has more than could be grouped", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, "20261125000200");
    // As the migration before leaves them: older rows without a fingerprint.
    await sql`alter table public.error_log disable trigger error_log_prepare`;
    await sql`insert into public.error_log (error_code, endpoint, created_at) values ('E', '/old', now() - interval '3 hours')`;
    await sql`alter table public.error_log enable trigger error_log_prepare`;
    await sql`insert into public.error_log (error_code, endpoint) values ('E', '/new')`;
    await migrateFrom(sql, "20261125000200");
    const counted = async (since: string) => {
      const [row] = await sql`select public.top_errors('code', now() - ${since}::interval) as answer`;
      return row?.answer;
    };
    expect(await counted("30 minutes")).toMatchObject({ total: 1, counted_since: null });
    const whole = await counted("1 day");
    expect(whole).toMatchObject({ total: 1, counted_since: expect.any(String) });
    const age = Date.now() - Date.parse(whole.counted_since);
    expect(age).toBeGreaterThan(2.9 * 3_600_000);
    expect(age).toBeLessThan(3 * 3_600_000);
  });
});
