import { setTimeout as sleep } from "node:timers/promises";
import { startLocal } from "@vidops/local";
import pg from "pg";
import { type Benchmark, throughput } from "./measure.ts";
import { action, address, openPool } from "./rate-limit-contenders.ts";

const clients = 16;
const milliseconds = 4000;

/** Locks what the caller names, in the caller's order: the way that ends in deadlocks. */
const naive = `
  create table public.naive_limits (key text primary key, taken integer not null default 1);
  create function public.take_in_the_order_given(p_keys text[]) returns void language plpgsql as $$
  declare
    v_key text;
  begin
    foreach v_key in array p_keys loop
      insert into public.naive_limits as n (key) values (v_key) on conflict (key) do update set taken = n.taken + 1;
    end loop;
  end $$;`;

/** Several limits of one request, named by each client in another order. */
export const rateLimitDeadlocks: Benchmark = {
  name: "rate-limit-deadlocks",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const pool = openPool(stack.dbUrl, clients);
    try {
      await pool.query(naive);
      const limits = ["global", "ip", "user", "key"].map((per) => ({
        ...{
          name: per,
          per,
          key: per === "key" ? "a model" : null,
          max_requests: 1_000_000_000,
          window_seconds: 3600,
        },
      }));
      const subjects = [address(0), address(1)];
      const ours = async () => {
        const { rows } = await pool.query({
          name: "check_rate_limits",
          text: "select public.check_rate_limits($1, $2, $3, $4, p_wait_for_disk => false) as answer",
          values: [action, any(subjects), stack.user.id, JSON.stringify(shuffled(limits))],
        });
        if (!rows[0].answer.allowed) throw new Error("a limit of a billion refused");
      };
      const theirs = async () => {
        const keys = shuffled(["global", "user", "key", any(subjects)]);
        await pool.query({
          name: "naive",
          text: "select public.take_in_the_order_given($1)",
          values: [keys],
        });
      };
      say(`${clients} clients, ${limits.length} limits in any order, ${milliseconds} ms each`);
      const [firstSeen, counts] = [await deadlocks(pool), { naive: 0, ours: 0 }];
      const speed = { naive: await throughput(clients, milliseconds, count(theirs)), ours: 0 };
      counts.naive = (await deadlocks(pool)) - firstSeen;
      speed.ours = await throughput(clients, milliseconds, count(ours));
      counts.ours = (await deadlocks(pool)) - firstSeen - counts.naive;
      say(
        `deadlocks: ${counts.ours}, in the caller's order ${counts.naive}; a second: ${speed.ours.toFixed(0)} checks, ${speed.naive.toFixed(0)} in the caller's order`,
      );
      if (counts.naive === 0) say("no deadlock in the caller's order either: this run proves nothing");
      return [
        {
          ...{
            what: "deadlocks of several limits at once, in opposed order",
            unit: "deadlocks",
            value: counts.ours,
          },
          ...{ baseline: "locking in the caller's order", baselineValue: counts.naive },
          ...{ ratio: counts.ours, bound: { atMost: 0 } },
        },
      ];
    } finally {
      await pool.end();
    }
  },
};

/** A deadlock is an answer here, and Postgres counts them. */
function count(work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === "40P01")) throw error;
    }
  };
}

/** How many Postgres has counted so far; each connection reports a moment later. */
async function deadlocks(pool: pg.Pool): Promise<number> {
  await sleep(1500);
  const { rows } = await pool.query(
    "select deadlocks::int as count from pg_stat_database where datname = current_database()",
  );
  return rows[0].count;
}

function any<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
