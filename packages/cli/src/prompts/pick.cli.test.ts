import type { ChildProcess } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { moneyState } from "../testing/fixtures.ts";
import { moneyFixture } from "../testing/money-fixture.ts";
import { hasTerminal, runOnTerminal, type TerminalRun } from "../testing/run-on-terminal.ts";

const money = moneyFixture();

beforeAll(async () => {
  const hostile = await money.stack.createUser();
  await money.stack.sql`
    update users set email = ${"\u001b]0;owned\u0007\u001b[2J\u202eevil@strange.test"} where id = ${hostile.id}`;
});

/** What is waited for, and what is typed then. */
type Step = readonly [shown: RegExp, keys: string];

/** The list once the search has left one user. Before that, Enter would choose from what is about to go, and so does nothing. */
const onlyFound = (name: string): RegExp => new RegExp(`❯ ${name}@example\\.com · [^\n]*\n\r?\n`);

/** Waits until what came since the step before shows something. */
function shows(terminal: ChildProcess, expected: RegExp): Promise<void> {
  let screen = "";
  return new Promise((resolve) => {
    const look = (text: string): void => {
      screen += text;
      if (!expected.test(screen)) return;
      terminal.stdout?.off("data", look);
      resolve();
    };
    terminal.stdout?.on("data", look);
  });
}

/** Runs on a terminal: once the list is there, types, and goes on whenever a step's text shows. */
function onTerminal(
  args: readonly string[],
  keys: string,
  steps: readonly Step[] = [],
  env: Record<string, string | undefined> = {},
): Promise<TerminalRun> {
  return runOnTerminal(args, {
    folder: money.folder,
    env: { ...money.settings(), ...env },
    question: /Which user\?[\s\S]*(ada@example\.com|matches)/,
    atQuestion: async (terminal) => {
      terminal.stdin?.write(keys);
      for (const [shown, next] of steps) {
        await shows(terminal, shown);
        terminal.stdin?.write(next);
      }
    },
  });
}

describe.skipIf(!hasTerminal)("searching and picking on a terminal", () => {
  it("searches the database for what is typed, and goes on with who is picked", async () => {
    const { exitCode, screen } = await onTerminal(["users", "show"], "ops@", [[onlyFound("ops"), "\r"]]);
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("ops@example.com");
    expect(screen).toContain("What admins did");
  });

  it("walks the list with the arrows, and bans nobody but who was picked", async () => {
    const { exitCode, screen } = await onTerminal(["users", "ban", "--reason", "spam"], "\u001b[B\r", [
      [/Ban ada@example\.com\?/, "y\r"],
    ]);
    expect(exitCode, screen).toBe(0);
    const banned = await money.stack.sql`select email from users where banned_at is not null`;
    expect(banned).toEqual([{ email: "ada@example.com" }]);
    await money.stack.sql`update users set banned_at = null, ban_reason = null`;
  });

  it("lets one pick the user and then the job of a refund", async () => {
    const { exitCode, screen } = await onTerminal(["refund", "--reason", "asked"], "ada@", [
      [onlyFound("ada"), "\r"],
      [/Which job\?[\s\S]*failed/, "\r"],
      [/Refund 10 credits\?/, "y\r"],
    ]);
    expect(exitCode, screen).toBe(0);
    const [row] = await money.stack.sql`select credits_refunded from video_jobs where job_id = ${money.job}`;
    expect(row).toEqual({ credits_refunded: 10 });
  });

  it.each<[title: string, keys: string]>([
    ["Ctrl-C", "\u0003"],
    ["Esc", "\u001b"],
    ["Ctrl-D", "\u0004"],
  ])("leaves on %s at the user with 130 and nothing changed", async (_, keys) => {
    const before = await moneyState(money.stack);
    const { exitCode, screen } = await onTerminal(["users", "ban", "--reason", "spam"], keys);
    expect(exitCode, screen).toBe(130);
    expect(screen).toContain("nothing was changed");
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it.each<[title: string, steps: readonly Step[]]>([
    ["the job", [[/Which job\?[\s\S]*failed/, "\u0003"]]],
    [
      "the question",
      [
        [/Which job\?[\s\S]*failed/, "\r"],
        [/Refund 10 credits\?/, "\u0003"],
      ],
    ],
  ])("leaves on Ctrl-C at %s with 130 and nothing changed", async (_, steps) => {
    const before = await moneyState(money.stack);
    const { exitCode, screen } = await onTerminal(["refund", "--reason", "asked"], "ada@", [
      [onlyFound("ada"), "\r"],
      ...steps,
    ]);
    expect(exitCode, screen).toBe(130);
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("says that nobody was found, and takes no Enter for an answer then", async () => {
    const { exitCode, screen } = await onTerminal(["users", "show"], "nobody at all", [
      [/No user matches\./, "\r\u0003"],
    ]);
    expect(exitCode, screen).toBe(130);
  });

  it("shows no escape codes, bidi marks or, without colours wanted, colours", async () => {
    const { screen } = await onTerminal(["users", "show"], "\u0003", [], { NO_COLOR: "1" });
    expect(screen).toContain("evil@strange.test");
    expect(screen).not.toContain("\u202e");
    expect(screen).not.toContain("owned");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is looked for
    expect(screen).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  it("leaves the prompt with what the database refuses", async () => {
    const { exitCode, screen } = await runOnTerminal(["users", "show"], {
      folder: money.folder,
      env: {
        ...money.settings(),
        SUPABASE_SECRET_KEY: undefined,
        SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
        VIDOPS_ACCESS_TOKEN: money.user.accessToken,
      },
      question: /never/,
      atQuestion: () => {},
    });
    expect(exitCode, screen).toBe(4);
    expect(screen).toContain("not an admin");
  });

  it("is a usage error with --yes, in CI and with --no-input", async () => {
    for (const [args, env] of [
      [["users", "ban", "--reason", "spam", "--yes"], {}],
      [["users", "show", "--no-input"], {}],
      [["users", "show"], { CI: "1" }],
    ] as const) {
      const { exitCode, screen } = await onTerminal(args, "", [], env);
      expect(exitCode, screen).toBe(2);
      expect(screen).toContain("Say which user");
    }
  });
});
