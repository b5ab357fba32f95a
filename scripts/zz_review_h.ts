import { createTestStack, stopTestServer } from "@vidops/local/testing";
import { signedIn, withSecretKey, createChargedJob, balanceOf, walkChain, createModel } from "../supabase/tests/acting.ts";
import { migrate } from "../supabase/tests/migrate.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 700));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true }), C = await stack.createUser({ isAdmin: true }), D = await stack.createUser({ isAdmin: true });
const a = signedIn(stack, A) as any, b = signedIn(stack, B) as any, c = signedIn(stack, C) as any, key = withSecretKey(stack, null) as any;
const V = await stack.createUser({ credits: 1000 });
const e = (r: any) => r.success === true ? "ok" : r.error ?? r.code;
const approve = (who: any, r: any) => who("approve_admin_request", { p_approval_id: r.approval_id, p_payload_hash: r.payload_hash });
await a("set_approval_threshold", { p_name: "act_credits", p_credits: 100, p_reason: "x" });
await a("ban_user", { p_user_id: D.id, p_reason: "first" });
const r1 = await a("unban_user", { p_user_id: D.id, p_reason: "r1" }), r2 = await a("unban_user", { p_user_id: D.id, p_reason: "r2" });
out("r2", e(await approve(b, r2)));
await c("ban_user", { p_user_id: D.id, p_reason: "stole credits, seen today" });
out("stale unban", [e(await approve(b, r1)), await sql`select banned_at from users where id=${D.id}`]);
await a("ban_user", { p_user_id: V.id, p_reason: "internal: ring of alice@corp.com, see SUP-9" });
out("banned user reads", await (await fetch(`${stack.url}/rest/v1/users?select=ban_reason`, { headers: { apikey: stack.publishableKey, authorization: `Bearer ${V.accessToken}` } })).text());
await sql`alter table public.video_jobs disable trigger video_jobs_refuse_banned`;
out("findings", await sql`select kind, detail from vidops.security_findings()`);
const model = await createModel(sql);
out("banned inserts", await sql`insert into video_jobs (user_id, model_id, prompt) values (${V.id}, ${model}, 'x') returning status`);
// update of a job by banned user's owner... job moved back to processing
// restore: head left at 0
await sql`update vidops.admin_action_chain set position = 0, hash = repeat('0', 64)`;
out("after restore", [await a("ban_user", { p_user_id: C.id, p_reason: "x" }), await sql`select kind, detail from vidops.security_findings()`]);
await migrate(sql);
out("after migrations again", e(await a("ban_user", { p_user_id: C.id, p_reason: "x" })));
}
{ // first threshold vs revoke race
await using stack = await createTestStack();
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true });
const { sql } = stack;
await sql.unsafe("create table zz (x int)");
const s1 = await sql.reserve();
await s1`begin`; await s1`select set_config('request.jwt.claims', ${JSON.stringify({ sub: A.id, role: "authenticated" })}, true)`;
out("t1 revoke B", (await s1`select public.revoke_admin(${B.id}, 'x') ->> 'success' as s`)[0]);
const p = sql`select public.set_approval_threshold('act_credits', 5, 'x', ${A.id}) as r`;
setTimeout(async () => { await s1`commit`; s1.release(); }, 300);
out("t2 threshold", (await p)[0]!.r.success);
out("state", await sql`select count(*) filter (where is_admin), (select count(*) from approval_thresholds) t from users`);
}
await stopTestServer();
