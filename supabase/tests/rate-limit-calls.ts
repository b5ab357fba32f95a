import type { TestStack } from "@vidops/local/testing";
import postgres from "postgres";

type Sql = TestStack["sql"];

/** A limit as check_rate_limits takes it. */
export interface Limit {
  readonly name: string;
  readonly per: "ip" | "user" | "global" | "key";
  readonly key?: string;
  readonly max_requests: number;
  readonly window_seconds: number;
}

/** How a limit stands, as the answers tell it. */
export interface LimitState {
  readonly name: string;
  readonly per: string;
  readonly subject: string | null;
  readonly limit: number;
  readonly window_seconds: number;
  readonly remaining: number;
  readonly allowed: boolean;
  readonly retry_after_ms: number;
  readonly reset_at: string;
  readonly reset_after_ms: number;
}

/** What check_rate_limits answers. */
export interface Answer {
  readonly success: boolean;
  readonly allowed: boolean;
  readonly limits: LimitState[];
  readonly reservation: string | null;
}

/** What check_rate_limit answers. */
export interface ShortAnswer {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly retry_after: number;
  readonly retry_after_ms: number;
  readonly reset_at: string;
  readonly reset_after_ms: number;
}

/** A limit of a key of the app's own. */
export function keyLimit(key: string, max_requests: number, window_seconds = 60, name = "per_key"): Limit {
  return { name, per: "key", key, max_requests, window_seconds };
}

/** A limit per address. */
export function ipLimit(max_requests: number, window_seconds = 60): Limit {
  return { name: "per_ip", per: "ip", max_requests, window_seconds };
}

/** Calls check_rate_limit. */
export async function checkOne(
  sql: Sql,
  ip: string,
  action: string,
  max: number,
  window = 60,
  cost = 1,
): Promise<ShortAnswer> {
  const [row] =
    await sql`select public.check_rate_limit(${ip}, ${action}, ${max}, ${window}, p_cost => ${cost}) as answer`;
  return row?.answer;
}

/** Calls check_rate_limits with limits of its own. */
export async function checkMany(
  sql: Sql,
  action: string,
  limits: readonly Limit[],
  more: { ip?: string; user?: string; cost?: number; reserve?: boolean; unlogged?: number } = {},
): Promise<Answer> {
  const [row] = await sql`
    select public.check_rate_limits(${action}, ${more.ip ?? null}, ${more.user ?? null}, ${sql.json(limits as never)},
      ${more.cost ?? 1}, ${more.reserve ?? false}, ${more.unlogged ?? 0}) as answer`;
  return row?.answer;
}

/** Runs an SQL text and gives its one answer. */
export async function ask<T = Record<string, unknown>>(sql: Sql, call: string): Promise<T> {
  const [row] = await sql.unsafe(`select public.${call} as answer`);
  return row?.answer as T;
}

/** Runs work on connections of its own, all of them open before it starts. */
export async function withConnections<T>(
  dbUrl: string,
  count: number,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = postgres(dbUrl, { max: count, onnotice: () => {} });
  try {
    await Promise.all(Array.from({ length: count }, () => sql`select pg_sleep(0.05)`));
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** Calls something many times at once. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

/** The SQLSTATE a promise is rejected with, or null when it is not. */
export async function failure(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** All that limits have counted, to compare what was there before with what is there after. */
export async function counted(sql: Sql): Promise<unknown[]> {
  return Array.from(
    await sql`
    select subject, action, window_seconds, totals::text, times::text, max_requests
    from vidops.rate_limit_state where cardinality(times) > 1 or times[1] > '-infinity' order by 1, 2, 3`,
  );
}

/** Moves all that limits have counted into the past, as if the database had waited; `by` is an SQL interval, of the row `s`. */
export async function age(sql: Sql, by: string): Promise<void> {
  await sql.unsafe(`
    update vidops.rate_limit_state s set expires_at = expires_at - ${by}, free_at = free_at - ${by},
      times = array(select t - ${by} from unnest(s.times) with ordinality u(t, i) order by i)`);
}

/** Random numbers in [0, 1) that are the same in each run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
