import { execFile } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AdminActionQuery, listAdminActions } from "@vidops/core/admin";
import { createDatabase } from "@vidops/core/database";
import { startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { fillActs, fillPeople } from "./admin-chain-fill.ts";
import { type Benchmark, compare, inTurn, percentile, throughput } from "./measure.ts";

const rounds = 3;
const acts = 1_000_000;
const concurrent = 10_000;
const users = 50_000;
const run = promisify(execFile);
/** What a verification may keep: were it to hold on to rows, it would not get far. */
const smallHeap = ["--max-old-space-size=48"];

/**
 * What proof costs: acts a second with the chain of hashes against the same acts without, 10,000 acts at once that must not
 * fork it, a verification of 1,000,000 acts (time, memory), and pages of as many, by every combination of filters.
 */
export const adminChain: Benchmark = {
  name: "admin-chain",
  async run(say) {
    await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
    const many = postgres(stack.dbUrl, { max: 24, onnotice: () => {} });
    const db = createDatabase({ url: stack.url, key: stack.secretKey });
    try {
      await fillPeople(sql, users);
      const people = await sql<
        { id: string }[]
      >`select id from public.users where not is_admin order by id limit 20000`;
      const [{ id: admin } = { id: "" }] = await sql<
        { id: string }[]
      >`select id from public.users where is_admin order by email limit 1`;
      let next = 0;
      const ban = () =>
        many`select public.ban_user(${people[next++ % people.length]?.id ?? ""}, ${`case ${next}`}, p_admin_user_id => ${admin})`;
      const bans = async () => {
        await sql`update public.users set banned_at = null, ban_reason = null where banned_at is not null`;
        next = 0;
        return throughput(8, 2_000, ban);
      };
      const unchained = await withoutChain(sql);
      const speed = await inTurn(rounds, {
        chained: bans,
        plain: async () => {
          await unchained.begin();
          const speed = await bans();
          await unchained.end();
          return speed;
        },
      });
      say(
        `acts a second, 8 connections: ${speed.chained.toFixed(0)} chained, ${speed.plain.toFixed(0)} without the chain`,
      );

      await sql`update public.users set banned_at = null, ban_reason = null where banned_at is not null`;
      const [before] = await sql`select position::int from vidops.admin_action_chain`;
      next = 0;
      const started = performance.now();
      await Promise.all(Array.from({ length: concurrent }, ban));
      const atOnce = performance.now() - started;
      const [chain] = await sql`
        select count(*)::int as acts, count(distinct previous_hash)::int as parents, max(chain_position)::int as last, min(chain_position)::int as first
        from public.admin_actions where chain_position > ${before?.position}`;
      const whole = await verify(stack, "0");
      const forked =
        chain?.acts !== concurrent ||
        chain.parents !== concurrent ||
        chain.last - chain.first + 1 !== concurrent;
      say(
        `${concurrent} acts at once in ${(atOnce / 1000).toFixed(1)} s: ${forked ? "FORKED" : "no fork"}, ` +
          `${chain?.parents} different parents; verification of ${whole.checked} ${whole.ok ? "holds" : "FAILS"}`,
      );

      const [head] = await sql`select position || ':' || hash as place from vidops.admin_action_chain`;
      await fillActs(sql, acts, say);
      const small = await verify(stack, await placeBefore(sql, 100_000));
      const large = await verify(stack, head?.place);
      say(
        `verified ${large.checked} acts (${large.ok ? "they hold" : "THEY DO NOT HOLD"}) in ${(large.ms / 1000).toFixed(1)} s: ` +
          `heap and buffers at most ${large.heapMb.toFixed(0)} MB, process ${large.rssMb.toFixed(0)} MB; of ${small.checked}: ${small.rssMb.toFixed(0)} MB`,
      );

      const pages = await pageTimes(sql, (query) => listAdminActions(db, query));
      const times = pages.map(({ ms }) => ms);
      for (const { filters, ms } of pages.toSorted((a, b) => b.ms - a.ms).slice(0, 5))
        say(`slow: ${ms.toFixed(1)} ms by ${filters}`);
      const plain = pages.filter(({ filters }) => filters === "nothing").map(({ ms }) => ms);
      say(
        `${pages.length} pages of 50 by every combination of filters: p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms, slowest ${Math.max(...times).toFixed(1)} ms`,
      );
      return [
        compare({
          ...{ what: "acts a second with the chain, 8 connections", unit: "/s", value: speed.chained },
          ...{ baseline: "200 acts a second", baselineValue: 200, bound: { atLeast: 1 } },
        }),
        compare({
          ...{ what: "acts a second with the chain, 8 connections", unit: "/s", value: speed.chained },
          ...{ baseline: "the same acts without chain", baselineValue: speed.plain, bound: null },
        }),
        compare({
          ...{
            what: `different parents of ${concurrent} acts at once`,
            unit: "",
            value: forked ? 0 : (chain?.parents ?? 0),
          },
          ...{ baseline: "no fork", baselineValue: concurrent, bound: { atLeast: 1 } },
        }),
        compare({
          ...{ what: `memory of a verification of ${large.checked} acts`, unit: "MB", value: large.heapMb },
          ...{ baseline: `of ${small.checked} acts`, baselineValue: small.heapMb, bound: { atMost: 1.5 } },
        }),
        compare({
          ...{ what: "one act of a long verification", unit: "µs", value: (large.ms * 1000) / large.checked },
          ...{
            baseline: "one of a short verification",
            baselineValue: (small.ms * 1000) / small.checked,
            bound: null,
          },
        }),
        compare({
          ...{
            what: `a page of ${acts} acts by any filters, p95`,
            unit: "ms",
            value: percentile(times, 0.95),
          },
          ...{ baseline: "100 ms", baselineValue: 100, bound: { atMost: 1 } },
        }),
        compare({
          ...{
            what: `a page of ${acts} acts by any filters, p95`,
            unit: "ms",
            value: percentile(times, 0.95),
          },
          ...{ baseline: "a page without filters, p50", baselineValue: percentile(plain, 0.5), bound: null },
        }),
      ];
    } finally {
      await Promise.all([sql.end(), many.end()]);
    }
  },
};

/** Takes the chain out of the acts, and puts it back; rows of between are deleted. */
async function withoutChain(sql: Sql): Promise<{ begin(): Promise<void>; end(): Promise<void> }> {
  const [found] = await sql`select pg_get_functiondef('vidops.record_act'::regproc) as definition`;
  const definition: string = found?.definition;
  const free = definition.replace(/perform from vidops\.admin_action_chain[^;]*;/g, "");
  if (free === definition)
    throw new Error("record_act takes the head of the chain no longer: adapt this benchmark");
  const columns = ["chain_position", "previous_hash", "hash"];
  const alter = async (change: string): Promise<void> => {
    for (const column of columns)
      await sql.unsafe(`alter table public.admin_actions alter column ${column} ${change}`);
  };
  return {
    begin: async () => {
      await sql.unsafe(free);
      await alter("drop not null");
      await sql`alter table public.admin_actions disable trigger user`;
    },
    end: async () => {
      await sql`delete from public.admin_actions where chain_position is null`;
      await sql`alter table public.admin_actions enable trigger user`;
      await alter("set not null");
      await sql.unsafe(definition);
    },
  };
}

interface Verified {
  readonly ok: boolean;
  readonly checked: number;
  readonly ms: number;
  readonly heapMb: number;
  readonly rssMb: number;
}

async function verify(
  stack: { readonly url: string; readonly secretKey: string },
  after: string,
): Promise<Verified> {
  const place = after === "0" ? `0:${"0".repeat(64)}` : after;
  const file = fileURLToPath(new URL("admin-chain-verify.ts", import.meta.url));
  const { stdout } = await run(process.execPath, [
    ...process.execArgv,
    ...smallHeap,
    file,
    stack.url,
    stack.secretKey,
    place,
  ]);
  return JSON.parse(stdout);
}

async function placeBefore(sql: Sql, rows: number): Promise<string> {
  const [row] = await sql`
    select a.chain_position || ':' || a.hash as place from public.admin_actions a, vidops.admin_action_chain c
    where a.chain_position = c.position - ${rows}`;
  return row?.place;
}

/** Times of a first page and a later one by every combination of filters, each with values that fit one act, and with values of different acts. */
async function pageTimes(
  sql: Sql,
  list: (query: AdminActionQuery) => Promise<{ nextCursor: string | null }>,
): Promise<{ filters: string; ms: number }[]> {
  const samples = await sql<Record<string, string | null>[]>`
    select action_type, admin_user_id, coalesce(target_user_id, (select id from public.users where not is_admin limit 1)) as target_user_id,
      coalesce(target_model_id, (select id from public.models limit 1)) as target_model_id, coalesce(ticket, 'SUP-7') as ticket, run_id,
      created_at - interval '9 days' as since, created_at + interval '9 days' as until
    from public.admin_actions tablesample system (0.1) where action_type <> 'cleanup' limit 400`;
  const names = [
    "actionType",
    "adminUserId",
    "targetUserId",
    "targetModelId",
    "ticket",
    "runId",
    "since",
    "until",
  ] as const;
  const columns = [
    "action_type",
    "admin_user_id",
    "target_user_id",
    "target_model_id",
    "ticket",
    "run_id",
    "since",
    "until",
  ];
  const times: { filters: string; ms: number }[] = [];
  for (let mask = 0; mask < 2 ** names.length; mask++)
    for (const mixed of [false, true]) {
      const base = (mask * 31) % samples.length;
      const query = Object.fromEntries(
        names.flatMap((name, at) => {
          if ((mask & (1 << at)) === 0) return [];
          const range = name === "since" || name === "until";
          const sample = samples[(base + (mixed && !range ? at * 17 : 0)) % samples.length];
          return [[name, sample?.[columns[at] ?? ""]]];
        }),
      ) as AdminActionQuery;
      const filters = `${Object.keys(query).join(", ") || "nothing"}${mixed ? " (of different acts)" : ""}`;
      let cursor: string | null = null;
      for (let page = 0; page < 2; page++) {
        const started = performance.now();
        cursor = (await list({ ...query, cursor })).nextCursor;
        times.push({ filters, ms: performance.now() - started });
        if (cursor === null) break;
      }
    }
  return times;
}
