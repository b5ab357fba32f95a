import { createTestStack, stopTestServer } from "@vidops/local/testing";
import postgres from "postgres";
import { signedIn, withSecretKey, createChargedJob, balanceOf, walkChain, createModel } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v));
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true }), C = await stack.createUser({ isAdmin: true });
const a = signedIn(stack, A), b = signedIn(stack, B), c = signedIn(stack, C), key = withSecretKey(stack, null);
const V = await stack.createUser({ credits: 10 });
const model = await createModel(sql);
// races: banned/revoked while waiting
{
  const hold = postgres(stack.dbUrl, { max: 1 });
  let release: () => void = () => {};
  const gate = new Promise<void>((r) => { release = r; });
  const held = hold.begin(async (t) => { await t`select 1 from public.users where id = ${V.id} for no key update`; await gate; });
  await sleep(200);
  const p = b("admin_adjust_credits", { p_user_id: V.id, p_change: 100, p_reason: "late" });
  await sleep(200);
  out("race revoke", ((await a("revoke_admin", { p_user_id: B.id, p_reason: "x" })) as any).success);
  out("race ban", ((await a("ban_user", { p_user_id: B.id, p_reason: "x" })) as any).success);
  release(); await held;
  out("race act", ((await p) as any));
  out("order", await sql`select chain_position, action_type, admin_user_id = ${B.id} as by_b from public.admin_actions order by 1`);
  await a("unban_user", { p_user_id: B.id, p_reason: "x" }); await a("grant_admin", { p_user_id: B.id, p_reason: "x" });
  await hold.end();
}
out("thr", ((await b("set_approval_threshold", { p_name: "act_credits", p_credits: 100, p_reason: "x" })) as any).success);
{ // approver revoked while waiting
  const r: any = await a("admin_adjust_credits", { p_user_id: V.id, p_change: 500, p_reason: "big" });
  const hold = postgres(stack.dbUrl, { max: 1 });
  let release: () => void = () => {};
  const gate = new Promise<void>((r) => { release = r; });
  const held = hold.begin(async (t) => { await t`select 1 from public.users where id = ${V.id} for no key update`; await gate; });
  await sleep(200);
  const p = b("approve_admin_request", { p_approval_id: r.approval_id, p_payload_hash: r.payload_hash });
  await sleep(200);
  out("revoke approver", ((await c("revoke_admin", { p_user_id: B.id, p_reason: "x" })) as any).success);
  release(); await held;
  out("approve by revoked", ((await p) as any).success);
  await sql`update public.users set is_admin = true where id = ${B.id}`;
  await hold.end();
}
{ // 7 clean
  const r7: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 700, p_reason: "k", p_idempotency_key: "K7" });
  const s7: any = await c("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "k", p_idempotency_key: "K7" });
  const e7: any = await a("approve_admin_request", { p_approval_id: r7.approval_id, p_payload_hash: r7.payload_hash });
  out("key spent", [r7.error, s7.success, e7.error]);
}
{ // withdraw? duplicate: threshold loosened between
  const r: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 300, p_reason: "dup" });
  const t: any = await a("set_approval_threshold", { p_name: "act_credits", p_credits: 1000, p_reason: "x" });
  const te: any = await b("approve_admin_request", { p_approval_id: t.approval_id, p_payload_hash: t.payload_hash });
  out("raise", te.success);
  const again: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 300, p_reason: "dup" });
  const e: any = await a("approve_admin_request", { p_approval_id: r.approval_id, p_payload_hash: r.payload_hash });
  out("twice", [again.success, e.success, await balanceOf(sql, V.id)]);
}
{ // concurrent undo of one act, concurrent approve
  const x: any = await a("admin_adjust_credits", { p_user_id: V.id, p_change: 50, p_reason: "u" });
  const before = await balanceOf(sql, V.id);
  const us: any[] = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b)("undo_admin_action", { p_action_id: x.action_id, p_reason: "u" })));
  out("undos", [us.map((u) => u.error ?? u.code ?? u.success), before, await balanceOf(sql, V.id)]);
  const r: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 5000, p_reason: "cc" });
  const es: any[] = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : c)("approve_admin_request", { p_approval_id: r.approval_id, p_payload_hash: r.payload_hash })));
  out("approvals", [es.map((u) => u.error ?? u.code ?? u.success), await balanceOf(sql, V.id)]);
}
{ // jobs refunded several times
  const W = await stack.createUser({ credits: 200 });
  const job = await createChargedJob(stack, W.id, { cost: 100, status: "pending" });
  const q = async () => (await sql`select credits_used, credits_refunded, refunded_unfinished_at is not null as unf, (select credits_remaining from users where id=${W.id}) bal from video_jobs where job_id=${job}`)[0];
  const f1: any = await a("admin_refund_credits", { p_amount: 30, p_reason: "1", p_job_id: job, p_allow_unfinished: true });
  const f2: any = await a("admin_refund_credits", { p_amount: 70, p_reason: "2", p_job_id: job, p_allow_unfinished: true });
  out("job", await q());
  const u1: any = await a("undo_admin_action", { p_action_id: f1.action_id, p_reason: "u" }); out("undo f1", [u1.success, await q()]);
  const f3: any = await a("admin_refund_credits", { p_amount: null, p_reason: "3", p_job_id: job, p_allow_unfinished: true }); out("refund rest", [f3.amount, await q()]);
  await key("deduct_credits", { p_user_id: W.id, p_amount: 170 });
  const u2: any = await a("undo_admin_action", { p_action_id: f2.action_id, p_reason: "u" }); out("undo f2 no partial", [u2.error, await q()]);
  const u3: any = await a("undo_admin_action", { p_action_id: f2.action_id, p_reason: "u", p_partial: true }); out("undo f2 partial", [u3.success, u3.partial, u3.change, await q()]);
  const u4: any = await a("undo_admin_action", { p_action_id: f2.action_id, p_reason: "u", p_partial: true }); out("again", [u4.error]);
  const u5: any = await a("undo_admin_action", { p_action_id: u3.action_id, p_reason: "u" }); out("undo undo", [u5.error, u5.why]);
  await key("deduct_credits", { p_user_id: W.id, p_amount: 1, p_job_id: job }); out("deduct", await q());
  out("proof", ((await key("audit_credits", { p_user_id: W.id })) as any).user);
}
{ // adopted style old rows: undo
  const job = await createChargedJob(stack, (await stack.createUser({credits: 100})).id, { cost: 10 });
  const [j] = await sql`select user_id from video_jobs where job_id=${job}`;
  const ins = async (o: any) => (await sql`insert into public.admin_actions ${sql({ admin_user_id: A.id, reason: "old", details: {}, ...o })} returning id`)[0]!.id;
  out("old refund > refunded", await a("undo_admin_action", { p_action_id: String(await ins({ action_type: "credit_refund", target_user_id: j!.user_id, target_job_id: job, amount: 50 })), p_reason: "x" }));
  out("old minint", await a("undo_admin_action", { p_action_id: String(await ins({ action_type: "credit_adjustment", target_user_id: j!.user_id, amount: -2147483648 })), p_reason: "x" }));
  out("old maxint", await a("undo_admin_action", { p_action_id: String(await ins({ action_type: "credit_adjustment", target_user_id: j!.user_id, amount: -2147483647 })), p_reason: "x" }));
  for (const [t, d, m] of [
    ["model_disable", { before: {}, after: { is_available: true } }, true], ["model_price", { before: { cost_per_generation: "x" }, after: { cost_per_generation: 4 } }, true],
    ["model_price", { before: { cost_per_generation: 0 }, after: { cost_per_generation: 4 } }, true],
    ["model_price", { before: { cost_per_generation: null }, after: { cost_per_generation: 4 } }, true],
    ["user_ban", { before: {}, after: {} }, false], ["user_unban", { before: { ban_reason: "" , banned_at: null}, after: { banned_at: null, ban_reason: null } }, false],
    ["admin_revoke", { before: {}, after: { is_admin: false } }, false],
    ["rate_limit_rule", { action: "a", per: "user", tier: "any", window_seconds: "x", before: 1, after: null }, false],
    ["rate_limit_rule", { action: "a", per: "user", tier: "any", window_seconds: 60, before: "x", after: null }, false],
    ["approval_threshold", { name: "act_credits", before: {credits: -1}, after: {credits: 1000} }, false],
  ] as any[]) out("old " + t + JSON.stringify(d), await a("undo_admin_action", { p_action_id: String(await ins({ action_type: t, details: d, ...(m ? { target_model_id: model } : { target_user_id: V.id }) })), p_reason: "x" }));
  out("old nulls", await a("undo_admin_action", { p_action_id: String(await ins({ action_type: "user_ban", details: { before: {}, after: {} } })), p_reason: "x" }));
}
out("chain", await walkChain(sql));
{ // on conflict do nothing
  await a("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "k", p_idempotency_key: "ocdn" });
  await sql`insert into public.admin_actions (admin_user_id, action_type, reason, idempotency_key) values (${A.id}, 'user_ban', 'x', 'ocdn') on conflict do nothing`;
  out("on conflict", await walkChain(sql));
  await a("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "k" });
  out("on conflict later", await walkChain(sql));
}
}
await stopTestServer();
