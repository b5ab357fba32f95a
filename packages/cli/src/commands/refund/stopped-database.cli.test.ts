import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type LocalStack, startLocal } from "@vidops/local";
import postgres, { type Sql } from "postgres";
import { describe, expect, it } from "vitest";
import { runPrinted, runVidops, temporaryFolder } from "../../testing/run-vidops.ts";

/** A port that is free now: the stack has to come back on the same one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function withSql<T>(stack: LocalStack, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Balance, ledger rows, audit rows and the job's counter of the one refund. */
async function traces(stack: LocalStack, jobId: string): Promise<unknown> {
  return withSql(stack, async (sql) => {
    const [row] = await sql`
      select (select credits_remaining from public.users where id = ${stack.user.id}) as balance,
        (select count(*)::int from public.quota_log where job_id = ${jobId} and change > 0) as ledger,
        (select count(*)::int from public.admin_actions where target_job_id = ${jobId}) as actions,
        (select credits_refunded from public.video_jobs where job_id = ${jobId}) as refunded`;
    return { ...row };
  });
}

const nothing = { balance: 6, ledger: 0, actions: 0, refunded: 0 };
const wholly = { balance: 10, ledger: 1, actions: 1, refunded: 4 };

/** A failed job of 4 credits that the stack's user paid out of 10. */
async function chargedJob(sql: Sql, userId: string): Promise<string> {
  await sql`select public.add_credits(${userId}, 10, 'purchase')`;
  const [model] = await sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id`;
  const [job] = await sql`
    insert into public.video_jobs (user_id, model_id, prompt, status)
    values (${userId}, ${model?.id}, 'a fox', 'failed') returning job_id`;
  await sql`select public.deduct_credits(${userId}, 4, 'video_generation', ${job?.job_id})`;
  return job?.job_id;
}

/** Sleeps in the middle of a refund: its audit row is written, its ledger row is not. */
const dawdle = `
  create function public.dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(20); return new; end';
  create trigger dawdle before insert on public.quota_log for each row execute function public.dawdle();`;

/** A folder of the test that the account Postgres runs under can reach, also when root started it. */
function dataFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  return folder;
}

describe("a database that is killed", () => {
  it("in the middle of a refund has none of it when it is back, and the printed command settles it", async () => {
    using folder = dataFolder();
    const options = { dataDir: `${folder.path}/db`, port: await freePort(), dbPort: 0, announce: false };
    let stack = await startLocal(options);
    try {
      const jobId = await withSql(stack, async (sql) => {
        const job = await chargedJob(sql, stack.user.id);
        await sql.unsafe(dawdle);
        return job;
      });
      const env = {
        SUPABASE_URL: stack.url,
        SUPABASE_SECRET_KEY: stack.secretKey,
        VIDOPS_ADMIN: stack.admin.id,
      };
      const refund = runVidops(["refund", jobId, "--reason", "lost video", "--yes", "--json"], {
        folder: folder.path,
        env,
      });
      await withSql(stack, async (sql) => {
        for (let sleeping = 0; sleeping === 0; await sleep(20)) {
          const [row] =
            await sql`select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'`;
          sleeping = row?.n;
        }
      });
      process.kill(stack.pids.postgres, "SIGKILL");
      const lost = await refund;
      expect(lost.exitCode).toBe(8);
      const { error } = lost.json();
      expect(error.code).toBe("ERR_6006");

      await stack.stop();
      stack = await startLocal(options);
      expect(stack.url).toBe(env.SUPABASE_URL);
      expect(await traces(stack, jobId)).toEqual(nothing);

      await withSql(stack, (sql) => sql`drop trigger dawdle on public.quota_log`);
      for (const replayed of [false, true]) {
        const settled = await runPrinted(error.settle_command, { folder: folder.path, env });
        expect(settled).toMatchObject({ exitCode: 0 });
        expect(settled.json().data.replayed).toBe(replayed);
        expect(await traces(stack, jobId)).toEqual(wholly);
      }
    } finally {
      await stack.stop();
    }
  });

  it("right after a refund was answered has all of it when it is back", async () => {
    using folder = dataFolder();
    const options = { dataDir: `${folder.path}/db`, port: 0, dbPort: 0, announce: false };
    let stack = await startLocal(options);
    try {
      const jobId = await withSql(stack, (sql) => chargedJob(sql, stack.user.id));
      const refund = await runVidops(["refund", jobId, "--reason", "lost video", "--yes", "--json"], {
        folder: folder.path,
        env: {
          SUPABASE_URL: stack.url,
          SUPABASE_SECRET_KEY: stack.secretKey,
          VIDOPS_ADMIN: stack.admin.id,
        },
      });
      process.kill(stack.pids.postgres, "SIGKILL");
      expect(refund.exitCode).toBe(0);
      await stack.stop();
      stack = await startLocal(options);
      expect(await traces(stack, jobId)).toEqual(wholly);
    } finally {
      await stack.stop();
    }
  });
});
