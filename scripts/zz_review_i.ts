import { createTestStack, stopTestServer } from "@vidops/local/testing";
import postgres from "postgres";
import { signedIn, withSecretKey, walkChain, createModel } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 900));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true });
const users = await Promise.all(Array.from({ length: 8 }, () => stack.createUser({ credits: 1000 })));
const c = postgres(stack.dbUrl, { max: 4 });
const rate = async (label: string, secs: number) => {
  const t = performance.now(); let k = 0;
  await Promise.all(Array.from({ length: 4 }, async (_, w) => { while (performance.now() - t < secs * 1000) { await c`select public.admin_adjust_credits(${users[(w * 2 + k) % 8]!.id}, 1, 'x', p_admin_user_id => ${A.id})`; k++; } }));
  out(label, Math.round(k / ((performance.now() - t) / 1000)) + " acts/s, " + k);
};
await rate("no old snapshot", 3);
const old = postgres(stack.dbUrl, { max: 1 }); const s = await old.reserve();
await s`begin isolation level repeatable read`; await s`select count(*) from users`;
for (let i = 0; i < 6; i++) await rate("with old snapshot " + i, 4);
out("size", await sql`select pg_relation_size('vidops.admin_action_chain') b, (select position from vidops.admin_action_chain) p`);
await s`commit`; s.release(); await old.end();
await rate("released", 3); await rate("released", 3);
// concurrent same request
await sql`select public.set_approval_threshold('act_credits', 5, 'x', ${A.id})`;
const a = signedIn(stack, A) as any;
const rs = await Promise.all(Array.from({ length: 20 }, (_, i) => a("admin_adjust_credits", { p_user_id: users[0]!.id, p_change: 50, p_reason: "same", ...(i % 2 ? {} : { p_idempotency_key: "S" }) })));
out("same requests", [...new Set(rs.map((r: any) => r.error + r.approval_id))]);
await c.end();
out("chain", await walkChain(sql));
}
await stopTestServer();
