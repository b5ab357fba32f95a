import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { fillErrorLog, rows } from "./error-log-fill.ts";
import { insertCost } from "./error-log-inserts.ts";
import { sayPlans } from "./error-log-plans.ts";
import { type Benchmark, type Comparison, compare, median, percentile } from "./measure.ts";

/** What `vidops errors list` and `top` may take in the database, in milliseconds. */
const boundMs = 100;
const repeats = 100;
const seedRepeats = 3;

interface Question {
  readonly what: string;
  /** One call; `any` makes each another one. */
  readonly ask: (sql: Sql, any: Choice) => Promise<unknown>;
  /** The same of the seed's table, as its document would have it; where it lacks the column, of one that it has no index for. */
  readonly seed: (sql: Sql, any: Choice) => Promise<unknown>;
  /** False for what grows with the rows of one user and so keeps no bound. */
  readonly bounded?: false;
}

/** Values that are in the table, drawn anew for each call. */
interface Choice {
  readonly code: string;
  readonly endpoint: string;
  readonly user: string;
  /** Who has the most errors: 3 in 100. */
  readonly worstUser: string;
  readonly fingerprint: string;
  readonly request: string;
  readonly deep: { readonly created_at: string; readonly id: string };
}

const page = (sql: Sql, where: ReturnType<Sql>) => sql`
  select id, user_id, error_code, endpoint, created_at, error_details ->> 'message' from public.seed_error_log
  where ${where} order by created_at desc, id desc limit 51`;
const seedTop = (sql: Sql, column: string) => sql`
  select ${sql(column)}, count(*) filter (where created_at >= now() - interval '24 hours'), count(*) from public.seed_error_log
  where created_at >= now() - interval '48 hours' group by 1 order by 2 desc limit 20`;
const byEndpoint = (sql: Sql, any: Choice) => page(sql, sql`endpoint = ${any.endpoint}`);

const questions: readonly Question[] = [
  { what: "list", ask: (sql) => sql`select public.list_errors()`, seed: (sql) => page(sql, sql`true`) },
  {
    what: "list, a cursor deep inside",
    ask: (sql, { deep }) =>
      sql`select public.list_errors(p_before_created_at => ${deep.created_at}, p_before_id => ${deep.id})`,
    seed: (sql, { deep }) => page(sql, sql`(created_at, id) < (${deep.created_at}, ${deep.id})`),
  },
  {
    what: "list --code",
    ask: (sql, { code }) => sql`select public.list_errors(p_code => ${code})`,
    seed: (sql, { code }) => page(sql, sql`error_code = ${code}`),
  },
  {
    what: "list --endpoint",
    ask: (sql, { endpoint }) => sql`select public.list_errors(p_endpoint => ${endpoint})`,
    seed: byEndpoint,
  },
  {
    what: "list --code --endpoint, often together or never",
    ask: (sql, { code, endpoint }) =>
      sql`select public.list_errors(p_code => ${code}, p_endpoint => ${endpoint})`,
    seed: (sql, { code, endpoint }) => page(sql, sql`error_code = ${code} and endpoint = ${endpoint}`),
  },
  {
    what: "list --user",
    ask: (sql, { user }) => sql`select public.list_errors(p_user_id => ${user})`,
    seed: (sql, { user }) => page(sql, sql`user_id = ${user}`),
  },
  {
    what: "list --language en",
    ask: (sql) => sql`select public.list_errors(p_language => 'en')`,
    seed: byEndpoint,
  },
  {
    what: "list --language ja, 1 row in 100,000",
    ask: (sql) => sql`select public.list_errors(p_language => 'ja')`,
    seed: byEndpoint,
  },
  {
    what: "list --code --language ja",
    ask: (sql, { code }) => sql`select public.list_errors(p_code => ${code}, p_language => 'ja')`,
    seed: byEndpoint,
  },
  {
    what: "list --fingerprint",
    ask: (sql, { fingerprint }) => sql`select public.list_errors(p_fingerprint => ${fingerprint})`,
    seed: byEndpoint,
  },
  {
    what: "list --request-id",
    ask: (sql, { request }) => sql`select public.list_errors(p_request_id => ${request})`,
    seed: byEndpoint,
  },
  {
    what: "list --endpoint --since 24h, 1000 entries",
    ask: (sql, { endpoint }) =>
      sql`select public.list_errors(p_endpoint => ${endpoint}, p_since => now() - interval '24 hours', p_limit => 1000)`,
    seed: byEndpoint,
  },
  ...(["code", "endpoint", "fingerprint"] as const).map((by) => ({
    what: `top --since 24h --by ${by}, an outage in it`,
    ask: (sql: Sql) => sql`select public.top_errors(${by}, now() - interval '24 hours')`,
    seed: (sql: Sql) => seedTop(sql, by === "endpoint" ? "endpoint" : "error_code"),
  })),
  {
    what: "top --since 24h --user",
    ask: (sql, { user }) =>
      sql`select public.top_errors('code', now() - interval '24 hours', p_user_id => ${user})`,
    seed: (sql, { user }) => sql`
      select error_code, count(*) from public.seed_error_log where user_id = ${user} and created_at >= now() - interval '48 hours' group by 1 order by 2 desc limit 20`,
  },
  {
    what: "top --since 24h --user, of the user with most errors",
    ask: (sql, { worstUser }) =>
      sql`select public.top_errors('code', now() - interval '24 hours', p_user_id => ${worstUser})`,
    seed: (sql, { worstUser }) => sql`
      select error_code, count(*) from public.seed_error_log where user_id = ${worstUser} and created_at >= now() - interval '48 hours' group by 1 order by 2 desc limit 20`,
    bounded: false,
  },
];

/** Reading and writing the error log at 10,000,000 rows, against the seed's table with its two indexes. */
export const errorLog: Benchmark = {
  name: "error-log",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    try {
      await fillErrorLog(sql, say);
      return await measureErrorLog(sql, stack.dbUrl, say);
    } finally {
      await sql.end();
    }
  },
};

/** Measures a database that fillErrorLog has filled. */
export async function measureErrorLog(
  sql: Sql,
  dbUrl: string,
  say: (line: string) => void,
): Promise<Comparison[]> {
  const [before, after] = [await sizes(sql, "public.seed_error_log"), await sizes(sql, "public.error_log")];
  const [counts] = await sizes(sql, "vidops.error_counts");
  for (const { name, bytes } of [...before, ...after, ...(counts === undefined ? [] : [counts])]) {
    say(`${name}: ${(bytes / 2 ** 20).toFixed(0)} MB, ${(bytes / rows).toFixed(1)} bytes a row`);
  }
  const indexBytes = (list: readonly Size[]): number =>
    list.reduce((sum, one) => sum + (one.index ? one.bytes : 0), 0);
  await sayPlans(sql, say);

  const choices = await drawChoices(sql);
  const slowest = { what: "", p95: 0 };
  const comparisons: Comparison[] = [];
  for (const { what, ask, seed, bounded = true } of questions) {
    const times = await timesOf(repeats, (index) => ask(sql, choices[index] as Choice));
    const seedTimes = await timesOf(seedRepeats, (index) => seed(sql, choices[index] as Choice));
    const p95 = percentile(times, 0.95);
    if (bounded && p95 > slowest.p95) Object.assign(slowest, { what, p95 });
    say(
      `${what}: p50 ${median(times).toFixed(2)} ms, p95 ${p95.toFixed(2)} ms; seed's table p50 ${median(seedTimes).toFixed(0)} ms`,
    );
    comparisons.push(
      compare({
        what: `p95 of ${what}`,
        unit: "ms",
        value: p95,
        baseline: "the seed's table",
        baselineValue: median(seedTimes),
        bound: null,
      }),
    );
  }
  comparisons.push(
    compare({
      what: `slowest p95 (${slowest.what})`,
      unit: "ms",
      value: slowest.p95,
      baseline: "the bound",
      baselineValue: boundMs,
      bound: { atMost: 1 },
    }),
    compare({
      what: "disk of all indexes, bytes a row",
      unit: "B",
      value: indexBytes(after) / rows,
      baseline: "the seed's indexes",
      baselineValue: indexBytes(before) / rows,
      bound: null,
    }),
  );
  for (const connections of [1, 16]) comparisons.push(...(await insertCost(dbUrl, connections)));
  return comparisons;
}

async function timesOf(count: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const started = performance.now();
    await work(index);
    times.push(performance.now() - started);
  }
  return times;
}

/** Values spread over the whole table: half from rows as they are met (frequent ones), half from kinds (rare ones). */
async function drawChoices(sql: Sql): Promise<Choice[]> {
  const drawn = await sql<
    {
      code: string;
      endpoint: string;
      fingerprint: string;
      request: string;
      created_at: string;
      id: string;
    }[]
  >`
    select e.error_code as code, e.endpoint, e.fingerprint, e.request_id as request, e.created_at::text, e.id::text
    from (select 1 + (random() * (${rows} - 1))::bigint as id from generate_series(1, ${repeats})) r join public.error_log e using (id)`;
  const kinds = await sql<{ code: string; endpoint: string; fingerprint: string }[]>`
    select distinct error_code as code, endpoint, fingerprint from vidops.error_counts order by fingerprint limit ${repeats}`;
  const users = await sql<{ id: string }[]>`select id from public.users order by random() limit ${repeats}`;
  const [worst] = await sql<{ user: string }[]>`
    select user_id as user from public.error_log where user_id is not null and created_at >= now() - interval '6 hours'
    group by 1 order by count(*) desc limit 1`;
  return Array.from({ length: repeats }, (_, index) => {
    const row = drawn[index % drawn.length];
    const kind = index % 2 === 0 ? row : kinds[index % kinds.length];
    const other = kinds[(index * 7) % kinds.length];
    if (row === undefined || kind === undefined || other === undefined) throw new Error("the table is empty");
    return {
      code: kind.code,
      endpoint: index % 3 === 0 ? other.endpoint : kind.endpoint,
      user: users[index % users.length]?.id ?? "",
      worstUser: worst?.user ?? "",
      fingerprint: kind.fingerprint,
      request: row.request,
      deep: { created_at: row.created_at, id: row.id },
    };
  });
}

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly index: boolean;
}

async function sizes(sql: Sql, table: string): Promise<Size[]> {
  const found = await sql`
    select ${table} as name, pg_table_size(${table})::float8 as bytes, false as index
    union all select indexrelid::regclass::text, pg_relation_size(indexrelid), true from pg_index where indrelid = ${table}::regclass order by 3, 1`;
  return found.map(({ name, bytes, index }) => ({ name, bytes, index }));
}
