import { beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const hostile = "\u001b]0;owned\u0007\u001b[2J\u202eevil@strange.test";
const formula = "=cmd|'/c calc'!a1@strange.test";
const money = moneyFixture({ credits: 100, jobs: false });
let job: string;

beforeAll(async () => {
  const { stack, user } = money;
  job = await createJob(stack, { userId: user.id, cost: 5 });
  for (const email of [hostile, formula]) {
    const { id } = await stack.createUser();
    await stack.sql`update users set email = ${email} where id = ${id}`;
  }
  await stack.createUser({ columns: { email: null, device_id: "phone-1", is_guest: true } });
  await stack.createUser({
    email: "banned@strange.test",
    columns: { banned_at: "2026-11-01", tier: "premium" },
  });
});

function find(...args: string[]): Promise<Run> {
  return money.vidops(["users", "find", ...args]);
}

async function emails(...args: string[]): Promise<(string | null)[]> {
  const run = await find(...args, "--json");
  expect(run.exitCode, run.stdout).toBe(0);
  return run.json().data.users.map((user: { email: string | null }) => user.email);
}

describe("users find", () => {
  it("finds by half an email in any case, the beginning of an id, a device and a job", async () => {
    for (const text of ["ADA@exa", money.user.id.slice(0, 8), money.user.id, job])
      expect(await emails(text)).toEqual(["ada@example.com"]);
    expect((await find("phone-1", "--json")).json().data.users).toMatchObject([
      { email: null, device_id: "phone-1", is_guest: true, matched_by: "device_id" },
    ]);
  });

  it("shows them as a table, and the command that shows all of the only one", async () => {
    const { stdout } = await find("ada@");
    expect(stdout.split("\n")[0]).toMatch(/^user +id +credits +state +since +found by$/);
    expect(stdout).toMatch(new RegExp(`ada@example.com +${money.user.id} +95`));
    expect(stdout).toContain(`vidops users show ${money.user.id}`);
  });

  it("simply lists whoever an ambiguous text fits, newest first", async () => {
    expect(await emails("strange")).toEqual(["banned@strange.test", formula, hostile]);
  });

  it("filters by admins, bans, guests and tier", async () => {
    expect(await emails("--admins")).toEqual(["ops@example.com"]);
    expect(await emails("--banned")).toEqual(["banned@strange.test"]);
    expect(await emails("--guests", "phone-1")).toEqual([null]);
    expect(await emails("--tier", "premium")).toEqual(["banned@strange.test"]);
    expect(await emails("--banned", "--admins")).toEqual([]);
  });

  it("pages with the cursor that it prints, each user once", async () => {
    const first = (await find("strange", "--limit", "2", "--json")).json();
    expect(first.data.users).toHaveLength(2);
    const text = await find("strange", "--limit", "2");
    expect(text.stdout).toContain(`vidops users find strange --limit 2 --cursor ${first.meta.next_cursor}`);
    const rest = await find("strange", "--limit", "2", "--cursor", first.meta.next_cursor, "--json");
    expect(rest.json()).toMatchObject({ data: { users: [{ email: hostile }], next_cursor: null } });
  });

  it("goes on further back by itself where hardly anybody fits", async () => {
    await money.stack.sql`
      insert into users (id, email, is_guest, created_at) select gen_random_uuid(), 'crowd' || i || '@crowd.test', false, now() + i * interval '1 second'
      from generate_series(1, 20500) i`;
    try {
      expect(await emails("e", "--tier", "premium")).toEqual(["banned@strange.test"]);
    } finally {
      await money.stack.sql`delete from users where email like '%@crowd.test'`;
    }
  });

  it("says so when nobody fits", async () => {
    expect(await find("nobody at all")).toMatchObject({ exitCode: 0, stdout: "Nobody fits.\n" });
    expect((await find("nobody at all", "--output", "csv")).stdout.trim().split("\n")).toHaveLength(1);
    expect((await find("nobody at all", "--output", "ndjson")).stdout).toBe("");
  });

  it("shows no escape codes or bidi marks, keeps them in JSON, and gives a spreadsheet no formula", async () => {
    const text = await find("evil@");
    expect(text.stdout).toContain("evil@strange.test");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(await emails("evil@")).toEqual([hostile]);
    const csv = (await find("calc", "--output", "csv")).stdout;
    expect(csv).toContain("'=cmd|");
    expect((await find("strange", "--output", "ndjson")).stdout.trim().split("\n")).toHaveLength(3);
  });

  it("takes wildcards, quotes and backslashes to the letter", async () => {
    for (const text of ["%", "_", "*", "a%a", "\\", "' or 1=1 --"]) expect(await emails(text)).toEqual([]);
    expect(await emails("'/c")).toEqual([formula]);
  });

  it.each<[title: string, args: string[], says: RegExp]>([
    ["--limit 0", ["a", "--limit", "0"], /--limit must be a whole number from 1 to 1000/],
    ["a negative --limit", ["a", "--limit", "-3"], /--limit/],
    ["a huge --limit", ["a", "--limit", "1000000000000"], /--limit/],
    ["a tier that is none", ["--tier", "gold"], /free or premium/],
    ["a text of 10 kB", ["x".repeat(10_240)], /longer than any email/],
    ["a cursor of nothing", ["a", "--cursor", "nonsense"], /cursor/],
  ])("refuses %s", async (_, args, says) => {
    expect(await find(...args)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });

  it("refuses the cursor of another search", async () => {
    const cursor = (await find("strange", "--limit", "1", "--json")).json().meta.next_cursor;
    expect(await find("ada", "--cursor", cursor)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("another text"),
    });
  });
});
