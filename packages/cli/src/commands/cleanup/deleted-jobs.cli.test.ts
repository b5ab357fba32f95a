import { describe, expect, it } from "vitest";
import { jobsFixture } from "../../testing/jobs-fixture.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const jobs = jobsFixture();
const cleanup = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  jobs.vidops(["cleanup", ...args], options);

/** A job with a video in storage that its user deleted so many days ago. */
async function deleted(days: number): Promise<string> {
  const id = await jobs.order("a fox", 30);
  await jobs.finish(id);
  const settled = await jobs.vidops(["jobs", "stuck", "--settle", "--yes"], { env: jobs.asking() });
  expect(settled.exitCode, settled.stdout).toBe(0);
  await jobs.stack
    .sql`update video_jobs set deleted_at = now() - make_interval(days => ${days}) where job_id = ${id}`;
  return id;
}
const fileOf = (id: string): string => `${jobs.user.id}/${id}.mp4`;

describe("cleanup deleted-jobs", () => {
  it("removes the videos of jobs that were deleted 30 days ago from storage, and empties their rows", async () => {
    const [old, young] = [await deleted(31), await deleted(29)];
    expect(await jobs.files()).toEqual(expect.arrayContaining([fileOf(old), fileOf(young)]));
    const dry = (await cleanup(["deleted-jobs", "--dry-run", "--json"])).json();
    expect(dry.data.targets).toMatchObject([{ target: "deleted-jobs", would_delete: 1, deleted: 0 }]);

    const run = await cleanup(["deleted-jobs", "--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/deleted-jobs +\S+ +1 +1 +none/);
    const files = await jobs.files();
    expect(files).not.toContain(fileOf(old));
    expect(files).toContain(fileOf(young));
    expect(await jobs.row(old)).toMatchObject({ prompt: "", video_url: null, purged_at: expect.any(Date) });
    expect(await jobs.row(young)).toMatchObject({ prompt: "a fox", purged_at: null });

    const shown = await jobs.vidops(["jobs", "show", old]);
    expect(shown.stdout).toContain("emptied, its files removed");
    expect((await jobs.vidops(["actions", "list", "--type", "cleanup"])).stdout).toContain(
      "emptied 1 deleted jobs",
    );
    expect((await cleanup(["deleted-jobs", "--yes", "--json"])).json().data).toMatchObject({ deleted: 0 });
  });

  it("is part of a nightly cleanup with a secret key", async () => {
    const old = await deleted(31);
    const run = await cleanup(["--yes", "--json"]);
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.json().data.targets.at(-1)).toMatchObject({ target: "deleted-jobs", deleted: 1 });
    expect(await jobs.files()).not.toContain(fileOf(old));
  });

  it("is left out for a login, which says so; asked for by name, it says what is missing", async () => {
    const old = await deleted(31);
    const all = await cleanup(["--yes", "--json"], { env: jobs.signedIn() });
    expect(all.exitCode, all.stdout).toBe(0);
    expect(all.stderr).toContain("deleted-jobs is left out");
    const named = await cleanup(["deleted-jobs", "--yes"], { env: jobs.signedIn() });
    expect(named.exitCode).toBe(4);
    expect(named.stderr).toContain("SUPABASE_SECRET_KEY");
    expect(await jobs.files()).toContain(fileOf(old));
    expect(await jobs.row(old)).toMatchObject({ purged_at: null });
  });

  it("empties nothing when storage cannot be reached", async () => {
    const old = await deleted(31);
    await jobs.stack.sql`alter table storage.objects rename to hidden`;
    try {
      const run = await cleanup(["deleted-jobs", "--yes", "--json"]);
      expect(run.exitCode).toBe(75);
      expect(run.json().error).toMatchObject({ code: "ERR_6002", retryable: true });
      expect(await jobs.row(old)).toMatchObject({ prompt: "a fox", purged_at: null });
    } finally {
      await jobs.stack.sql`alter table storage.hidden rename to objects`;
    }
    expect((await cleanup(["deleted-jobs", "--yes"])).exitCode).toBe(0);
    expect(await jobs.files()).not.toContain(fileOf(old));
  });
});
