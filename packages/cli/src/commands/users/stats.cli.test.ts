import { beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const money = moneyFixture({ credits: 100, jobs: false });

beforeAll(async () => {
  await createJob(money.stack, { userId: money.user.id, cost: 5 });
  await createJob(money.stack, { userId: money.user.id, cost: 3, status: "completed" });
});

function stats(...args: string[]): Promise<Run> {
  return money.vidops(["users", "stats", ...args]);
}

describe("users stats", () => {
  it("counts what everybody did, with totals and the time before", async () => {
    const run = await stats("--since", "7d");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^All users: \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n/);
    expect(run.stdout).toMatch(/generations +2 +new\n/);
    expect(run.stdout).toMatch(/of these failed +1 +new\n/);
    expect(run.stdout).toMatch(/credits spent +8 +new\n/);
    expect(run.stdout).toMatch(/active users +1 +new\n/);
    expect(run.stdout).not.toContain("~");
    const { data } = (await stats("--since", "7d", "--json")).json();
    expect(data).toMatchObject({
      user_id: null,
      totals: { generations: 2, failures: 1, spent: 8, granted: 100, active_users_estimated: false },
      previous: { generations: 0 },
    });
    expect(data.days).toHaveLength(8);
  });

  it("counts what one user did, by a part of the email too, and shows every day", async () => {
    const run = await stats("ada", "--since", "2d", "--by-day");
    expect(run.stdout).toMatch(/^ada@example\.com: /);
    expect(run.stdout).not.toContain("active");
    expect(run.stdout).toMatch(/\n\d{4}-\d\d-\d\d +2 +1 +8 +0 +0 +100 +0\n/);
    expect(await stats("nobody@example.com")).toMatchObject({ exitCode: 3 });
  });

  it("is a row a day for a spreadsheet", async () => {
    const lines = (await stats("--since", "2d", "--output", "csv")).stdout.trim().split("\n");
    expect(lines[0]).toBe("day,generations,failures,spent,refunded,purchased,granted,adjusted,active_users");
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^\d{4}-\d\d-\d\d,2,1,8,0,0,100,0,1$/);
    expect((await stats("--since", "2d", "--output", "ndjson")).stdout.trim().split("\n")).toHaveLength(3);
  });

  it.each<[title: string, args: string[], says: RegExp]>([
    ["more than 92 days", ["--since", "93d"], /At most 92 days/],
    ["a start in the future", ["--since", "2099-01-01"], /future/],
    ["a start after the end", ["--since", "1d", "--until", "2d"], /before/],
    ["what is no time", ["--since", "yesterday"], /--since/],
    ["a blank user", [" "], /blank/],
  ])("refuses %s", async (_, args, says) => {
    expect(await stats(...args)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });
});
