import { describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { hasTerminal, runOnTerminal, type TerminalRun } from "../../testing/run-on-terminal.ts";

const acts = actsFixture();
const why = ["--reason", "wrong user"];

describe("vidops actions undo", () => {
  it("shows the compensating act and changes nothing on a dry run", async () => {
    const id = await acts.give(5);
    const before = await acts.state();
    const text = await acts.vidops(["actions", "undo", id, ...why, "--dry-run"]);
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toContain(`Undo action ${id}: gave 5 credits to ada@example.com`);
    expect(text.stdout).toMatch(/balance +15 → 10/);
    expect(text.stdout).toMatch(/Dry run: nothing was changed\.\n$/);
    expect(await acts.state()).toEqual(before);
  });

  it("needs consent, undoes once, and says so the second time", async () => {
    const id = await acts.give(5);
    const before = await acts.state();
    for (const flags of [[], ["--json"], ["--no-input"]]) {
      const { exitCode } = await acts.vidops(["actions", "undo", id, ...why, ...flags]);
      expect(exitCode).toBe(7);
    }
    expect(await acts.state()).toEqual(before);
    const done = await acts.vidops(["actions", "undo", id, ...why, "--ticket", "SUP-1", "--yes", "--json"]);
    expect(done.json().data).toMatchObject({
      ...{
        undoes: id,
        partial: false,
        amount: -5,
        previous_balance: 15,
        new_balance: 10,
        dry_run: false,
        ticket: "SUP-1",
      },
    });
    expect(await acts.balance()).toBe(10);
    const after = await acts.state();
    const again = await acts.vidops(["actions", "undo", id, ...why, "--yes"]);
    expect(again.exitCode).toBe(5);
    expect(again.stderr).toMatch(
      new RegExp(
        `Action ${id} was undone already, by action ${done.json().data.action_id} on .*Z; nothing was done twice`,
      ),
    );
    const undoOfUndo = await acts.vidops(["actions", "undo", done.json().data.action_id, ...why, "--yes"]);
    expect(undoOfUndo.exitCode).toBe(5);
    expect(undoOfUndo.stderr).toContain(`is itself the undo of action ${id}`);
    expect(await acts.state()).toEqual(after);
  });

  it("says how many credits were spent, offers --partial, and then takes what is left", async () => {
    const id = await acts.give(5);
    await acts.stack.sql`update users set credits_remaining = 2 where id = ${acts.user.id}`;
    const refused = await acts.vidops(["actions", "undo", id, ...why, "--yes"]);
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toContain(
      "ada@example.com has 2 credits left, and the undo would take 5 back: 3 were spent since.",
    );
    expect(refused.stderr).toContain(`vidops actions undo ${id} --partial --reason WHY`);
    const partial = await acts.vidops(["actions", "undo", id, ...why, "--partial", "--yes"]);
    expect(partial.exitCode, partial.stderr).toBe(0);
    expect(partial.stdout).toContain(
      "3 credits of 5 were spent since: the undo takes back 2, and is the only one.",
    );
    expect(await acts.balance()).toBe(0);
  });

  it("does not offer --partial where nothing is left", async () => {
    const id = await acts.give(5);
    await acts.stack.sql`update users set credits_remaining = 0 where id = ${acts.user.id}`;
    const { exitCode, stderr } = await acts.vidops(["actions", "undo", id, ...why, "--partial", "--yes"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("has 0 credits left");
    expect(stderr).not.toContain("--partial");
  });

  it("takes back nobody else's later change", async () => {
    const first = await acts.call(
      `ban_user('${acts.user.id}', 'spam', p_admin_user_id => '${acts.admin.id}')`,
    );
    await acts.call(`unban_user('${acts.user.id}', 'a mistake', p_admin_user_id => '${acts.second.id}')`);
    const before = await acts.state();
    const { exitCode, stderr } = await acts.vidops([
      "actions",
      "undo",
      String(first.action_id),
      ...why,
      "--yes",
    ]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`It was changed again since: action ${first.action_id} left`);
    expect(stderr).toContain(`vidops actions list --user ${acts.user.id}`);
    expect(await acts.state()).toEqual(before);
  });

  it("says why a reset or a request cannot be undone", async () => {
    await acts.stack
      .sql`insert into admin_actions (admin_user_id, action_type, reason) values (${acts.admin.id}, 'rate_limit_reset', 'x')`;
    const [{ id } = { id: "" }] = await acts.stack.sql<{ id: string }[]>`select id::text from admin_actions`;
    const { exitCode, stderr } = await acts.vidops(["actions", "undo", id, ...why, "--yes"]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain("This cannot be undone: the counts are gone");
  });

  it("needs a reason of 1 to 500 characters and an acting admin", async () => {
    const id = await acts.give(5);
    const before = await acts.state();
    const run = (args: string[], env = {}) => acts.vidops(["actions", "undo", id, ...args, "--yes"], { env });
    expect((await run(["--reason", " "])).exitCode).toBe(2);
    expect((await run(["--reason", "x".repeat(501)])).exitCode).toBe(2);
    expect((await run(["--reason", "x", "--ticket", "x".repeat(101)])).exitCode).toBe(2);
    expect((await run(why, { VIDOPS_ADMIN: undefined })).exitCode).toBe(4);
    expect((await run(why, { VIDOPS_ADMIN: acts.user.id })).exitCode).toBe(4);
    expect(await acts.state()).toEqual(before);
  });
});

describe.skipIf(!hasTerminal)("vidops actions on a terminal", () => {
  /** The first line of what was found, as far as a narrow terminal shows it. */
  const offered = /\d+ · 20/;
  const onTerminal = (args: readonly string[], question: RegExp, keys: string): Promise<TerminalRun> =>
    runOnTerminal(["actions", ...args], {
      folder: acts.folder,
      env: { ...acts.settings(), NO_COLOR: "1" },
      question,
      atQuestion: (terminal) => void terminal.stdin?.write(keys),
    });

  it.each([
    ["Ctrl-C", "\u0003", 130],
    ["Ctrl-D", "\u0004", 130],
    ["Enter: the default is no", "\r", 7],
  ])("undoes nothing on %s at the question", async (_, keys, expected) => {
    const id = await acts.give(5);
    const before = await acts.state();
    const { exitCode, screen } = await onTerminal(["undo", id, ...why], /Undo action \d+\?/, keys);
    expect(exitCode, screen).toBe(expected);
    expect(screen).toContain("nothing was changed");
    expect(await acts.state()).toEqual(before);
  });

  it("undoes what was shown on yes", async () => {
    const id = await acts.give(5);
    const { exitCode, screen } = await onTerminal(["undo", id, ...why], /Undo action \d+\?/, "y\r");
    expect(exitCode, screen).toBe(0);
    expect(await acts.balance()).toBe(10);
  });

  it.each([
    ["undo", [...why]],
    ["show", []],
  ])("lets somebody leave the search of %s with Ctrl-C or Esc", async (verb, flags) => {
    await acts.give(5);
    const before = await acts.state();
    for (const key of ["\u0003", "\u001b"]) {
      const { exitCode, screen } = await onTerminal([verb, ...flags], offered, key);
      expect(exitCode, screen).toBe(130);
    }
    expect(await acts.state()).toEqual(before);
  });

  it("shows what was picked", async () => {
    const id = await acts.give(5, "the one");
    const { exitCode, screen } = await onTerminal(["show"], offered, "\r");
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain(`Action ${id}: gave 5 credits to ada@example.com`);
  });
});
