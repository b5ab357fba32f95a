import { createTestStack, stopTestServer } from "@vidops/local/testing";
import { signedIn, withSecretKey, createChargedJob, balanceOf, walkChain, createModel } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true, credits: 50000 }), B = await stack.createUser({ isAdmin: true }), C = await stack.createUser({ isAdmin: true });
const a = signedIn(stack, A), b = signedIn(stack, B), c = signedIn(stack, C), key = withSecretKey(stack, null);
out("thr", await b("set_approval_threshold", { p_name: "act_credits", p_credits: 100, p_reason: "x" }));
out("thr", (await b("set_approval_threshold", { p_name: "day_credits", p_credits: 200, p_reason: "x" })).success);
// 1. undo of an approved deduction
const r1: any = await b("admin_adjust_credits", { p_user_id: A.id, p_change: -50000, p_reason: "fraud by A" });
const e1: any = await c("approve_admin_request", { p_approval_id: r1.approval_id, p_payload_hash: r1.payload_hash });
out("1 approved", [e1.success, await balanceOf(sql, A.id)]);
const u1: any = await a("undo_admin_action", { p_action_id: e1.action_id, p_reason: "mine" });
out("1 undo alone", [u1.success, u1.error, await balanceOf(sql, A.id)]);
// 2. service key + own login: one person
const U = await stack.createUser();
const r2: any = await key("admin_adjust_credits", { p_user_id: U.id, p_change: 1000000, p_reason: "x", p_admin_user_id: B.id });
const e2: any = await a("approve_admin_request", { p_approval_id: r2.approval_id, p_payload_hash: r2.payload_hash });
out("2 key+login", [r2.error, e2.success, await balanceOf(sql, U.id)]);
// 2b day total per named admin
for (const x of [A, B, C]) for (let i = 0; i < 2; i++) out("2b", ((await key("admin_adjust_credits", { p_user_id: U.id, p_change: 100, p_reason: "x"+i, p_admin_user_id: x.id })) as any).success);
// 3 overflow
const V = await stack.createUser({ credits: 10 });
out("3", await key("admin_adjust_credits", { p_user_id: V.id, p_change: 2147483647, p_reason: "x", p_admin_user_id: A.id }));
out("3b", await key("admin_adjust_credits", { p_user_id: V.id, p_change: -2147483648, p_reason: "x", p_admin_user_id: A.id }));
// 4 approved, nothing changed: no audit row
const g: any = await b("grant_admin", { p_user_id: U.id, p_reason: "x" });
await sql`update public.users set is_admin = true where id = ${U.id}`;
const before = await walkChain(sql);
out("4", [await c("approve_admin_request", { p_approval_id: g.approval_id, p_payload_hash: g.payload_hash }), before.rows, (await walkChain(sql)).rows]);
// 5 lockout
const l1: any = await a("revoke_admin", { p_user_id: B.id, p_reason: "x" }); const l2: any = await a("revoke_admin", { p_user_id: C.id, p_reason: "x" }); const l3: any = await a("revoke_admin", { p_user_id: U.id, p_reason: "x" });
out("5", [l1.success, l2.success, l3.success, ((await a("grant_admin", { p_user_id: B.id, p_reason: "x" })) as any).error, ((await a("set_approval_threshold", { p_name: "act_credits", p_credits: null, p_reason: "x" })) as any).error]);
await sql`update public.users set is_admin = true where id in (${B.id}, ${C.id})`;
// 6 pending request of a revoked requester blocks the same call of others
const r6: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 5000, p_reason: "same" });
await a("revoke_admin", { p_user_id: B.id, p_reason: "x" });
const r6b: any = await c("admin_adjust_credits", { p_user_id: V.id, p_change: 5000, p_reason: "same" });
out("6", [r6.approval_id, r6b.approval_id, r6b.requested_by === B.id, ((await a("approve_admin_request", { p_approval_id: r6b.approval_id, p_payload_hash: r6b.payload_hash })) as any).error]);
await sql`update public.users set is_admin = true where id in (${B.id}, ${C.id})`;
// 7 key of a pending request spent by a small act
const r7: any = await b("admin_adjust_credits", { p_user_id: V.id, p_change: 700, p_reason: "k", p_idempotency_key: "K7" });
const s7: any = await c("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "k", p_idempotency_key: "K7" });
out("7", [r7.error, s7.success, s7.error, await a("approve_admin_request", { p_approval_id: r7.approval_id, p_payload_hash: r7.payload_hash })]);
// 8 NUL etc
for (const bad of ["\u0000", "a\u0000b", "\ud800", " ", "\u00a0", "\u200b", "x".repeat(501)])
  out("8 " + JSON.stringify(bad.slice(0,5)), await a("ban_user", { p_user_id: V.id, p_reason: bad, p_dry_run: true }));
// 9 approvals loosened: stale threshold request
const t9: any = await b("set_approval_threshold", { p_name: "act_credits", p_credits: 1000, p_reason: "x" });
await c("set_approval_threshold", { p_name: "act_credits", p_credits: 5, p_reason: "incident" });
const e9: any = await c("approve_admin_request", { p_approval_id: t9.approval_id, p_payload_hash: t9.payload_hash });
out("9", [e9.success, e9.result?.before, e9.result?.after]);
out("chain", await walkChain(sql));
out("findings", await sql`select * from vidops.security_findings()`);
out("public vidops fns", await sql`select p.oid::regprocedure::text from pg_proc p where pronamespace='vidops'::regnamespace and (proacl is null or has_function_privilege('authenticated', oid,'execute') or has_function_privilege('service_role', oid,'execute') or has_function_privilege('anon', oid,'execute'))`);
}
await stopTestServer();
