import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  atOnce,
  checkMany,
  checkOne,
  failure,
  ipLimit,
  keyLimit,
  withConnections,
} from "./rate-limit-calls.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(async () => {
  await stack.sql`truncate vidops.rate_limit_state, public.rate_limit_log`;
});

const ip = "203.0.113.7";
const logged = () => stack.sql`
  select allowed, limit_name, sum(requests)::int as requests, count(*)::int as rows from public.rate_limit_log group by 1, 2 order by 1, 2`;
const perUser = { name: "per_user", per: "user", max_requests: 100, window_seconds: 60 } as const;

/** A connection of its own: what the log keeps goes by connection. */
function fresh<T>(work: (sql: TestStack["sql"]) => Promise<T>): Promise<T> {
  return withConnections(stack.dbUrl, 1, work);
}

describe("the log of decisions", () => {
  it("tells who asked for what, when, whether it was admitted, and the limit that refused", async () => {
    const user = (await stack.createUser()).id;
    await fresh(async (sql) => {
      await sql`select public.check_rate_limit(${ip}, 'short', 1, 60, ${user})`;
      await sql`select public.check_rate_limit(${ip}, 'short', 1, 60, ${user})`;
      await sql`select public.check_rate_limit(null, 'by user', 1, 60, ${user})`;
      await sql`select public.check_rate_limit(null, 'by user', 1, 60, ${user})`;
      await checkMany(sql, "long", [keyLimit("k", 1, 60, "sessions"), ipLimit(9)], {
        ip: "unknown",
        cost: 1,
      });
      await checkMany(sql, "long", [keyLimit("k", 1, 60, "sessions"), ipLimit(9)], {
        ip: "2001:db8::1",
        user,
      });
    });
    expect(
      await stack.sql`
      select ip_address, action, user_id, allowed, requests, limit_name from public.rate_limit_log order by id`,
    ).toEqual([
      { ip_address: ip, action: "short", user_id: user, allowed: true, requests: 1, limit_name: null },
      { ip_address: ip, action: "short", user_id: user, allowed: false, requests: 1, limit_name: "per_ip" },
      { ip_address: null, action: "by user", user_id: user, allowed: true, requests: 1, limit_name: null },
      {
        ip_address: null,
        action: "by user",
        user_id: user,
        allowed: false,
        requests: 1,
        limit_name: "per_user",
      },
      { ip_address: null, action: "long", user_id: null, allowed: true, requests: 1, limit_name: null },
      {
        ip_address: "2001:db8::/64",
        action: "long",
        user_id: user,
        allowed: false,
        requests: 1,
        limit_name: "sessions",
      },
    ]);
    const [row] =
      await stack.sql`select bool_and(created_at between now() - interval '1 minute' and now()) as recent from public.rate_limit_log`;
    expect(row).toEqual({ recent: true });
  });

  it("has the same address for one client whichever function was asked", async () => {
    for (const address of ["2001:DB8::1", "::ffff:203.0.113.7", "203.0.113.7"]) {
      await fresh(async (sql) => {
        await checkOne(sql, address, "same", 5);
        await checkMany(sql, "same", [ipLimit(5)], { ip: address });
      });
      const rows = await stack.sql`select distinct ip_address from public.rate_limit_log`;
      expect(rows).toHaveLength(1);
      await stack.sql`truncate public.rate_limit_log`;
    }
  });

  it("is exact below 20 decisions a second", async () => {
    await fresh(async (sql) => {
      for (let call = 0; call < 18; call++) await checkOne(sql, ip, "few", 5);
    });
    expect(await logged()).toEqual([
      { allowed: false, limit_name: "per_ip", requests: 13, rows: 13 },
      { allowed: true, limit_name: null, requests: 5, rows: 5 },
    ]);
  });

  // The chance that a sample of one in a hundred is off by more than five standard deviations is one in a million.
  it.each([
    ["check_rate_limit", `public.check_rate_limit('${ip}', 'flood', 1, 3600)`, "per_ip"],
    [
      "check_rate_limits",
      `public.check_rate_limits('flood', '${ip}', null, '[{"name":"per_ip","per":"ip","max_requests":1,"window_seconds":3600}]')`,
      "per_ip",
    ],
    ["check_rate_limit's admissions", `public.check_rate_limit('${ip}', 'flood', 1000000, 3600)`, null],
    [
      "check_rate_limits's admissions",
      `public.check_rate_limits('flood', '${ip}', null, '[{"name":"x","per":"ip","max_requests":1000000,"window_seconds":3600}]')`,
      null,
    ],
  ])("keeps few rows of a flood of %s, and they add up to it but for chance", async (_, call, limitName) => {
    await fresh(async (sql) => {
      if (limitName !== null) await sql.unsafe(`select ${call}`);
      await sql.unsafe(`do $$ begin for i in 1 .. 5000 loop perform ${call}; end loop; end $$`);
      const [row] = await sql`
        select sum(requests)::int as requests, count(*)::int as rows from public.rate_limit_log where limit_name is not distinct from ${limitName}`;
      expect(Math.abs(row?.requests - 5_000)).toBeLessThan(5 * Math.sqrt(5_000 * 99));
      expect(row?.rows).toBeLessThan(20 * 10 + 150);
    });
  });

  it("has what clients answered by themselves, whole, when the next request is refused and when it is admitted", async () => {
    await fresh(async (sql) => {
      await checkMany(sql, "told", [ipLimit(2)], { ip });
      await checkMany(sql, "told", [ipLimit(2)], { ip, unlogged: 40 });
      await checkMany(sql, "told", [ipLimit(2)], { ip, unlogged: 500 });
      // Also once the connection keeps samples only.
      await sql.unsafe(
        `do $$ begin for i in 1 .. 200 loop perform public.check_rate_limit('${ip}', 'noise', 1000, 60); end loop; end $$`,
      );
      await checkMany(sql, "told", [ipLimit(2)], { ip, unlogged: 7_000 });
    });
    const rows =
      await stack.sql`select allowed, requests from public.rate_limit_log where action = 'told' order by requests`;
    expect(rows.filter((row) => !row.allowed).map((row) => row.requests)).toEqual([40, 501, 7_001]);
    expect(rows.filter((row) => row.allowed)).toHaveLength(2);
  });

  it("goes with the decision: what is rolled back is not logged", async () => {
    await stack.sql
      .begin(async (transaction) => {
        await transaction`select public.check_rate_limit(${ip}, 'undone', 1, 60)`;
        throw new Error("undone");
      })
      .catch(() => {});
    expect(await logged()).toEqual([]);
    expect(await checkOne(stack.sql, ip, "undone", 1)).toMatchObject({ allowed: true });
  });
});

describe("a user in the log", () => {
  it("who is not in public.users costs no decision and is left out", async () => {
    const stranger = "00000000-0000-4000-8000-00000000dead";
    await fresh(async (sql) => {
      expect(await checkMany(sql, "stranger", [perUser], { user: stranger })).toMatchObject({
        allowed: true,
      });
      expect(
        (await sql`select public.check_rate_limit(null, 'stranger', 9, 60, ${stranger}) as answer`)[0]
          ?.answer,
      ).toMatchObject({
        allowed: true,
      });
    });
    expect(await stack.sql`select user_id from public.rate_limit_log`).toEqual([
      { user_id: null },
      { user_id: null },
    ]);
  });

  it.each(["for update", "for no key update", "for share"])(
    "whose row somebody holds %s is decided about at once",
    async (lock) => {
      const user = (await stack.createUser()).id;
      await stack.sql.begin(async (other) => {
        await other.unsafe(`select from public.users where id = '${user}' ${lock}`);
        await fresh(async (sql) => {
          const started = performance.now();
          await checkMany(sql, "held", [perUser, ipLimit(1)], { user, ip });
          await checkMany(sql, "held", [perUser, ipLimit(1)], { user, ip });
          await sql`select public.check_rate_limit(${ip}, 'held too', 1, 60, ${user})`;
          await sql`select public.check_rate_limit(${ip}, 'held too', 1, 60, ${user})`;
          expect(performance.now() - started).toBeLessThan(1_000);
        });
      });
      expect(await stack.sql`select from public.rate_limit_log where action like 'held%'`).toHaveLength(4);
    },
  );

  it("who is deleted meanwhile costs no decision", async () => {
    const user = (await stack.createUser()).id;
    await withConnections(stack.dbUrl, 8, async (sql) => {
      const codes = await stack.sql.begin(async (other) => {
        await other`delete from public.users where id = ${user}`;
        return await atOnce(8, (index) =>
          failure(
            index % 2 === 0
              ? checkMany(sql, "deleted", [perUser], { user })
              : sql`select public.check_rate_limit(${ip}, 'deleted', 9, 60, ${user})`,
          ),
        );
      });
      expect(codes).toEqual(Array.from({ length: 8 }, () => null));
    });
  });

  it("does not hold up what charges that user, while the deciding transaction is open", async () => {
    const user = (await stack.createUser({ credits: 5 })).id;
    await fresh((sql) =>
      sql.begin(async (open) => {
        await open`select public.check_rate_limit(${ip}, 'open', 9, 60, ${user})`;
        const started = performance.now();
        await stack.sql`select public.deduct_credits(${user}, 1)`;
        expect(performance.now() - started).toBeLessThan(1_000);
      }),
    );
  });
});
