import type { TestStack } from "@vidops/local/testing";

type Sql = TestStack["sql"];

/** What a simulated call asks. Times are microseconds since the simulation's start. */
export interface Call {
  readonly at: number;
  readonly max: number;
  readonly cost: number;
  /** Gives back the slots of the call of this index before it asks. */
  readonly release?: number;
  /** Of calls that share one state: which function is asked, check_rate_limit or check_rate_limits. */
  readonly via?: "one" | "many";
  /** Of calls that share one state: what happens to it before the call. */
  readonly before?: "forget" | "reset";
}

/** What each function answered to a call. */
export interface Verdict {
  readonly one: boolean;
  readonly many: boolean;
  readonly oneRemaining: number;
  readonly manyRemaining: number;
  /** In milliseconds; of check_rate_limits. */
  readonly retryAfterMs: number;
  /** In seconds; of check_rate_limit. */
  readonly retryAfter: number;
}

/**
 * Makes all functions of this database ask a clock that the test sets. They stay what they are, word for word, but for
 * `clock_timestamp()`, so hours of requests are judged in seconds by the SQL that the product runs.
 */
export async function simulateClock(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema simulation;
    create function simulation.clock() returns timestamptz language sql volatile as $$
      select pg_catalog.current_setting('simulation.clock')::timestamptz
    $$;
    do $$
    declare
      v_definition text;
    begin
      for v_definition in
        select pg_get_functiondef(oid) from pg_proc
        where pronamespace in ('public'::regnamespace, 'vidops'::regnamespace) and prokind = 'f' and prosrc like '%clock_timestamp()%'
      loop
        execute replace(v_definition, 'clock_timestamp()', 'simulation.clock()');
      end loop;
    end $$;
    create function simulation.run(p_key text, p_window integer, p_reserve boolean, p_at bigint[], p_max integer[], p_cost integer[], p_release integer[])
    returns setof jsonb language plpgsql as $$
    declare
      v_one jsonb;
      v_many jsonb;
    begin
      for i in 1 .. cardinality(p_at) loop
        perform set_config('simulation.clock', (timestamptz '2026-03-01' + p_at[i] * interval '1 microsecond')::text, true);
        if p_release[i] is not null then
          perform public.release_rate_limit(r.reservation) from simulation.reservations r where r.key = p_key and r.call = p_release[i] and r.reservation is not null;
        end if;
        v_one := case when not p_reserve then public.check_rate_limit('203.0.113.7', p_key || ' one', p_max[i], p_window, null, p_cost[i]) end;
        v_many := public.check_rate_limits(p_key || ' many', '203.0.113.7', null,
          jsonb_build_array(jsonb_build_object('name', 'per_ip', 'per', 'ip', 'max_requests', p_max[i], 'window_seconds', p_window)), p_cost[i], p_reserve);
        insert into simulation.reservations values (p_key, nextval('simulation.calls') - 1, (v_many ->> 'reservation')::uuid);
        return next jsonb_build_array(v_one -> 'allowed', v_many -> 'allowed', v_one -> 'remaining', v_many #> '{limits,0,remaining}',
          v_many #> '{limits,0,retry_after_ms}', v_one -> 'retry_after');
      end loop;
    end $$;
    create function simulation.run_shared(p_key text, p_window integer, p_admin uuid, p_calls jsonb)
    returns setof jsonb language plpgsql as $$
    declare
      c record;
      v_limits jsonb;
      v_answer jsonb;
    begin
      for c in select * from jsonb_to_recordset(p_calls) as r(index integer, at bigint, max integer, cost integer, release integer, via text, before text) loop
        perform set_config('simulation.clock', (timestamptz '2026-03-01' + c.at * interval '1 microsecond')::text, true);
        v_limits := jsonb_build_array(jsonb_build_object('name', 'per_ip', 'per', 'ip', 'max_requests', c.max, 'window_seconds', p_window));
        case c.before
          when 'forget' then perform public.forget_rate_limits(p_key, v_limits, '203.0.113.7');
          when 'reset' then perform public.reset_rate_limits(p_key, 'ip', '203.0.113.7', 'because', p_admin);
          else null;
        end case;
        perform public.release_rate_limit(r.reservation) from simulation.reservations r where r.key = p_key and r.call = c.release and r.reservation is not null;
        if c.via = 'one' then
          v_answer := public.check_rate_limit('203.0.113.7', p_key, c.max, p_window, null, c.cost);
        else
          v_answer := public.check_rate_limits(p_key, '203.0.113.7', null, v_limits, c.cost, true);
          insert into simulation.reservations values (p_key, c.index, (v_answer ->> 'reservation')::uuid);
          v_answer := v_answer #> '{limits,0}' || jsonb_build_object('allowed', v_answer -> 'allowed');
        end if;
        return next v_answer;
      end loop;
    end $$;
    create table simulation.reservations (key text, call bigint, reservation uuid, primary key (key, call));
    create sequence simulation.calls;`);
}

/**
 * What both functions answer to calls, in their order.
 *
 * @param reserve makes reservations, which only check_rate_limits can; the verdicts of `one` are then undefined.
 */
export async function simulate(
  sql: Sql,
  key: string,
  window: number,
  calls: readonly Call[],
  reserve = false,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  await sql`alter sequence simulation.calls restart`;
  // A transaction for some hundred calls: old versions of a row can go only when theirs has ended.
  for (let from = 0; from < calls.length; from += 300) {
    const some = calls.slice(from, from + 300);
    const rows = await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '20s'`;
      return await transaction`
        select simulation.run(${key}, ${window}, ${reserve}, ${some.map((call) => call.at)}::bigint[], ${some.map((call) => call.max)}::integer[],
          ${some.map((call) => call.cost)}::integer[], ${some.map((call) => call.release ?? null)}::integer[]) as v`;
    });
    for (const { v } of rows) {
      const [one, many, oneRemaining, manyRemaining, retryAfterMs, retryAfter] = v;
      verdicts.push({ one, many, oneRemaining, manyRemaining, retryAfterMs, retryAfter });
    }
  }
  return verdicts;
}

/** What a function answered, in the words that both share. */
export interface SharedVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retry_after_ms: number;
  readonly reset_after_ms: number;
}

/** What the functions answer to calls that all share one state, in their order. */
export async function simulateShared(
  sql: Sql,
  key: string,
  window: number,
  admin: string,
  calls: readonly Call[],
): Promise<SharedVerdict[]> {
  const verdicts: SharedVerdict[] = [];
  for (let from = 0; from < calls.length; from += 300) {
    const some = calls.slice(from, from + 300).map((call, place) => ({ index: from + place, ...call }));
    const rows = await sql.begin(async (transaction) => {
      await transaction`set local statement_timeout = '20s'`;
      return await transaction`select simulation.run_shared(${key}, ${window}, ${admin}, ${sql.json(some)}) as v`;
    });
    verdicts.push(...rows.map((row) => row.v));
  }
  return verdicts;
}

/** Calls that try a limit where limits give way: at, a hair before and a hair after the end of what was there a window ago, in bursts, at random. */
export function arrivals(
  random: () => number,
  count: number,
  window: number,
  next: (index: number) => Omit<Call, "at">,
): Call[] {
  const w = window * 1_000_000;
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const calls: Call[] = [];
  let at = 0;
  let echo: number[] = [];
  for (let index = 0; index < count; index++) {
    if (echo.length === 0 && random() < 0.01) echo = calls.slice(-upTo(60) - 1).map((call) => call.at);
    const earlier = echo.shift();
    const kind = random();
    const call = next(index);
    if (earlier !== undefined) at = Math.max(at, earlier + w - 1 + upTo(2));
    else if (kind * call.max < 1) at += upTo(w * 1.3);
    else if (kind < 0.6) at += upTo(3);
    else if (kind < 0.9) at += upTo(w / call.max);
    else if (kind < 0.94) at = (Math.floor(at / (w / 100)) + 1) * (w / 100) - 1 + upTo(2);
    calls.push({ at, ...call });
  }
  return calls;
}

/** A limiter that keeps every hit: what a rolling window means. */
export class EveryHit {
  private readonly hits: { at: number; cost: number; call: number }[] = [];
  private readonly window: number;

  constructor(windowSeconds: number) {
    this.window = windowSeconds * 1_000_000;
  }

  /** How many there were in (at - window - slack, at]; times in microseconds. */
  used(at: number, slack = 0): number {
    while (this.hits[0] !== undefined && this.hits[0].at <= at - 2 * this.window) this.hits.shift();
    return this.hits.reduce((sum, hit) => (hit.at > at - this.window - slack ? sum + hit.cost : sum), 0);
  }

  /** How many milliseconds a request has to wait that does not fit. */
  waitMs({ at, max, cost }: Call): number {
    let free = max - this.used(at);
    for (const hit of this.hits) {
      if (hit.at <= at - this.window) continue;
      free += hit.cost;
      if (free >= cost) return Math.ceil((hit.at + this.window - at) / 1_000);
    }
    return Number.NaN;
  }

  add(call: Call, index: number): void {
    this.hits.push({ at: call.at, cost: call.cost, call: index });
  }

  /** How many milliseconds until none of what was counted counts any more. */
  resetMs(at: number): number {
    const last = this.hits.at(-1);
    return last === undefined ? 0 : Math.max(0, Math.ceil((last.at + this.window - at) / 1_000));
  }

  clear(): void {
    this.hits.length = 0;
  }

  remove(call: number | undefined): void {
    const place = this.hits.findIndex((hit) => hit.call === call);
    if (place >= 0) this.hits.splice(place, 1);
  }
}

/**
 * Judges verdicts by a model that keeps every hit.
 *
 * @param slack how many microseconds late a slot may come back: 0, or a hundredth of the window.
 * @returns what is wrong, in words; and how many were admitted and refused, so that a test knows that it tested something.
 */
export function judge(
  calls: readonly Call[],
  decisions: readonly boolean[],
  window: number,
  slack: number,
): { faults: string[]; admitted: number; refused: number } {
  const model = new EveryHit(window);
  const faults: string[] = [];
  let admitted = 0;
  for (const [index, call] of calls.entries()) {
    if (call.before !== undefined) model.clear();
    model.remove(call.release);
    const what = `call ${index} at ${call.at} µs, limit ${call.max}, cost ${call.cost}, used ${model.used(call.at)}`;
    if (decisions[index] === true) {
      admitted += 1;
      if (model.used(call.at) + call.cost > call.max) faults.push(`admitted one too many: ${what}`);
      model.add(call, index);
    } else if (model.used(call.at, slack) + call.cost <= call.max) {
      faults.push(`refused what fits: ${what}`);
    }
  }
  return { faults: faults.slice(0, 3), admitted, refused: calls.length - admitted };
}
