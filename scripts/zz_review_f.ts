import { createTestStack, stopTestServer } from "@vidops/local/testing";
import postgres from "postgres";
import { walkChain, createModel, createChargedJob } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 1500));
{
  await using stack = await createTestStack();
  const { sql } = stack;
  await sql.unsafe("alter system set deadlock_timeout='200ms'").catch(() => {});
  const admins = await Promise.all(Array.from({ length: 4 }, () => stack.createUser({ isAdmin: true, credits: 1000 })));
  const users = await Promise.all(Array.from({ length: 2 }, () => stack.createUser({ credits: 10000 })));
  const model = await createModel(sql);
  const jobs = await Promise.all(users.map((u) => createChargedJob(stack, u.id, { cost: 1000 })));
  const all = [...admins, ...users].map((u) => u.id), ids = admins.map((a) => a.id);
  await sql`select public.set_approval_threshold('act_credits', 50, 'x', ${ids[0]!})`;
  await sql`select public.set_approval_threshold('day_credits', 3000, 'x', ${ids[0]!})`;
  const codes = new Map<string, number>(); let slow = 0;
  const als = new (await import("node:async_hooks")).AsyncLocalStorage<{ c: any }>(); const conns: any[] = [], pids: any[] = [], doing: string[] = []; for (let i = 0; i < 24; i++) { conns[i] = postgres(stack.dbUrl, { max: 1 }); pids[i] = (await conns[i]`select pg_backend_pid() as p`)[0].p; }
  const c: any = new Proxy(function () {}, { apply: (_t, _x, args) => (als.getStore()!.c)(...args), get: (_t, k) => k === "end" ? async () => { for (const x of conns) await x.end(); } : (als.getStore()!.c)[k].bind(als.getStore()!.c) });
  const pick = <T,>(x: readonly T[]): T => x[Math.floor(Math.random() * x.length)]!;
  const r = (n: number) => Math.floor(Math.random() * n);
  const end = performance.now() + Number(process.argv[2] ?? 40) * 1000;
  const as = (id: string) => JSON.stringify({ sub: id, role: "authenticated" });
  const acts: (() => Promise<any>)[] = [
    () => c`select public.admin_adjust_credits(${pick(all)}, ${pick([1, -1, 60, -60])}, ${"x" + r(5)}, p_idempotency_key => ${pick([null, "k" + r(300)])}, p_admin_user_id => ${pick(ids)}) as a`,
    () => c`select public.admin_refund_credits(${pick([1, 60, null])}, ${"x" + r(5)}, p_job_id => ${pick(jobs)}, p_idempotency_key => ${pick([null, "k" + r(300)])}, p_admin_user_id => ${pick(ids)}) as a`,
    () => c`select public.ban_user(${pick(all)}, 'x', ${pick(ids)}) as a`, () => c`select public.unban_user(${pick(all)}, 'x', ${pick(ids)}) as a`,
    () => c`select public.grant_admin(${pick(all)}, 'x', ${pick(ids)}) as a`, () => c`select public.revoke_admin(${pick(all)}, 'x', ${pick(ids)}) as a`,
    () => c`select public.set_model_price(${model}, ${1 + r(5)}, 'x', ${pick(ids)}) as a`,
    () => c`select public.set_approval_threshold(${pick(["act_credits", "day_credits"])}, ${pick([50, 51, 3000, 40])}, 'x', ${pick(ids)}) as a`,
    () => c`select public.set_rate_limit_rule('gen', 'user', 'any', 60, ${pick([null, 5, 6])}, 'x', ${pick(ids)}) as a`,
    () => c`select public.reset_rate_limits('gen', 'user', ${pick(all)}, 'x', ${pick(ids)}) as a`,
    () => c`select public.undo_admin_action((select id from public.admin_actions where id > (select max(id) - 20 from public.admin_actions) order by random() limit 1), 'x', ${r(2) === 0}, ${pick(ids)}) as a`,
    ...[1, 2, 3].map(() => () => c.begin(async (t) => { const id = pick(ids); await t`select set_config('request.jwt.claims', ${as(id)}, true)`;
      const [q] = await t`select id, payload_hash from public.admin_approvals where status = 'pending' order by random() limit 1`; if (!q) return [{}];
      return t`select public.approve_admin_request(${q.id}, ${q.payload_hash}) as a`; })),
    () => c.begin(async (t) => { const id = pick(ids); await t`select set_config('request.jwt.claims', ${as(id)}, true)`;
      const [q] = await t`select id from public.admin_approvals where status = 'pending' order by random() limit 1`; if (!q) return [{}]; return t`select public.reject_admin_request(${q.id}, 'x') as a`; }),
    () => c`select public.deduct_credits(${users[0]!.id}, 1, p_job_id => ${jobs[0]!}, p_idempotency_key => ${"d" + r(50)}) as a`,
    () => c`select public.add_credits(${pick(all)}, 1, 'x') as a`,

    () => c`select public.cleanup_expired_idempotency_keys(0, 5) as a`,
  ];
  await sql`create table public.zz_done ()`; // keeps at least two admins alive
  const keep = setInterval(() => { for (const id of ids.slice(0, 3)) sql`update public.users set is_admin = true, banned_at = null, ban_reason = null where id = ${id}`.catch(() => {}); }, 500);
  let n = 0;
  await Promise.all(Array.from({ length: 24 }, async (_, w) => { while (performance.now() < end) { const i = r(acts.length); const t = performance.now();
    let k: string; doing[w] = acts[i]!.toString().slice(0, 90); try { const [x] = await als.run({ c: conns[w] }, () => acts[i]!()) as any; const a = x?.a; k = !a ? "none" : a.success === false ? "refused " + a.error : "ok"; } catch (e: any) { k = `ERR ${e.code} ${e.message.slice(0, 60).replace(/[0-9a-f-]{36}/, "…")}`; if (e.code === "40P01") console.log("DL", i, e.detail.replace(/rocess (\d+)/g, (_: string, p: string) => "rocess " + p + " {" + (doing[pids.indexOf(Number(p))] ?? "?") + "}"), "WHERE", e.where); }
    if (/ERR/.test(k) && !/42501/.test(k)) k = i + " " + k; codes.set(k, (codes.get(k) ?? 0) + 1); n++; if (performance.now() - t > 1000) slow++; } }));
  clearInterval(keep);
  out("n, slow", [n, slow]); for (const [k, v] of [...codes].sort()) console.log(v, k);
  out("chain", await walkChain(sql));
  out("drift", (await sql`select public.audit_credits() -> 'drift' as d`)[0]);
  out("job proof", await sql`select j.credits_used, j.credits_refunded, (select sum(a.amount) from admin_actions a where a.target_job_id = j.job_id and action_type in ('credit_refund','credit_adjustment')) as net from video_jobs j`);
  out("approvals", await sql`select status, count(*), count(action_id), count(*) filter (where status='executed' and action_id is null) as no_row from admin_approvals group by 1`);
  out("above alone", await sql`select count(*) from admin_actions where action_type in ('credit_refund','credit_adjustment') and abs(amount) > 51 and approved_by is null and undoes is null`);
  out("dup exec", await sql`select approval_id, count(*) from admin_actions where approved_by is not null group by 1 having count(*) > 1`);
  await c.end();
}
await stopTestServer();
