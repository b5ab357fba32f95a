import type { ChildProcess } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { moneyState } from "../testing/fixtures.ts";
import { moneyFixture } from "../testing/money-fixture.ts";
import { hasTerminal, runOnTerminal, type TerminalRun } from "../testing/run-on-terminal.ts";

const money = moneyFixture();

/** Runs on a terminal and does something when the question is there. */
function onTerminal(
  args: readonly string[],
  atQuestion: (terminal: ChildProcess, pid: number) => void | Promise<void>,
  env: Record<string, string> = {},
  typedAhead = "",
): Promise<TerminalRun> {
  return runOnTerminal(args, {
    folder: money.folder,
    env: { ...money.settings(), ...env },
    typedAhead,
    question: /Refund \d+ credits?\?/,
    atQuestion,
  });
}

describe.skipIf(!hasTerminal)("the question on a terminal", () => {
  it("shows who, what, before and after, and the project, and refunds what was shown on yes", async () => {
    const { exitCode, screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      (terminal) => void terminal.stdin?.write("y\r"),
    );
    expect(exitCode, screen).toBe(0);
    for (const shown of ["ada@example.com", money.stack.url, money.job, "→", "10 credits"])
      expect(screen).toContain(shown);
    const [action] = await money.stack
      .sql`select amount, reason from admin_actions where target_job_id = ${money.job}`;
    expect(action).toEqual({ amount: 10, reason: "asked" });
  });

  it.each([
    ["Enter: the default is no", "\r", 7, "Declined"],
    ["n", "n\r", 7, "Declined"],
    ["Ctrl-C", "\u0003", 130, "nothing was changed"],
    ["Ctrl-D", "\u0004", 130, "nothing was changed"],
  ])("changes nothing on %s", async (_, keys, expected, says) => {
    const before = await moneyState(money.stack);
    const { exitCode, screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      (terminal) => void terminal.stdin?.write(keys),
    );
    expect(exitCode, screen).toBe(expected);
    expect(screen).toContain(says);
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it.each([
    ["y and Enter", "y\n"],
    ["y alone", "y"],
    ["two lines", "yarn build\ny\n"],
  ])("takes %s typed before it for no answer", async (_, early) => {
    const before = await moneyState(money.stack);
    const { exitCode, screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      (terminal) => void terminal.stdin?.write("\r"),
      {},
      early,
    );
    expect(exitCode, screen).toBe(7);
    expect(screen).toContain("Declined");
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("is interrupted by a Ctrl-C typed before it", async () => {
    const { exitCode } = await onTerminal(["refund", money.job, "--reason", "asked"], () => {}, {}, "\u0003");
    expect(exitCode).toBe(130);
  });

  it("takes no line that begins with y for a yes, and asks again", async () => {
    const before = await moneyState(money.stack);
    const { exitCode, screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      async (terminal) => {
        for (const keys of ["yarn build\r", "\u0003"]) {
          terminal.stdin?.write(keys);
          await setTimeout(150);
        }
      },
    );
    expect(exitCode, screen).toBe(130);
    expect(screen).toContain("Answer y or n.");
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("changes nothing on SIGTERM at the question", async () => {
    const before = await moneyState(money.stack);
    const { exitCode } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      (_, pid) => void process.kill(pid, "SIGTERM"),
    );
    expect(exitCode).toBe(130);
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("is refused the rest when the job was refunded in part meanwhile", async () => {
    const { exitCode, screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      async (terminal) => {
        await money.stack.sql`update video_jobs set credits_refunded = 4 where job_id = ${money.job}`;
        terminal.stdin?.write("y\r");
      },
    );
    expect(exitCode, screen).toBe(5);
    expect(screen).toContain("at most 6 are left");
  });

  it("answers the same command with the same key again, and names who did it", async () => {
    const args = ["refund", money.job, "--reason", "asked", "--idempotency-key", `key-${money.job}`];
    const first = await onTerminal(args, (terminal) => void terminal.stdin?.write("y\r"));
    expect(first.exitCode, first.screen).toBe(0);
    const before = await moneyState(money.stack);
    const colleague = await money.stack.createUser({ isAdmin: true });
    const again = await onTerminal(args, () => {}, { VIDOPS_ADMIN: colleague.id });
    expect(again.exitCode, again.screen).toBe(0);
    expect(again.screen).toContain("nothing was done twice");
    expect(again.screen).toContain(money.admin.id);
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("obeys NO_COLOR", async () => {
    const { screen } = await onTerminal(
      ["refund", money.job, "--reason", "asked"],
      (terminal) => void terminal.stdin?.write("\r"),
      { NO_COLOR: "1" },
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is looked for
    expect(screen).not.toMatch(/\u001b\[[0-9;]*m/);
  });

  it("does not ask in CI", async () => {
    const { exitCode } = await onTerminal(["refund", money.job, "--reason", "asked"], () => {}, { CI: "1" });
    expect(exitCode).toBe(7);
    expect(money.stack.requests).toEqual([]);
  });
});
