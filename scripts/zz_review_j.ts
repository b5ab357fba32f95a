import { createTestStack, stopTestServer } from "@vidops/local/testing";
import { signedIn, walkChain } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 900));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), V = await stack.createUser({ credits: 10 });
const a = signedIn(stack, A) as any;
await a("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "k", p_idempotency_key: "dup" });
const t = async (l: string, q: string) => { try { await sql.unsafe(q); out(l, "done"); } catch (e: any) { out(l, e.code + " " + e.message); } out(l, await walkChain(sql)); };
await t("one", `insert into admin_actions (admin_user_id, action_type, reason, idempotency_key) values ('${A.id}', 'user_ban', 'x', 'dup') on conflict do nothing`);
await t("two", `insert into admin_actions (admin_user_id, action_type, reason, idempotency_key) values ('${A.id}', 'user_ban', 'x', 'dup'), ('${A.id}', 'user_ban', 'x', 'fresh') on conflict do nothing`);
}
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true });
await sql.unsafe("create function public.zz() returns trigger language plpgsql as $$ begin if new.reason = 'skip' then return null; elsif new.reason like 'up%' then new.reason := upper(new.reason); end if; return new; end $$; create trigger zz before insert on public.admin_actions for each row execute function public.zz();");
const t = async (l: string, q: string) => { try { await sql.unsafe(q); out(l, "done"); } catch (e: any) { out(l, e.code + " " + e.message); } out(l, await walkChain(sql)); };
await t("altered first of two", `insert into admin_actions (admin_user_id, action_type, reason) values ('${A.id}', 'user_ban', 'up'), ('${A.id}', 'user_ban', 'plain')`);
await t("skipped first of two", `insert into admin_actions (admin_user_id, action_type, reason) values ('${A.id}', 'user_ban', 'skip'), ('${A.id}', 'user_ban', 'plain')`);
}
await stopTestServer();
