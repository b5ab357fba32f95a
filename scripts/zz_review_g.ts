import { createTestStack, stopTestServer } from "@vidops/local/testing";
import { signedIn, withSecretKey, createChargedJob, balanceOf, walkChain, createModel } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 700));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true }), C = await stack.createUser({ isAdmin: true });
const a = signedIn(stack, A) as any, b = signedIn(stack, B) as any, c = signedIn(stack, C) as any, key = withSecretKey(stack, null) as any;
const V = await stack.createUser({ credits: 1000 });
const e = (r: any) => r.success === true ? "ok" : r.error ?? r.code;
const approve = (who: any, r: any) => who("approve_admin_request", { p_approval_id: r.approval_id, p_payload_hash: r.payload_hash });
const t1 = await a("set_approval_threshold", { p_name: "act_credits", p_credits: 100, p_reason: "x" });
out("undo first set", e(await a("undo_admin_action", { p_action_id: t1.action_id, p_reason: "x" })));
const t2 = await a("set_approval_threshold", { p_name: "act_credits", p_credits: 50, p_reason: "x" });
out("undo lowering", e(await a("undo_admin_action", { p_action_id: t2.action_id, p_reason: "x" })));
const bn = await a("ban_user", { p_user_id: C.id, p_reason: "x" });
out("undo ban of admin", e(await a("undo_admin_action", { p_action_id: bn.action_id, p_reason: "x" })));
out("unban approve B", e(await approve(b, await a("unban_user", { p_user_id: C.id, p_reason: "x" }))));
const rv = await a("revoke_admin", { p_user_id: C.id, p_reason: "x" });
out("revoke C", e(rv)); out("undo revoke", e(await a("undo_admin_action", { p_action_id: rv.action_id, p_reason: "x" })));
out("grant approve B", e(await approve(b, await a("grant_admin", { p_user_id: C.id, p_reason: "x" }))));
// day race
await a("set_approval_threshold", { p_name: "day_credits", p_credits: 300, p_reason: "x" });
const rs = await Promise.all(Array.from({ length: 20 }, (_, i) => a("admin_adjust_credits", { p_user_id: V.id, p_change: 50, p_reason: "r" + i })));
out("day race", [rs.filter((r: any) => r.success).length, rs.map(e).filter((x: any, i: number, s: any) => s.indexOf(x) === i)]);
// ticket on retry
const k1 = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 200, p_reason: "k", p_idempotency_key: "KT", p_ticket: "T1" });
out("ticket retry", [e(k1), e(await b("admin_adjust_credits", { p_user_id: V.id, p_change: 200, p_reason: "k", p_idempotency_key: "KT", p_ticket: "T2" }))]);
const k2 = await c("admin_adjust_credits", { p_user_id: V.id, p_change: 2, p_reason: "k", p_idempotency_key: "KU", p_ticket: "T1" });
out("ticket replay", [e(k2), (await c("admin_adjust_credits", { p_user_id: V.id, p_change: 2, p_reason: "k", p_idempotency_key: "KU", p_ticket: "T2" })).replayed]);
// beneficiary approves
const ben = await b("admin_adjust_credits", { p_user_id: C.id, p_change: 100000, p_reason: "gift" });
out("beneficiary approves", [e(await approve(c, ben)), await balanceOf(sql, C.id)]);
// flipped back
await sql`update public.admin_approvals set status = 'pending', decided_at = null, decided_by = null, action_id = null where id = ${ben.approval_id}`;
out("flip executed", [e(await approve(c, ben)), await balanceOf(sql, C.id)]);
const rj = await b("admin_adjust_credits", { p_user_id: C.id, p_change: 777, p_reason: "rej" });
await a("reject_admin_request", { p_approval_id: rj.approval_id, p_reason: "no" });
await sql`update public.admin_approvals set status = 'pending', decided_at = null, decided_by = null, action_id = null where id = ${rj.approval_id}`;
out("flip rejected", [e(await approve(c, rj)), await walkChain(sql)]);
// undo by another of an approved refund needs approval; executed undo; job proof
const job = await createChargedJob(stack, V.id, { cost: 500 });
const rf = await b("admin_refund_credits", { p_amount: null, p_reason: "r", p_job_id: job });
const rfe = await approve(a, rf);
const un = await c("undo_admin_action", { p_action_id: rfe.action_id, p_reason: "u" });
out("undo approved refund", [e(rf), e(rfe), e(un), un.threshold]);
const une = await approve(a, un);
out("undo executed", [e(une), une.result?.change, une.result?.undoes, await sql`select credits_refunded from video_jobs where job_id=${job}`, e(await approve(a, un)), e(await c("undo_admin_action", { p_action_id: rfe.action_id, p_reason: "u2" }))]);
// own undo replays: own undo older than 24h etc; approver undoes
// own act twice: act, undo, act, undo ... day total
// request an undo, then do partial directly by the owner
const own = await c("admin_adjust_credits", { p_user_id: V.id, p_change: 40, p_reason: "own" });
const req = await b("undo_admin_action", { p_action_id: own.action_id, p_reason: "other" });
out("b undo small of c", e(req));
// service key naming the act's admin
const own2 = await c("admin_adjust_credits", { p_user_id: V.id, p_change: -40, p_reason: "own2" });
out("key undo as c", e(await key("undo_admin_action", { p_action_id: own2.action_id, p_reason: "x", p_admin_user_id: C.id })));
// ban lockout
out("ban B, C", [e(await a("ban_user", { p_user_id: B.id, p_reason: "x" })), e(await a("ban_user", { p_user_id: C.id, p_reason: "x" })), e(await a("unban_user", { p_user_id: C.id, p_reason: "x" })), e(await a("set_approval_threshold", { p_name: "act_credits", p_credits: null, p_reason: "x" }))]);
out("chain", await walkChain(sql));
}
await stopTestServer();
