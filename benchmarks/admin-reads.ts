import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { fillAdminReads, people, size } from "./admin-reads-fill.ts";
import { sayAdminPlans } from "./admin-reads-plans.ts";
import { type Benchmark, type Comparison, compare, median, percentile } from "./measure.ts";

/**
 * What operators read, at a million users and ten million jobs and ledger rows: searches by any text, the support view, what users
 * did by day, acts and models. Each against its bound, and a search by part of an email also against the scan that it replaces.
 */
export const adminReads: Benchmark = {
  name: "admin-reads",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      await fillAdminReads(sql, say);
      return await measureAdminReads(sql, say);
    } finally {
      await sql.end();
    }
  },
};

/** Texts that many users have, few, one and none; words, halves of words, single characters, and what is in between. */
const texts = [
  ...["example.com", "a", ".com", "e", "@", "_", "zoe", "gmail.tes", "mail.example.com", "mpl"],
  ...["ada.lovelace", "thomasroman", "ngozi-okafor", "lace7", "9@hot", "777", "1234", "roman9999"],
  ...["oldcompany", "wilhelm.quist123", "com.example", "nobody-at-all", "le.le", "q@", "zz", "§", "%"],
] as const;

/** Measures on tables that are filled. */
export async function measureAdminReads(sql: Sql, say: (line: string) => void): Promise<Comparison[]> {
  const rows: Comparison[] = [];
  const timed = async (call: string, values: readonly (string | number | null)[] = []): Promise<number> => {
    const started = performance.now();
    await sql.unsafe(`select ${call} as answer`, [...values]);
    return performance.now() - started;
  };
  const report = (what: string, times: readonly number[], milliseconds: number | null): void => {
    const p95 = percentile(times, 0.95);
    say(
      `${what}: ${times.length} calls, p50 ${median(times).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`,
    );
    rows.push(
      compare({
        what: `p95 of ${what}`,
        unit: "ms",
        value: p95,
        ...{
          baseline: milliseconds === null ? "its median" : "the bound",
          baselineValue: milliseconds ?? median(times),
        },
        bound: milliseconds === null ? null : { atMost: 1 },
      }),
    );
  };
  const user = (nr: number): string => `bench_id('user', ${nr})`;
  const anybody = (): string => user(1 + Math.floor(Math.random() * size.users));

  const searches: number[] = [];
  for (let round = 0; round < 5; round++)
    for (const text of texts) searches.push(await timed("search_users(p_query => $1)", [text]));
  report("search_users by part of an email, the first page", searches, 100);
  const [middle] =
    await sql`select created_at::text as at, id from public.users where id = bench_id('user', ${size.users / 8})`;
  const deep: number[] = [];
  for (let round = 0; round < 3; round++)
    for (const text of texts)
      deep.push(
        await timed("search_users(p_query => $1, p_before_created_at => $2, p_before_id => $3)", [
          text,
          middle?.at,
          middle?.id,
        ]),
      );
  report("search_users, a page behind 875,000 users", deep, 100);
  const filtered: number[] = [];
  for (let round = 0; round < 5; round++)
    for (const filter of [
      "p_is_admin => true",
      "p_banned => true",
      "p_tier => 'premium'",
      "p_is_guest => true",
      "p_is_admin => true, p_banned => true",
    ])
      for (const text of ["", "ada", "e"])
        filtered.push(await timed(`search_users(p_query => $1, ${filter})`, [text]));
  report("search_users with filters", filtered, 100);
  const ids: number[] = [];
  for (let call = 0; call < 50; call++) {
    const [row] = await sql.unsafe(
      `select left(${anybody()}::text, 8) as id, bench_id('job', ${1 + Math.floor(Math.random() * size.jobs)})::text as job`,
    );
    ids.push(
      await timed("search_users(p_query => $1)", [row?.id]),
      await timed("search_users(p_query => $1)", [row?.job]),
    );
  }
  report("search_users by the beginning of an id and by a job", ids, 100);
  const scans: number[] = [];
  for (const text of ["com.example", "q@", "wilhelm.quist123"]) {
    const started = performance.now();
    await sql`select * from public.users where lower(email) like ${`%${text}%`} order by created_at desc limit 50`;
    scans.push(performance.now() - started);
  }
  rows.push(
    compare({
      what: "search_users by what hardly anybody has",
      unit: "ms",
      value: median(
        await Promise.all([0, 1, 2].map(() => timed("search_users(p_query => $1)", ["com.example"]))),
      ),
      ...{ baseline: "a scan with like", baselineValue: median(scans) },
      bound: { atMost: 1 },
    }),
  );

  const ordinary: number[] = [];
  for (let call = 0; call < 300; call++) ordinary.push(await timed(`get_user_overview(${anybody()})`));
  report("get_user_overview of anybody", ordinary, 100);
  for (const [name, nr] of [
    ["of a user with 5,000 jobs", people.jobs],
    ["of a user with 100,000 ledger rows", people.ledger],
  ] as const) {
    const times: number[] = [];
    for (let call = 0; call < 40; call++) times.push(await timed(`get_user_overview(${user(nr)})`));
    report(`get_user_overview ${name}`, times, 100);
  }

  await sql`truncate vidops.user_days`;
  for (const days of [7, 30]) {
    const parts: number[] = [];
    for (;;) {
      const started = performance.now();
      const [row] =
        await sql`select user_stats(now() - make_interval(days => ${days})) -> 'days_to_count' as left`;
      parts.push(performance.now() - started);
      if (row?.left === 0) break;
    }
    const first = parts.reduce((sum, each) => sum + each, 0);
    say(
      `user_stats of ${days} days, counted for the first time: ${parts.length} calls, ${(first / 1000).toFixed(1)} s, the longest ${(Math.max(...parts) / 1000).toFixed(1)} s`,
    );
    const again: number[] = [];
    for (let call = 0; call < 10; call++)
      again.push(await timed(`user_stats(now() - interval '${days} days')`));
    report(`user_stats of ${days} days and the ${days} before, counted`, again, null);
  }
  const own: number[] = [];
  for (let call = 0; call < 50; call++)
    own.push(await timed(`user_stats(now() - interval '30 days', null, ${anybody()})`));
  report("user_stats of one user, 30 days", own, null);

  const lists: number[] = [];
  for (let call = 0; call < 20; call++)
    for (const filter of [
      "",
      "p_action_type => 'user_ban'",
      `p_admin_user_id => ${user(2000)}`,
      `p_target_user_id => ${anybody()}`,
      "p_ticket => 'SUP-5000'",
      "p_before_created_at => now() - interval '80 days', p_before_id => 100000",
    ])
      lists.push(await timed(`list_admin_actions(${filter})`));
  report(`list_admin_actions of ${size.actions.toLocaleString("en")}, by each filter`, lists, 100);
  const models: number[] = [];
  for (let call = 0; call < 5; call++)
    models.push(await timed("list_model_usage(p_since => now() - interval '7 days')"));
  report("list_model_usage with the use of 7 days", models, null);
  await sayAdminPlans(sql, say);
  return rows;
}
