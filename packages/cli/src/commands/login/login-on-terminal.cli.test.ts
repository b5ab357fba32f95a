import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loginFileOf, loginFixture } from "../../testing/login-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";

const home = loginFixture();

function path(): string {
  return loginFileOf(home.folder, home.stack.url);
}

describe.skipIf(!hasTerminal)("login on a terminal", () => {
  type Answer = readonly [question: RegExp, typed: () => string];

  /** Types each answer when its question is there. */
  async function onTerminal(args: readonly string[], answers: readonly Answer[]) {
    const [first, ...later] = answers;
    if (first === undefined) throw new Error("nothing to answer");
    return runOnTerminal(["login", ...args], {
      folder: home.folder,
      env: { ...home.settings(), NO_COLOR: "1" },
      question: first[0],
      atQuestion: async (terminal) => {
        let screen = "";
        terminal.stdout?.on("data", (text: string) => {
          screen += text;
        });
        terminal.stdin?.write(first[1]());
        for (const [question, answer] of later) {
          while (!question.test(screen) && terminal.exitCode === null)
            await new Promise((resolve) => setTimeout(resolve, 30));
          await new Promise((resolve) => setTimeout(resolve, 150));
          terminal.stdin?.write(answer());
        }
      },
    });
  }

  it("asks for email and password, and never shows the password", async () => {
    const { exitCode, screen } = await onTerminal(
      [],
      [
        [/\? Email/, () => "ops@example.com\r"],
        [/Password of ops@example.com/, () => `${home.admin.password}\r`],
      ],
    );
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("Signed in as ops@example.com.");
    expect(screen).not.toContain(home.admin.password);
  });

  it("sends a code by email and signs in with it, after a wrong one", async () => {
    home.stack.emails.length = 0;
    const { exitCode, screen } = await onTerminal(
      ["--code", "--email", "ops@example.com"],
      [
        [/Code from the email/, () => "000000\r"],
        [/the email, again/, () => `${/\b\d{6}\b/.exec(home.stack.emails[0]?.text ?? "")?.[0]}\r`],
      ],
    );
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("That is not the code.");
    expect(home.stack.emails.map(({ to }) => to)).toEqual(["ops@example.com"]);
    expect(await home.tokens()).not.toBeNull();
  });

  it("sends no code, and makes no user, for an address that nobody has", async () => {
    const { exitCode } = await onTerminal(
      ["--code", "--email", "nobody@example.com"],
      [[/Code from the email|error:/, () => "\u0003"]],
    );
    expect([4, 130]).toContain(exitCode);
    const [row] = await home.stack
      .sql`select count(*)::int as n from auth.users where email = 'nobody@example.com'`;
    expect(row).toEqual({ n: 0 });
  });

  it("does not take the password from a terminal that would show it", async () => {
    const { exitCode, screen } = await onTerminal(
      ["--email", "ops@example.com", "--password-stdin"],
      [[/error:/, () => ""]],
    );
    expect(exitCode, screen).toBe(2);
    expect(screen).toContain("would show the password");
  });

  const interruptions: readonly (readonly [string, readonly string[], Answer])[] = [
    ["Ctrl-C at the email", [], [/\? Email/, () => "\u0003"]],
    ["Ctrl-C at the password", ["--email", "ops@example.com"], [/Password of/, () => "half\u0003"]],
    ["Ctrl-C at the code", ["--code", "--email", "ops@example.com"], [/Code from/, () => "\u0003"]],
    ["a terminal that closes", [], [/\? Email/, () => "\u0004"]],
  ];
  it.each(interruptions)("keeps nothing on %s", async (_, args, answer) => {
    await home.stack.sql`update auth.users set recovery_sent_at = null, confirmation_sent_at = null`;
    const { exitCode, screen } = await onTerminal(args, [answer]);
    expect(exitCode, screen).toBe(130);
    expect(screen).toContain("nothing was changed");
    expect(existsSync(path())).toBe(false);
  });
});
