import { createEmptyDatabase, createTestStack, stopTestServer } from "@vidops/local/testing";
import postgres from "postgres";
import { migrateFrom, migrateUntil } from "../supabase/tests/migrate.ts";
import { walkChain } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 900));
for (const n of [5000, 20000, 40000]) {
  await using db = await createEmptyDatabase();
  await migrateUntil(db.sql, "20261127000000");
  const [u] = await db.sql`insert into users (email, is_admin) values ('a@x.com', true) returning id`;
  await db.sql`insert into admin_actions (admin_user_id, action_type, target_user_id, amount, reason) select ${u!.id}, 'credit_refund', ${u!.id}, 1, 'x' from generate_series(1, ${n})`;
  const t = performance.now(); await migrateFrom(db.sql, "20261127000000"); out(`backfill ${n}`, Math.round(performance.now() - t));
}
{
  await using stack = await createTestStack();
  const { sql } = stack;
  const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true });
  const users = await Promise.all(Array.from({ length: 8 }, () => stack.createUser({ credits: 1000 })));
  await sql`select public.set_approval_threshold('day_credits', 2000000000, 'x', ${A.id})`;
  const rate = async (label: string) => {
    const c = postgres(stack.dbUrl, { max: 4 }); const t = performance.now(); let k = 0;
    await Promise.all(Array.from({ length: 4 }, async (_, w) => { while (performance.now() - t < 3000) { await c`select public.admin_adjust_credits(${users[(w * 2) % 8]!.id}, 1, 'x', p_admin_user_id => ${A.id})`; k++; } }));
    out(label, Math.round(k / ((performance.now() - t) / 1000)) + " acts/s"); await c.end();
  };
  await rate("0 rows");
  for (const n of [20000, 80000]) {
    const t0 = performance.now();
    for (let i = 0; i < n; i += 2000) await sql`insert into admin_actions (admin_user_id, action_type, target_user_id, amount, reason) select ${A.id}, 'credit_refund', ${users[0]!.id}, 1, 'x' from generate_series(1, 2000)`;
    out("inserted " + n, Math.round(performance.now() - t0));
    await sql`analyze admin_actions`;
    await rate(`rows of A today ${n}`);
  }
  out("plan", (await sql`explain (analyze, buffers) select coalesce(sum(abs(a.amount)), 0) from public.admin_actions a where a.admin_user_id = ${A.id} and a.created_at > now() - interval '24 hours' and a.action_type in ('credit_refund', 'credit_adjustment') and a.undoes is null and a.approved_by is null`).map((r) => r["QUERY PLAN"]));
}
await stopTestServer();
