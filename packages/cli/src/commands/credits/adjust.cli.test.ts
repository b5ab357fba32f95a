import { describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { type Run, runPrinted } from "../../testing/run-vidops.ts";

const acts = actsFixture();
const why = ["--reason", "why", "--yes"];

function adjust(...args: string[]): Promise<Run> {
  return acts.vidops(["credits", "adjust", ...args]);
}

describe("credits adjust", () => {
  it("adds and takes away, with ledger row, audit row and ticket, and prints the undo", async () => {
    const added = await adjust("ada@example.com", "--add", "5", ...why, "--ticket", "SUP-1");
    expect(added.exitCode, added.stderr).toBe(0);
    expect(added.stdout).toMatch(/^Added 5 credits to ada@example\.com\n/);
    expect(added.stdout).toMatch(/balance +10 → 15\n/);
    const taken = await adjust(acts.user.id, "--take", "1", ...why, "--reason-code", "typo", "--json");
    expect(taken.json().data).toMatchObject({
      ...{ change: -1, previous_balance: 15, new_balance: 14, replayed: false, changed: true },
      ...{ user_id: acts.user.id, reason: "why", reason_code: "typo" },
    });
    expect(await acts.balance()).toBe(14);
    const actions = await acts.stack.sql`select action_type, amount, ticket from admin_actions order by id`;
    expect(actions).toEqual([
      { action_type: "credit_adjustment", amount: 5, ticket: "SUP-1" },
      { action_type: "credit_adjustment", amount: -1, ticket: null },
    ]);
    const [, command = ""] = /Take it back: (.*) WHY\n/.exec(added.stdout) ?? [];
    const undone = await runPrinted(`${command} mistake --yes`, {
      folder: acts.folder,
      env: acts.settings(),
    });
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(await acts.balance()).toBe(9);
  });

  it("is done once for a key, and refuses the key for something else", async () => {
    const key = ["--idempotency-key", "key-1"];
    await adjust("ada@example.com", "--add", "5", ...why, ...key);
    const again = await adjust("ada@example.com", "--add", "5", ...why, ...key);
    expect(again.stdout).toMatch(/^Already adjusted: nothing was done twice\.\n/);
    expect(await adjust("ada@example.com", "--add", "6", ...why, ...key)).toMatchObject({ exitCode: 5 });
    expect(await acts.balance()).toBe(15);
  });

  it("settles a lost answer with the command that it prints", async () => {
    acts.stack.faults.next({ path: "/rest/v1/rpc/admin_adjust_credits", kind: "cut-after-forward" });
    const lost = await adjust("ada@example.com", "--take", "3", ...why, "--json");
    expect(lost.exitCode, lost.stdout).toBe(8);
    const settled = await runPrinted(lost.json().error.settle_command, {
      folder: acts.folder,
      env: acts.settings(),
    });
    expect(settled.exitCode, settled.stdout).toBe(0);
    expect(settled.json().data).toMatchObject({ replayed: true, changed: false });
    expect(await acts.balance()).toBe(7);
  });

  it("only looks with --dry-run, and says that an undo can take it back", async () => {
    const before = await acts.state();
    const run = await adjust("ada@example.com", "--add", "5", "--reason", "why", "--dry-run");
    expect(run.stdout).toMatch(/^Add 5 credits to ada@example\.com\n/);
    expect(run.stdout).toContain("An undo moves the credits back");
    expect(await acts.state()).toEqual(before);
  });

  it("becomes a request above the threshold", async () => {
    await acts.stack.sql`insert into approval_thresholds (name, credits) values ('act_credits', 100)`;
    const run = await adjust("ada@example.com", "--add", "101", ...why, "--json");
    expect(run.exitCode).toBe(5);
    expect(run.json().error).toMatchObject({ code: "ERR_4015", reason: "approval_required" });
    expect(await acts.balance()).toBe(10);
  });

  it.each<[title: string, args: string[], exitCode: number, says: RegExp]>([
    ["nothing to change", ["ada@example.com"], 2, /--add or --take/],
    ["both", ["ada@example.com", "--add", "1", "--take", "1"], 2, /--add or --take/],
    ["0", ["ada@example.com", "--add", "0"], 2, /more than 0/],
    ["a negative number to add", ["ada@example.com", "--add", "-5"], 2, /--take/],
    ["a negative number to take", ["ada@example.com", "--take", "-5"], 2, /without a sign/],
    ["a fraction", ["ada@example.com", "--add", "1.5"], 2, /whole number/],
    ["a huge number", ["ada@example.com", "--add", "2147483648"], 2, /at most/],
    ["too much for a balance", ["ada@example.com", "--add", "2147483647"], 2, /too large|2147483647/],
    ["more than the user has", ["ada@example.com", "--take", "11"], 5, /The user has 10/],
    ["a part of an email", ["ada", "--add", "1"], 5, /ada@example\.com/],
    ["nobody, without a terminal", ["--add", "1"], 2, /Say which user/],
    ["an unknown user", ["nobody@example.com", "--add", "1"], 3, /no such user/i],
    ["a malformed key", ["ada@example.com", "--add", "1", "--idempotency-key", " "], 2, /--idempotency-key/],
    ["a malformed code", ["ada@example.com", "--add", "1", "--reason-code", "A B"], 2, /--reason-code/],
  ])("refuses %s", async (_, args, exitCode, says) => {
    const before = await acts.state();
    const run = await adjust(...args, ...why);
    expect(run.exitCode, run.stderr).toBe(exitCode);
    expect(run.stderr).toMatch(says);
    expect(await acts.state()).toEqual(before);
  });
});
