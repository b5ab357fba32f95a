import { beforeEach, describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { type Run, runPrinted } from "../../testing/run-vidops.ts";

const acts = actsFixture();
const why = ["--reason", "why", "--yes"];

beforeEach(async () => {
  await acts.stack
    .sql`update users set is_admin = coalesce(email in ('ops@example.com', 'second@example.com'), false)`;
});

function users(...args: string[]): Promise<Run> {
  return acts.vidops(["users", ...args]);
}

describe("users ban and unban", () => {
  it("bans who is named by email, keeps reason and ticket, and prints the undo that lifts it", async () => {
    const run = await users("ban", "Ada@example.com", "--reason", "chargeback", "--ticket", "SUP-1", "--yes");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^Banned ada@example\.com\n/);
    expect(run.stdout).toMatch(/ban +none → since .*\n/);
    const [action] = await acts.stack.sql`select * from admin_actions`;
    expect(action).toMatchObject({
      ...{ action_type: "user_ban", reason: "chargeback", ticket: "SUP-1" },
      ...{ target_user_id: acts.user.id, admin_user_id: acts.admin.id },
    });
    const [, command = ""] = /Take it back: (.*) WHY\n/.exec(run.stdout) ?? [];
    const undone = await runPrinted(`${command} mistake --yes`, {
      folder: acts.folder,
      env: acts.settings(),
    });
    expect(undone.exitCode, undone.stderr).toBe(0);
    const [user] = await acts.stack.sql`select banned_at from users where id = ${acts.user.id}`;
    expect(user).toEqual({ banned_at: null });
  });

  it("is one request that writes, and does what is so already without another", async () => {
    await users("ban", acts.user.id, ...why);
    const before = await acts.state();
    const again = await users("ban", acts.user.id, ...why, "--json");
    expect(again.json().data).toMatchObject({ changed: false, action_id: null, user_id: acts.user.id });
    expect(await acts.state()).toEqual(before);
    expect((await users("unban", acts.user.id, ...why)).stdout).toMatch(/^Lifted the ban of ada@/);
    expect((await users("unban", acts.user.id, ...why)).stdout).toMatch(/^ada@.* is not banned: nothing/);
  });

  it("only looks with --dry-run, and says whether it can be undone", async () => {
    const before = await acts.state();
    const run = await users("ban", acts.user.id, "--reason", "why", "--dry-run");
    expect(run.stdout).toContain("An undo lifts the ban");
    expect(run.stdout).toMatch(/Dry run: nothing was changed\.\n$/);
    expect(await acts.state()).toEqual(before);
  });

  it("works for a signed-in admin without a secret key", async () => {
    const run = await acts.as(acts.second, ["users", "ban", "ada@example.com", ...why, "--json"]);
    expect(run.exitCode, run.stdout).toBe(0);
    const [action] = await acts.stack.sql`select admin_user_id from admin_actions`;
    expect(action).toEqual({ admin_user_id: acts.second.id });
  });
});

describe("users grant-admin and revoke-admin", () => {
  it("makes an admin, and an ordinary user again", async () => {
    const granted = await users("grant-admin", "ada@example.com", ...why);
    expect(granted.stdout).toMatch(/^ada@example\.com is an admin now\n/);
    expect(granted.stdout).toMatch(/admin +no → yes/);
    const revoked = await users("revoke-admin", "ada@example.com", ...why, "--json");
    expect(revoked.json().data).toMatchObject({ before: { is_admin: true }, after: { is_admin: false } });
  });

  it("becomes a request where four eyes are wanted: exit 5, who may approve and how", async () => {
    await acts.stack.sql`insert into approval_thresholds (name, credits) values ('act_credits', 100)`;
    const plan = await users("grant-admin", "ada@example.com", "--reason", "why", "--dry-run");
    expect(plan.stdout).toContain("becomes a request");
    const run = await users("grant-admin", "ada@example.com", ...why);
    expect(run).toMatchObject({ exitCode: 5, stdout: "" });
    const [request] = await acts.stack.sql`select id from admin_approvals`;
    expect(run.stderr).toContain(`vidops approvals show ${request?.id}`);
    expect(run.stderr).toContain("Another admin");
    const [user] = await acts.stack.sql`select is_admin from users where id = ${acts.user.id}`;
    expect(user).toEqual({ is_admin: false });
  });
});

describe("what is refused changes nothing", () => {
  it.each<[title: string, args: () => string[], exitCode: number, says: RegExp]>([
    ["a ban of oneself", () => ["ban", "ops@example.com"], 5, /ban themselves/],
    ["a guest as admin", () => ["grant-admin", guestId], 5, /guest/],
    ["a banned user as admin", () => ["grant-admin", bannedId], 5, /banned/],
    ["a part of an email", () => ["ban", "ada"], 5, /Did you mean:[\s\S]*ada@example\.com/],
    ["a part that several have", () => ["ban", "example.com"], 5, /Several users[\s\S]*second@example\.com/],
    ["the beginning of an id", () => ["ban", acts.user.id.slice(0, 8)], 5, /no whole email/],
    ["an email that a guest's device says it is", () => ["ban", "ceo@corp.example"], 5, /Did you mean/],
    ["an unknown email", () => ["ban", "nobody@example.com"], 3, /no such user/i],
    ["an unknown id", () => ["ban", "00000000-0000-4000-8000-000000000000"], 3, /no such user/i],
    ["wildcards", () => ["ban", "%@example.com"], 3, /no such user/i],
    ["nobody, without a terminal", () => ["ban"], 2, /Say which user/],
    ["a blank user", () => ["ban", " "], 2, /blank/],
    ["a user of 10 kB", () => ["ban", "x".repeat(10_240)], 2, /longer than any email/],
  ])("%s", async (_, args, exitCode, says) => {
    await prepare();
    const before = await acts.state();
    const run = await users(...args(), ...why);
    expect(run.exitCode, run.stderr).toBe(exitCode);
    expect(run.stderr).toMatch(says);
    expect(run.stdout).toBe("");
    const json = await users(...args(), ...why, "--json");
    expect(json.exitCode).toBe(exitCode);
    expect(json.json().ok).toBe(false);
    expect(await acts.state()).toEqual(before);
  });

  it("the ban and the revocation of the last admin", async () => {
    await acts.stack.sql`update users set is_admin = false where email <> 'second@example.com'`;
    const asLast = { VIDOPS_ADMIN: acts.second.id };
    const revoked = await acts.vidops(["users", "revoke-admin", "second@example.com", ...why], {
      env: asLast,
    });
    expect(revoked).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("last admin") });
  });

  it("a change without a reason, with a blank one, or with a ticket of 101 characters", async () => {
    const before = await acts.state();
    for (const words of [
      ["--yes"],
      ["--reason", " \u202e", "--yes"],
      ["--reason", "r".repeat(501), "--yes"],
      [...why, "--ticket", "t".repeat(101)],
    ])
      expect(await users("ban", acts.user.id, ...words)).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await acts.state()).toEqual(before);
  });

  it("a change without consent", async () => {
    const before = await acts.state();
    for (const words of [[], ["--json"], ["--no-input"]])
      expect((await users("ban", acts.user.id, "--reason", "why", ...words)).exitCode).toBe(7);
    expect(await acts.state()).toEqual(before);
  });
});

let guestId = "";
let bannedId = "";

async function prepare(): Promise<void> {
  if (guestId !== "") return;
  const columns = { email: null, device_id: "ceo@corp.example", is_guest: true };
  guestId = (await acts.stack.createUser({ columns })).id;
  bannedId = (await acts.stack.createUser({ columns: { banned_at: "2026-11-01" } })).id;
}
