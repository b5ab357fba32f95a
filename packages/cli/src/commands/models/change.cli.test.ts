import { beforeEach, describe, expect, it } from "vitest";
import { modelFixture } from "../../testing/model-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import { type Run, runPrinted } from "../../testing/run-vidops.ts";

const models = modelFixture();
const why = ["--reason", "why", "--ticket", "SUP-1"];
let id: string;
let before: unknown;

beforeEach(async () => {
  id = await models.model("Kling 2.1");
  before = await models.state();
});

function vidops(...args: string[]): Promise<Run> {
  return models.vidops(["models", ...args]);
}

/** The requests that wrote, by name and whether they were dry runs. */
function sent(): string[] {
  return models.stack.requests.map(({ path }) => path.split("/").at(-1) ?? "");
}

async function column(name: string): Promise<unknown> {
  const [row] = await models.stack.sql`select to_jsonb(m) as model from models m where id = ${id}`;
  return row?.model[name];
}

describe("a change of a model", () => {
  it.each([
    ["disable", [], "is_available", true, false, "model_disable", /^Disabled Kling 2\.1\n/],
    [
      "price",
      ["--credits", "12"],
      "cost_per_generation",
      5,
      12,
      "model_price",
      /^Kling 2\.1 costs 12 credits now\n/,
    ],
    ["feature", [], "is_featured", false, true, "model_feature", /^Kling 2\.1 is featured now\n/],
  ] as const)(
    "%s is done once, in one writing request, and recorded with reason and ticket",
    async (verb, more, field, was, is, action, says) => {
      const run = await vidops(verb, "kling 2.1", ...more, ...why, "--yes");
      expect(run.exitCode, run.stderr).toBe(0);
      expect(run.stdout).toMatch(says);
      expect(sent()).toEqual(["get_model_usage", expect.stringMatching(/^set_model_/)]);
      expect(await column(field)).toBe(is);
      const [row] = await models.stack.sql`select * from admin_actions where target_model_id = ${id}`;
      expect(row).toMatchObject({
        ...{ action_type: action, reason: "why", ticket: "SUP-1", admin_user_id: models.admin.id },
        details: { before: { [field]: was }, after: { [field]: is } },
      });
      expect(run.stdout).toContain(
        `Recorded as admin action ${row?.id}.\nTake it back: vidops actions undo ${row?.id}`,
      );
      const again = await vidops(verb, id, ...more, ...why, "--yes", "--json");
      expect(again).toMatchObject({ exitCode: 0 });
      expect(again.json().data).toMatchObject({ changed: false, action_id: null, after: { [field]: is } });
    },
  );

  it("is turned back by enable and by feature --off", async () => {
    await models.stack.sql`update models set is_available = false, is_featured = true where id = ${id}`;
    expect((await vidops("enable", id, ...why, "--yes")).stdout).toMatch(/^Enabled Kling 2\.1\n/);
    expect((await vidops("feature", id, "--off", ...why, "--yes")).stdout).toMatch(/not featured any more/);
    expect([await column("is_available"), await column("is_featured")]).toEqual([true, false]);
  });

  it("is taken back by the command that it prints", async () => {
    const { stdout } = await vidops("price", id, "--credits", "9", ...why, "--yes");
    const command = /\nTake it back: (.*)\n$/.exec(stdout)?.[1] ?? "";
    const run = await runPrinted(`${command} --yes`, { folder: models.folder, env: models.settings() });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await column("cost_per_generation")).toBe(5);
  });

  it("is only looked at with --dry-run, and says what it means and that it can be undone", async () => {
    const run = await vidops("price", id, "--credits", "12", ...why, "--dry-run");
    expect(run.stdout).toContain("5 credits → 12 credits");
    expect(run.stdout).toContain("jobs already started keep their price");
    expect(run.stdout).toContain("An undo brings the price before back");
    expect(run.stdout).toMatch(/\nDry run: nothing was changed\.\n$/);
    const { data } = (await vidops("disable", id, ...why, "--dry-run", "--json")).json();
    expect(data).toMatchObject({
      ...{ dry_run: true, changed: true, action_id: null, needs_approval: null, ticket: "SUP-1" },
      ...{ before: { is_available: true }, after: { is_available: false }, project: models.stack.url },
    });
    expect(await models.state()).toEqual(before);
  });

  it("needs consent: exit 7, and nothing is sent", async () => {
    for (const more of [[], ["--json"], ["--no-input"]])
      expect(await vidops("disable", id, ...why, ...more)).toMatchObject({ exitCode: 7 });
    expect(sent()).toEqual([]);
  });

  it("whose answer was lost says how to settle it: exit 8, and repeating it does no harm", async () => {
    models.stack.faults.next({ path: "/rest/v1/rpc/set_model_price", kind: "cut-after-forward" });
    const words = ["price", id, "--credits", "7", ...why, "--yes"];
    const run = await vidops(...words, "--json");
    expect(run.exitCode).toBe(8);
    expect(run.json().error).toMatchObject({
      code: "ERR_6006",
      hint: expect.stringContaining("same command again"),
    });
    expect((await vidops(...words)).stdout).toMatch(/costs 7 credits already/);
  });

  it.each<[title: string, args: string[], exitCode: number, says: RegExp]>([
    ["an unknown model", ["disable", "nope", ...why], 3, /no such model/],
    ["part of a name", ["disable", "kling", ...why], 5, /Kling 2\.1 {2}/],
    ["a blank name", ["disable", " ", ...why], 2, /an id or a name/],
    ["no name", ["disable", ...why], 2, /Say which model/],
    ["two names", ["disable", "a", "b", ...why], 2, /too many arguments/i],
    ["no reason", ["disable", "kling 2.1"], 2, /--reason is missing/],
    ["a blank reason", ["disable", "kling 2.1", "--reason", " \t"], 2, /--reason is blank/],
    ["a reason of 501 letters", ["disable", "kling 2.1", "--reason", "x".repeat(501)], 2, /501 characters/],
    ["a blank ticket", ["disable", "kling 2.1", "--reason", "x", "--ticket", " "], 2, /--ticket is blank/],
    [
      "a ticket of 101 letters",
      ["disable", "kling 2.1", "--reason", "x", "--ticket", "x".repeat(101)],
      2,
      /101 characters/,
    ],
    ["no price", ["price", "kling 2.1", ...why], 2, /--credits is missing/],
    ["price 0", ["price", "kling 2.1", "--credits", "0", ...why], 2, /from 1 to 2147483647/],
    ["a negative price", ["price", "kling 2.1", "--credits", "-1", ...why], 2, /from 1 to/],
    ["a negative price with =", ["price", "kling 2.1", "--credits=-1", ...why], 2, /from 1 to/],
    ["a fraction", ["price", "kling 2.1", "--credits", "1.5", ...why], 2, /whole number/],
    ["a huge price", ["price", "kling 2.1", "--credits", "2147483648", ...why], 2, /from 1 to/],
    ["a price in words", ["price", "kling 2.1", "--credits", "ten", ...why], 2, /whole number/],
  ])("with %s changes nothing", async (_, args, exitCode, says) => {
    const text = await vidops(...args, "--yes");
    expect(text, text.stderr).toMatchObject({ exitCode, stdout: "", stderr: expect.stringMatching(says) });
    expect((await vidops(...args, "--yes", "--json")).json()).toMatchObject({ ok: false });
    expect(await models.state()).toEqual(before);
  });

  it("is for admins: a key that names nobody, or somebody who is none, changes nothing", async () => {
    const as = (admin: string | undefined) =>
      models.vidops(["models", "disable", id, ...why, "--yes"], { env: { VIDOPS_ADMIN: admin } });
    for (const admin of [undefined, models.user.email, "nobody@example.com"])
      expect(await as(admin)).toMatchObject({ exitCode: 4 });
    expect(await models.state()).toEqual(before);
  });
});

describe("models list and show with bad input", () => {
  it.each([
    [["list", "--limit", "0"], /--limit/],
    [["list", "--limit", "-1"], /--limit/],
    [["list", "--limit", "1001"], /--limit/],
    [["list", "--limit", "99999999999999999999"], /--limit/],
    [["list", "--since", "93d"], /at most 92 days/],
    [["list", "--since", "2999-01-01"], /in the future/],
    [["list", "--since", "1d", "--until", "2d"], /before --until/],
    [["list", " "], /blank/],
    [["list", "x".repeat(10_240)], /at most 200/],
    [["list", "--enabled", "--disabled"], /leave nothing/],
    [["list", "--cursor", "x"], /cursor/i],
    [["show"], /Say which model/],
    [["show", ""], /an id or a name/],
    [["show", "x", "--output", "csv"], /for lists/],
  ])("refuses %j", async (args, says) => {
    expect(await vidops(...args)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });
});

describe.skipIf(!hasTerminal)("on a terminal", () => {
  const ask = (args: string[], question: RegExp, keys: string, env: Record<string, string> = {}) =>
    runOnTerminal(["models", ...args], {
      ...{ folder: models.folder, env: { ...models.settings(), ...env }, question },
      atQuestion: (terminal) => void terminal.stdin?.write(keys),
    });

  it("No is the default and Ctrl-C leaves: both change nothing; yes does what was shown", async () => {
    const question = /Disable Kling 2\.1\?/;
    for (const [keys, exitCode] of [
      ["\r", 7],
      ["\u0003", 130],
    ] as const) {
      const run = await ask(["disable", "kling 2.1", ...why], question, keys);
      expect(run, run.screen).toMatchObject({
        exitCode,
        screen: expect.stringContaining("nothing was changed"),
      });
      expect(await models.state()).toEqual(before);
    }
    const yes = await ask(["disable", "kling 2.1", ...why], question, "y\r");
    expect(yes.exitCode, yes.screen).toBe(0);
    expect(yes.screen).toContain("enabled → disabled");
    expect(await column("is_available")).toBe(false);
  });

  it("what a colleague changed while somebody read the plan is not done over: exit 5", async () => {
    const run = await runOnTerminal(["models", "price", "kling 2.1", "--credits", "12", ...why], {
      ...{ folder: models.folder, env: models.settings(), question: /Let Kling 2\.1 cost/ },
      atQuestion: async (terminal) => {
        await models.stack.sql`update models set cost_per_generation = 100 where id = ${id}`;
        terminal.stdin?.write("y\r");
      },
    });
    expect(run, run.screen).toMatchObject({
      exitCode: 5,
      screen: expect.stringContaining("changed since it was looked at"),
    });
    expect(await column("cost_per_generation")).toBe(100);
  });

  it("lets somebody pick where no model is named, or only part of a name; Ctrl-C there changes nothing", async () => {
    await models.model("Kling 1.6");
    before = await models.state();
    for (const args of [["disable"], ["disable", "kling"]]) {
      const run = await ask([...args, ...why], /Which model/, "\u0003");
      expect(run, run.screen).toMatchObject({ exitCode: 130 });
      expect(run.screen).toContain("Kling 1.6");
    }
    expect(await models.state()).toEqual(before);
    const shown = await ask(["show", "--since", "1h"], /Kling 1\.6/, "\r");
    expect(shown, shown.screen).toMatchObject({
      exitCode: 0,
      screen: expect.stringMatching(/id +[0-9a-f-]{36}\r\n/),
    });
  });

  it("nobody searches for a model who cannot act: exit 4 at once", async () => {
    const run = await ask(["disable", ...why], /Which model/, "\r", { VIDOPS_ADMIN: "nobody@example.com" });
    expect(run, run.screen).toMatchObject({
      exitCode: 4,
      screen: expect.not.stringContaining("Which model"),
    });
  });

  it("is not put where nothing would change", async () => {
    expect(await ask(["enable", id, ...why], /\?/, "\r")).toMatchObject({ exitCode: 0 });
  });
});
