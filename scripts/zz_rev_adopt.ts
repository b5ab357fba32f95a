import { readFileSync } from "node:fs";
import { createEmptyDatabase } from "@vidops/local/testing";
import { migrate } from "../supabase/tests/migrate.ts";
const fixture = readFileSync("supabase/tests/fixtures/existing_project.sql", "utf8");
async function run(name: string, before: string, after: (sql: any) => Promise<void>) {
  const db = await createEmptyDatabase();
  try {
    console.log("##", name);
    await db.sql.unsafe(fixture);
    if (before) await db.sql.unsafe(before);
    await migrate(db.sql);
    await after(db.sql);
  } catch (e: any) { console.log("  FAILED:", e.code, e.message, e.hint ?? ""); }
  finally { await db[Symbol.asyncDispose](); }
}
const M = "20000000-0000-4000-8000-000000000001", ADA = "10000000-0000-4000-8000-000000000001", CEM = "10000000-0000-4000-8000-000000000002";
const t = async (label: string, f: Promise<any>) => { try { console.log("  ", label, JSON.stringify(await f)); } catch (e: any) { console.log("  ", label, "RAISED", e.code, e.message); } };
const start = (sql: any, more = "") => sql.unsafe(`select public.start_generation('${ADA}', '${M}', 'a fox', gen_random_uuid()::text, p_limits => '[]'${more}) as a`).then((r: any) => r[0].a);
const call = (sql: any, q: string) => sql.unsafe("select " + q + " as a").then((r: any) => r[0].a);

await run("plain + stuck jobs never charged", `insert into public.video_jobs (user_id, model_id, prompt, status, credits_used, created_at) values
 ('${CEM}', '${M}', 'refused then, never charged', 'pending', 4, now() - interval '200 days'), ('${CEM}', '${M}', 'null status', null, 4, now() - interval '200 days');
 insert into public.video_jobs (job_id, user_id, model_id, prompt, status, credits_used, created_at) values ('30000000-0000-4000-8000-000000000009', '${ADA}', '${M}', 'refunded without job', 'processing', 4, now() - interval '100 days');
 insert into public.quota_log (user_id, job_id, change, reason, balance_after) values ('${ADA}', '30000000-0000-4000-8000-000000000009', -4, 'video_generation', 12), ('${ADA}', null, 4, 'refund', 16);`, async (sql) => {
  await t("before", sql`select email, credits_remaining from public.users where email is not null order by 1`);
  await t("expire", call(sql, "public.expire_generations()"));
  await t("after", sql`select email, credits_remaining from public.users where email is not null order by 1`);
  await t("onboard cem (had initial_grant row)", call(sql, `public.onboard_guest('${CEM}', 'cems-phone', 10, false)`));
  await t("cem ledger", sql`select change, reason, balance_after from public.quota_log where user_id = ${CEM} order by id`);
  await t("second user same email", call(sql, `public.onboard_guest(gen_random_uuid(), 'another-phone', 10, false, 'cem@example.com')`));
  const g = "50000000-0000-4000-8000-000000000001";
  await t("guest", call(sql, `public.onboard_guest('${g}', 'g-phone', 10)`));
  await t("handover email taken", call(sql, `public.hand_over_guest('${g}', gen_random_uuid(), 'cem@example.com')`));
  const s = await start(sql); await t("start", Promise.resolve(s));
  await t("fail", call(sql, `public.fail_generation('${s.job_id}', 'ERR_5001', 'x', repeat('m', 1000))`));
  await migrate(sql); console.log("   migrated again ok");
  await t("trigdef", sql`select pg_get_triggerdef(oid) as d from pg_trigger where tgrelid='public.video_jobs'::regclass and not tgisinternal`);
  await t("pg", sql`select version()`);
});
const flow = async (sql: any) => {
  let s: any; await t("start", start(sql).then((x: any) => (s = x)));
  if (!s?.job_id) return;
  await t("attach", call(sql, `public.attach_generation('${s.job_id}', 'r-1')`));
  await t("complete", call(sql, `public.complete_generation('${s.job_id}', 'https://x.example/' || repeat('v', 600))`));
  let s2: any; await t("start2", start(sql).then((x: any) => (s2 = x)));
  await t("fail", call(sql, `public.fail_generation('${s2.job_id}', 'ERR_5001', 'provider_rejected', repeat('m', 600))`));
  await t("expire", (async () => { const s3 = await start(sql); await sql.unsafe(`update public.video_jobs set created_at = now() - interval '3 days' where job_id='${s3.job_id}'`); return call(sql, "public.expire_generations()"); })());
  await t("delete", call(sql, `public.delete_generation('${ADA}', '${s2.job_id}')`));
};
await run("varchar(255) error_message, video_url", `alter table public.video_jobs alter column error_message type varchar(255); alter table public.video_jobs alter column video_url type varchar(500);`, flow);
await run("status is an enum", `create type job_status as enum ('pending','processing','completed','failed'); alter table public.video_jobs drop constraint video_jobs_status_check; alter table public.video_jobs alter column status drop default; alter table public.video_jobs alter column status type job_status using status::job_status;`, flow);
await run("error_code integer", `alter table public.video_jobs add column error_code integer;`, flow);
await run("idempotency_key uuid", `alter table public.video_jobs add column idempotency_key uuid;`, flow);
await run("deleted_at timestamp", `alter table public.video_jobs add column deleted_at timestamp;`, flow);
await run("deleted_at boolean-ish is_deleted / deleted_at date", `alter table public.video_jobs add column deleted_at date;`, flow);
await run("response_data json", `alter table public.idempotency_log alter column response_data type json;`, flow);
await run("settings json", `alter table public.video_jobs alter column settings drop default; alter table public.video_jobs alter column settings type json;`, flow);
await run("status_code text", `alter table public.idempotency_log alter column status_code type text;`, flow);
await run("status_code smallint", `alter table public.idempotency_log alter column status_code type smallint;`, flow);
await run("provider_job_id uuid", `alter table public.video_jobs alter column provider_job_id type uuid using null;`, flow);
await run("email not null users", `alter table public.users alter column email set default ''; update public.users set email = '' where email is null; alter table public.users alter column email set not null;`, async (sql) => {
  await t("guest", call(sql, `public.onboard_guest(gen_random_uuid(), 'g-phone', 10)`));
});
await run("duplicate triggers: own status trigger", `create function public.on_job() returns trigger language plpgsql as $$ begin if new.status='failed' then perform public.give_back(new.user_id, new.job_id); end if; return new; end $$; create trigger on_job after update on public.video_jobs for each row execute function public.on_job(); create function public.give_back(u uuid, j uuid) returns void language sql as $$ update public.users set credits_remaining = credits_remaining + 4 where id = u $$;`, async (sql) => { await flow(sql); await t("ada", sql`select credits_remaining from public.users where id=${ADA}`); });
process.exit(0);
