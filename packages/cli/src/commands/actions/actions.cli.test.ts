import { describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import { runPrinted } from "../../testing/run-vidops.ts";

const acts = actsFixture();

describe("a hint", () => {
  it("leads to the project that --url named, also one that core wrote", async () => {
    const run = await acts.vidops(["actions", "show", "999999", "--url", acts.stack.url, "--json"]);
    expect(run.exitCode).toBe(3);
    expect(run.json().error.hint).toContain(`\`vidops --url ${acts.stack.url} actions list\``);
  });
});

describe("vidops actions list", () => {
  it("prints what admins did, newest first, and leads to the next page", async () => {
    const ids = [await acts.give(5), await acts.give(-3), await acts.give(1, "thanks", "SUP-1")];
    const text = await acts.vidops(["actions", "list", "--limit", "2"]);
    expect(text.exitCode, text.stderr).toBe(0);
    const lines = text.stdout.split("\n");
    expect(lines[0]).toMatch(/^time +id +by +what +ticket +reason$/);
    expect(lines[1]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+ +ops@example\.com \(key\) +gave 1 credit to ada@example\.com +SUP-1 +thanks$/,
    );
    expect(lines[2]).toContain("took 3 credits from ada@example.com");
    const [, more = ""] = /^More: (.*)$/m.exec(text.stdout) ?? [];
    const next = await runPrinted(`${more} --json`, { folder: acts.folder, env: acts.settings() });
    expect(next.json().data).toMatchObject({ actions: [{ id: ids[0], amount: 5 }], next_cursor: null });
  });

  it("filters by who, whom, kind, ticket, run and time", async () => {
    const id = await acts.give(5, "goodwill", "SUP-7");
    await acts.call(
      `ban_user('${acts.user.id}', 'spam', p_admin_user_id => '${acts.second.id}', p_run_id => 'run_x')`,
    );
    const count = async (...flags: string[]) =>
      (await acts.vidops(["actions", "list", "--json", ...flags])).json().data.actions.length;
    expect(await count()).toBe(2);
    expect(await count("--admin", "ops@example.com")).toBe(1);
    expect(await count("--admin", acts.second.id, "--type", "credit_adjustment")).toBe(0);
    expect(await count("--user", "ada@example.com", "--type", "user-ban")).toBe(1);
    expect(await count("--ticket", "SUP-7")).toBe(1);
    expect(await count("--run", "run_x")).toBe(1);
    expect(await count("--since", "1h")).toBe(2);
    expect(await count("--until", "2026-01-01")).toBe(0);
    const none = await acts.vidops(["actions", "list", "--ticket", "SUP-8"]);
    expect(none.stdout).toBe("No admin actions that fit.\n");
    expect(id).toMatch(/^\d+$/);
  });

  it("prints times in UTC as data, and in the local zone on a terminal", async () => {
    await acts.give(5);
    const { stdout } = await acts.vidops(["actions", "list", "--output", "ndjson"], {
      env: { TZ: "Asia/Kathmandu" },
    });
    const [time] = JSON.parse(stdout).created_at.split(".");
    const piped = await acts.vidops(["actions", "list"], { env: { TZ: "Asia/Kathmandu" } });
    expect(piped.stdout).toContain(`\n${time}Z `);
    if (!hasTerminal) return;
    const { screen } = await runOnTerminal(["actions", "list"], {
      folder: acts.folder,
      env: { ...acts.settings(), TZ: "Asia/Kathmandu", NO_COLOR: "1" },
      question: /never/,
      atQuestion: () => {},
    });
    const local = new Date(Date.parse(`${time}Z`) + 345 * 60_000)
      .toISOString()
      .slice(0, 19)
      .replace("T", " ");
    // The terminal is narrow: of the heading the zone stays, of the time the time of day.
    expect(screen).toContain("GMT+5:45");
    expect(screen).toContain(local.slice(-7));
    expect(screen).not.toContain(time.slice(-7));
  });

  it("shows nothing that a terminal or a spreadsheet would obey, and loses nothing in data", async () => {
    const reason = '=HYPERLINK("x")\u001b[31m\u202e'.padEnd(500, "é");
    const ticket = "@SUM(1)";
    const email = `\u001b]0;owned\u0007\u202e=1+1${"x".repeat(10_240)}@example.com`;
    await acts.stack.sql`update users set email = ${email} where id = ${acts.user.id}`;
    await acts.give(5, reason, ticket);
    const text = await acts.vidops(["actions", "list"]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what is looked for
    expect(text.stdout).not.toMatch(/[\u001b\u0007\u202e]/);
    const csv = await acts.vidops(["actions", "list", "--output", "csv"]);
    expect(csv.stdout).toContain(`,'@SUM(1),`);
    expect(csv.stdout).toContain(`"'=HYPERLINK(""x"")`);
    const json = await acts.vidops(["actions", "list", "--json"]);
    expect(json.stdout).not.toContain("\u202e");
    expect(json.json().data.actions[0]).toMatchObject({ reason, ticket, target_email: email });
  });

  it.each<[title: string, args: string[], exitCode: number, says: RegExp]>([
    ["limit 0", ["list", "--limit", "0"], 2, /--limit must be a whole number from 1 to 1000/],
    ["a negative limit", ["list", "--limit=-1"], 2, /--limit/],
    ["a huge limit", ["list", "--limit", "1001"], 2, /--limit/],
    ["a limit in words", ["list", "--limit", "many"], 2, /--limit/],
    ["an unknown kind", ["list", "--type", "nonsense"], 2, /Known: credit_refund/],
    ["somebody unknown", ["list", "--user", "nobody@example.com"], 3, /no such user/i],
    ["half an email", ["list", "--admin", "ops"], 2, /id or email/],
    ["an unknown model", ["list", "--model", "Nothing 1.0"], 3, /model/i],
    ["a blank ticket", ["list", "--ticket", " "], 2, /--ticket is blank/],
    ["a run with spaces", ["list", "--run", "a b"], 2, /--run/],
    ["a start in the future", ["list", "--since", "2999-01-01"], 2, /in the future/],
    ["an end before the start", ["list", "--since", "1h", "--until", "2h"], 2, /--since must be before/],
    ["a damaged cursor", ["list", "--cursor", "nonsense"], 2, /damaged/],
    ["an id that is no number", ["show", "abc"], 2, /not an id/],
    ["id 0", ["show", "0"], 2, /not an id/],
    ["a negative id", ["show", "--", "-1"], 2, /not an id/],
    ["an id too large for the database", ["show", "9223372036854775808"], 2, /not an id/],
    ["an id that nobody has", ["show", "9223372036854775807"], 3, /no such admin action/],
    ["two ids", ["show", "1", "2"], 2, /too many arguments/i],
    ["no id without a terminal", ["show"], 2, /Say which action/],
    ["no reason", ["undo", "1", "--yes"], 2, /--reason is missing/],
    ["no id to undo", ["undo", "--reason", "x", "--yes"], 2, /Say which action/],
    ["an unknown id to undo", ["undo", "999999", "--reason", "x", "--yes"], 3, /no such admin action/],
    ["a pin without a hash", ["verify", "--expect", "12"], 2, /position and a hash/],
    [
      "a pin before the beginning",
      ["verify", "--expect", `1:${"a".repeat(64)}`, "--after", `2:${"a".repeat(64)}`],
      2,
      /before --after/,
    ],
    [
      "a head that is compared",
      ["verify", "--head", "--expect", `1:${"a".repeat(64)}`],
      2,
      /verifies nothing/,
    ],
    ["csv of one document", ["verify", "--output", "csv"], 2, /for lists/],
  ])("refuses %s", async (_, args, exitCode, says) => {
    const text = await acts.vidops(["actions", ...args]);
    expect(text.exitCode, text.stderr).toBe(exitCode);
    expect(text.stderr).toMatch(says);
    expect(text.stdout).toBe("");
  });
});

describe("vidops actions show", () => {
  it("prints one act whole, with what undid it", async () => {
    const id = await acts.give(5, "goodwill", "SUP-1");
    const undo = await acts.call(
      `undo_admin_action(${id}, 'wrong user', p_admin_user_id => '${acts.second.id}')`,
    );
    const text = await acts.vidops(["actions", "show", id]);
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toMatch(new RegExp(`^Action ${id}: gave 5 credits to ada@example.com\n`));
    for (const shown of [
      "goodwill",
      "SUP-1",
      acts.user.id,
      "position 1",
      `by ${undo.action_id}`,
      "second@example.com",
    ])
      expect(text.stdout).toContain(shown);
    const json = (await acts.vidops(["actions", "show", id, "--json"])).json();
    expect(json.data).toMatchObject({
      ...{ id, amount: 5, undone_by: String(undo.action_id), can_be_undone: false, chain_position: 1 },
      undone_by_action: { id: String(undo.action_id), amount: -5 },
    });
  });

  it("says of what cannot be undone why", async () => {
    const id = await acts.give(5);
    const undo = await acts.call(
      `undo_admin_action(${id}, 'wrong user', p_admin_user_id => '${acts.second.id}')`,
    );
    const { stdout } = await acts.vidops(["actions", "show", String(undo.action_id)]);
    expect(stdout).toMatch(/undid +\d+: gave 5 credits/);
    expect(stdout).toContain("An undo cannot be undone");
  });
});
