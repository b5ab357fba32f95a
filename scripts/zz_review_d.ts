import { createTestStack, stopTestServer } from "@vidops/local/testing";
import postgres from "postgres";
import { signedIn, withSecretKey, createChargedJob, balanceOf, walkChain, createModel } from "../supabase/tests/acting.ts";
const out = (l: string, v: unknown) => console.log(l, JSON.stringify(v)?.slice(0, 700));
{
await using stack = await createTestStack();
const { sql } = stack;
const A = await stack.createUser({ isAdmin: true }), B = await stack.createUser({ isAdmin: true });
const a = signedIn(stack, A), b = signedIn(stack, B), key = withSecretKey(stack, null);
const V = await stack.createUser({ credits: 10 }), N = await stack.createUser();
const model = await createModel(sql);
// session settings
{
  await a("admin_adjust_credits", { p_user_id: V.id, p_change: 1, p_reason: "ünï 😀 \u2028 \\ \" / \u007f" });
  const s = postgres(stack.dbUrl, { max: 1 });
  const base = (await s`select md5(string_agg(vidops.admin_action_text(a), '' order by chain_position)) m from admin_actions a`)[0]!.m;
  for (const set of ["DateStyle='German, DMY'", "TimeZone='Pacific/Chatham'", "IntervalStyle=iso_8601", "extra_float_digits=-15", "bytea_output=escape", "lc_time='C'", "quote_all_identifiers=on", "xmlbinary=hex", "client_encoding=LATIN1", "array_nulls=off"]) {
    try { await s.unsafe(`set ${set}`); const m = (await s`select md5(string_agg(vidops.admin_action_text(a), '' order by chain_position)) m from admin_actions a`)[0]!.m; if (m !== base) out("SETTING " + set, "differs"); } catch (e: any) { out("SETTING " + set, e.message); }
  }
  await s.unsafe("set client_encoding=UTF8");
  await s`select public.admin_adjust_credits(${V.id}, 1, 'x', p_admin_user_id => ${A.id})`;
  await s.begin(async (t) => { await t`select public.admin_adjust_credits(${V.id}, 1, 'x', p_admin_user_id => ${A.id})`; await t.savepoint(async (u) => { await u`select public.admin_adjust_credits(${V.id}, 1, 'y', p_admin_user_id => ${A.id})`; throw new Error("z"); }).catch(() => {}); await t`select public.admin_adjust_credits(${V.id}, 1, 'z', p_admin_user_id => ${A.id})`; });
  await s`insert into public.admin_actions (admin_user_id, action_type, reason, details) select ${A.id}, 'user_ban', 'multi', '{"n": 1.10e3, "z": 1e-7, "big": 123456789012345678901234567890.10}' from generate_series(1, 50)`;
  out("chain", await walkChain(sql));
  await s.end();
}

await sql.unsafe("alter table public.models add column sort_order integer");
await sql.unsafe("grant insert, update on public.models to service_role");
const { readFileSync, readdirSync } = await import("node:fs");
for (const f of readdirSync("supabase/migrations").filter((f) => f >= "20261127000400" && f < "20261127000500")) await sql.begin((t) => t.unsafe(readFileSync("supabase/migrations/" + f, "utf8")));
await stack.reloadSchema();
out("models own column", await (await fetch(`${stack.url}/rest/v1/models?id=eq.${model}`, { method: "PATCH", headers: { apikey: stack.secretKey, "content-type": "application/json" }, body: '{"sort_order":3}' })).text());
for (const c of ["id","name","created_at","cost_per_generation","is_available"]) out("models " + c, await (await fetch(`${stack.url}/rest/v1/models?id=eq.${model}`, { method: "PATCH", headers: { apikey: stack.secretKey, "content-type": "application/json" }, body: JSON.stringify({[c]: c === "id" ? model : c.startsWith("is") ? true : c.startsWith("cost") ? 3 : "2026-01-01"}) })).text());
out("columns", (await sql`select attname from pg_attribute where attrelid='public.models'::regclass and attnum>0`).map((r) => r.attname));
out("insert", await (await fetch(`${stack.url}/rest/v1/models`, { method: "POST", headers: { apikey: stack.secretKey, "content-type": "application/json", prefer: "resolution=merge-duplicates" }, body: JSON.stringify({ id: model, name: "m", provider: "fal", provider_model_id: "m", cost_per_generation: 1 }) })).text());
}
await stopTestServer();
