import type { Sql } from "postgres";
import { people } from "./admin-reads-fill.ts";

/** The plans of what the reads of operators are made of, under the settings of their functions. */
export async function sayAdminPlans(sql: Sql, say: (line: string) => void): Promise<void> {
  await sql`set jit = off`;
  const explain = async (title: string, statement: string): Promise<void> => {
    say(`plan of ${title}`);
    for (const line of await sql.unsafe(`explain (analyze, buffers, timing off) ${statement}`))
      say(`  ${line["QUERY PLAN"]}`);
  };
  await sql`set enable_seqscan = off`;
  await explain(
    "a search by what many have: a walk over the newest",
    `select * from (select u.* from public.users u order by u.created_at desc, u.id desc limit 20000) u
     where strpos(lower(u.email), 'example.com') > 0 order by u.created_at desc, u.id desc limit 51`,
  );
  await explain(
    "a search by what few have: the index of groups",
    `select * from (select u.* from public.users u
       where vidops.text_groups(u.email) @@ '''wil'' & ''ilh'' & ''t12'' & ''123'''::tsquery or u.device_id = 'wilhelm.quist123' offset 0) u
     where strpos(lower(u.email), 'wilhelm.quist123') > 0 or u.device_id = 'wilhelm.quist123' order by u.created_at desc, u.id desc limit 51`,
  );
  await explain(
    "banned users",
    "select * from public.users u where u.banned_at is not null order by u.created_at desc, u.id desc limit 51",
  );
  await sql`set enable_seqscan = on`;
  await explain(
    "the support view's proof",
    `select sum(q.change) from (select * from public.quota_log q where q.user_id = bench_id('user', ${people.ledger}) order by q.id desc limit 1001) q`,
  );
  await explain(
    "the support view's jobs",
    `select j.status, count(*) from (select * from public.video_jobs j where j.user_id = bench_id('user', ${people.jobs})
       order by j.created_at desc, j.job_id desc limit 1001) j group by 1`,
  );
  await explain(
    "the support view's acts",
    `select * from public.admin_actions a where a.target_user_id = bench_id('user', ${people.ledger}) order by a.created_at desc limit 1001`,
  );
  await explain(
    "the ledger of a day",
    `select q.user_id, sum(q.change) from public.quota_log q
     where q.created_at >= current_date - 8 and q.created_at < current_date - 7 group by 1`,
  );
  await explain(
    "the failed jobs of a day",
    `select count(*) from public.video_jobs v where v.status = 'failed' and v.created_at >= current_date - 8 and v.created_at < current_date - 7`,
  );
}
