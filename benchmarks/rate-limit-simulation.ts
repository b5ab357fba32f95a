import type pg from "pg";
import type { Comparison } from "./measure.ts";
import { openPool } from "./rate-limit-contenders.ts";
import { arrivals, fixedWindow, gcra, slidingLog, worstWindow } from "./rate-limit-models.ts";

/** Microseconds, the database's own unit of time: one second. A short window, so that a million calls take hours and not weeks. */
const window = 1_000_000;

const simulations = [
  { by: "check_rate_limit", limit: 10, events: 1_000_000, exact: true },
  { by: "check_rate_limits", limit: 10, events: 250_000, exact: true },
  { by: "check_rate_limit", limit: 100, events: 100_000, exact: true },
  { by: "check_rate_limit", limit: 1000, events: 100_000, exact: false },
  { by: "check_rate_limits", limit: 1000, events: 100_000, exact: false },
] as const;

/**
 * The functions of the product as the database has them, word for word, but for the clock: where they ask clock_timestamp(), they ask
 * a clock that the simulation sets. So it judges the SQL that runs, not a model of it, and a million calls need not be waited for.
 */
const simulatedClock = `
  create schema simulation;
  create function simulation.clock() returns timestamptz language sql volatile as $$
    select pg_catalog.current_setting('simulation.clock')::timestamptz
  $$;
  do $$
  declare
    v_definition text;
    v_replaced integer := 0;
  begin
    for v_definition in
      select pg_get_functiondef(oid) from pg_proc
      where pronamespace in ('public'::regnamespace, 'vidops'::regnamespace) and prokind = 'f' and prosrc like '%clock_timestamp()%'
    loop
      execute replace(v_definition, 'clock_timestamp()', 'simulation.clock()');
      v_replaced := v_replaced + 1;
    end loop;
    if v_replaced = 0 then raise 'no function asks clock_timestamp() any more'; end if;
  end $$;
  create function simulation.run(p_function text, p_max integer, p_started_at timestamptz, p_arrivals bigint[])
  returns boolean[] language plpgsql as $$
  declare
    v_limits jsonb := jsonb_build_array(jsonb_build_object('name', 'per_ip', 'per', 'ip', 'max_requests', p_max, 'window_seconds', 1));
    v_arrival bigint;
    v_answer jsonb;
    v_admitted boolean[] := '{}';
  begin
    foreach v_arrival in array p_arrivals loop
      perform set_config('simulation.clock', (p_started_at + v_arrival * interval '1 microsecond')::text, true);
      if p_function = 'check_rate_limit' then
        v_answer := public.check_rate_limit('203.0.113.7', p_function || p_max, p_max, 1);
      else
        v_answer := public.check_rate_limits(p_function || p_max, '203.0.113.7', p_limits => v_limits);
      end if;
      v_admitted := v_admitted || (v_answer -> 'allowed')::boolean;
    end loop;
    return v_admitted;
  end $$;`;

/** Runs the simulations side by side, and leaves the database with its clock replaced. */
export async function simulate(dbUrl: string, say: (line: string) => void): Promise<Comparison[]> {
  const pool = openPool(dbUrl, 2);
  try {
    await pool.query(simulatedClock);
    return (await Promise.all(simulations.map((one) => simulateOne(pool, one, say)))).flat();
  } finally {
    await pool.end();
  }
}

async function simulateOne(
  pool: pg.Pool,
  { by, limit, events, exact }: (typeof simulations)[number],
  say: (line: string) => void,
): Promise<Comparison[]> {
  const times = arrivals(limit, window, events);
  const decisions = await decide(pool, by, limit, times);
  const perfect = times.map(slidingLog(limit, window));
  const differing = perfect.filter((admitted, index) => admitted !== decisions[index]).length;
  const ours = times.filter((_, index) => decisions[index]);
  const perfectly = perfect.filter(Boolean).length;
  const worst = {
    ours: worstWindow(ours, window),
    fixedWindow: worstWindow(times.filter(fixedWindow(limit, window)), window),
    gcra: worstWindow(times.filter(gcra(limit, window)), window),
  };
  say(
    `${by}, limit ${limit}, ${events} calls: at worst ${worst.ours} admitted in any window (fixed window ${worst.fixedWindow}, GCRA ${worst.gcra}); ` +
      `${ours.length} in all (${perfectly} by a log of every call, ${differing} decisions differ from its)`,
  );
  const what = `${events} calls, limit ${limit}, ${by}`;
  return [
    {
      ...{ what: `worst window of ${what} (ratio: of the limit)`, unit: "admitted", value: worst.ours },
      ...{ baseline: "a fixed window and GCRA", baselineValue: Math.min(worst.fixedWindow, worst.gcra) },
      ...{ ratio: worst.ours / limit, bound: { atMost: 1 } },
    },
    exact
      ? {
          ...{ what: `decisions that differ from a log of every call, of ${what}`, unit: "decisions" },
          ...{ value: differing, baseline: "by definition", baselineValue: 0 },
          ...{ ratio: differing, bound: { atMost: 0 } },
        }
      : {
          ...{ what: `admitted in all of ${what}`, unit: "calls", value: ours.length },
          ...{ baseline: "by a log of every call", baselineValue: perfectly },
          ...{ ratio: ours.length / perfectly, bound: null },
        },
  ];
}

/** What the SQL decides of each call, in order; a transaction for every few hundred, so that old versions of the row can go. */
async function decide(
  pool: pg.Pool,
  by: string,
  limit: number,
  times: readonly number[],
): Promise<boolean[]> {
  const decisions: boolean[] = [];
  // A whole second, so that arrivals at the window's edge are arrivals at the edge of a hundredth of it.
  const startedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
  for (let from = 0; from < times.length; from += 500) {
    const { rows } = await pool.query({
      name: "simulate",
      text: "select simulation.run($1, $2, $3, $4) as admitted",
      values: [by, limit, startedAt, times.slice(from, from + 500)],
    });
    decisions.push(...(rows[0].admitted as boolean[]));
  }
  return decisions;
}
