import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type DatabaseClient } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { cleanup, cleanupReportOf } from "./index.ts";

let stack: TestStack;
let db: DatabaseClient;
let userId: string;
/** What was removed, call by call. */
let removed: string[][] = [];
const files = {
  remove: async (paths: readonly string[]): Promise<void> => {
    removed.push([...paths]);
  },
};

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  userId = (await stack.createUser()).id;
});
beforeEach(async () => {
  removed = [];
  await stack.sql`delete from video_jobs`;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** So many jobs that their user deleted so many days ago; their ids. */
async function deleted(count: number, days = 31, videoUrl: string | null = null): Promise<string[]> {
  const { sql } = stack;
  const [model] = await sql`
    insert into models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id`;
  const rows = await sql`
    insert into video_jobs (user_id, model_id, prompt, status, video_url, deleted_at)
    select ${userId}, ${model?.id}, 'a fox', 'completed', ${videoUrl}, now() - make_interval(days => ${days}) from generate_series(1, ${count})
    returning job_id`;
  return rows.map((row) => row.job_id);
}
const emptied = async (): Promise<number> =>
  (await stack.sql`select count(*)::int as n from video_jobs where purged_at is not null and prompt = ''`)[0]
    ?.n;

describe("cleanup of deleted jobs", () => {
  it("removes files, then empties rows, batch by batch, each in the audit", async () => {
    const ids = await deleted(5);
    const young = await deleted(2, 29);
    const report = await cleanup(db, { targets: ["deleted-jobs"], files, batchSize: 2 });
    expect(report).toMatchObject({
      deleted: 5,
      targets: [{ target: "deleted-jobs", deleted: 5, batches: 3, more: false, actionIds: { length: 3 } }],
    });
    expect(removed.flat().sort()).toEqual(ids.map((id) => `${userId}/${id}.mp4`).sort());
    expect(await emptied()).toBe(5);
    expect(removed.flat().join()).not.toContain(young[0]);
  });

  it("removes the file that a row names, and no address of a provider", async () => {
    const [moved] = await deleted(1, 31, "another-user/of-before.mp4");
    const [elsewhere] = await deleted(1, 31, "https://v3.fal.media/files/video.mp4");
    await cleanup(db, { targets: ["deleted-jobs"], files });
    expect(removed.flat().sort()).toEqual(
      [`${userId}/${moved}.mp4`, "another-user/of-before.mp4", `${userId}/${elsewhere}.mp4`].sort(),
    );
  });

  it("empties no row whose files could not be removed, says what was done before, and goes on when run again", async () => {
    await deleted(4);
    let calls = 0;
    const failing = {
      remove: async (paths: readonly string[]): Promise<void> => {
        calls += 1;
        if (calls === 2) throw new VidopsError({ code: "ERR_6002", reason: "storage_failed", message: "no" });
        await files.remove(paths);
      },
    };
    const options = { targets: ["deleted-jobs"], batchSize: 2 } as const;
    const error = await cleanup(db, { ...options, files: failing }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ERR_6002", details: { target: "deleted-jobs" } });
    expect(cleanupReportOf(error)).toMatchObject({ deleted: 2 });
    expect(await emptied()).toBe(2);
    expect(await cleanup(db, { ...options, files })).toMatchObject({ deleted: 2 });
    expect(await emptied()).toBe(4);
  });

  it("loses nothing when it is killed between the files and the rows", async () => {
    const [id] = await deleted(1);
    const killed = {
      remove: async (paths: readonly string[]): Promise<void> => {
        await files.remove(paths);
        throw new Error("killed");
      },
    };
    await cleanup(db, { targets: ["deleted-jobs"], files: killed }).catch(() => {});
    expect(await emptied()).toBe(0);
    await cleanup(db, { targets: ["deleted-jobs"], files });
    expect(removed).toEqual([[`${userId}/${id}.mp4`], [`${userId}/${id}.mp4`]]);
    expect(await emptied()).toBe(1);
  });

  it("keeps a row that got a video while its files were removed, for the next time", async () => {
    const [id = ""] = await deleted(1);
    const late = {
      remove: async (): Promise<void> => {
        await stack.sql`update video_jobs set video_url = ${`${userId}/${id}.mp4`} where job_id = ${id}`;
      },
    };
    const report = await cleanup(db, { targets: ["deleted-jobs"], files: late });
    expect(report).toMatchObject({ deleted: 0, targets: [{ more: true }] });
    expect(await emptied()).toBe(0);
    expect(await cleanup(db, { targets: ["deleted-jobs"], files })).toMatchObject({ deleted: 1 });
  });

  it("counts on a dry run, and is left out without files unless it is asked for", async () => {
    await deleted(3);
    expect(await cleanup(db, { targets: ["deleted-jobs"], dryRun: true })).toMatchObject({
      targets: [{ wouldDelete: 3 }],
    });
    const all = await cleanup(db);
    expect(all.targets.map(({ target }) => target)).not.toContain("deleted-jobs");
    await expect(cleanup(db, { targets: ["deleted-jobs"] })).rejects.toMatchObject({ code: "ERR_4008" });
    expect(await emptied()).toBe(0);
    const whole = await cleanup(db, { files });
    expect(whole.targets.at(-1)).toMatchObject({ target: "deleted-jobs", deleted: 3 });
  });
});
