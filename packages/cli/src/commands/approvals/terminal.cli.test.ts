import { describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { hasTerminal, runOnTerminal, type TerminalRun } from "../../testing/run-on-terminal.ts";

const acts = actsFixture();

/** As the second admin, signed in. */
function onTerminal(args: readonly string[], question: RegExp, keys: string): Promise<TerminalRun> {
  return runOnTerminal(["approvals", ...args], {
    folder: acts.folder,
    env: { ...acts.settings(), ...acts.signedIn(acts.second), NO_COLOR: "1" },
    question,
    atQuestion: (terminal) => void terminal.stdin?.write(keys),
  });
}

/** The first line of what was found, as far as a narrow terminal shows it. */
const offered = /\d+ · give/;
const question = /\? (Approve|Reject) request \d+/;

describe.skipIf(!hasTerminal)("vidops approvals on a terminal", () => {
  it.each([
    ["approve", []],
    ["reject", ["--reason", "why"]],
  ])("decides nothing on Ctrl-C, Ctrl-D or Enter at the question of %s", async (verb, flags) => {
    const id = await acts.ask(500);
    const before = await acts.state();
    for (const [key, expected] of [
      ["\u0003", 130],
      ["\u0004", 130],
      ["\r", 7],
    ] as const) {
      const { exitCode, screen } = await onTerminal([verb, id, ...flags], question, key);
      expect(exitCode, screen).toBe(expected);
    }
    expect(await acts.state()).toEqual(before);
  });

  it.each([
    ["show", []],
    ["approve", []],
    ["reject", ["--reason", "why"]],
  ])("lets somebody leave the search of %s with Ctrl-C", async (verb, flags) => {
    await acts.ask(500);
    const before = await acts.state();
    const { exitCode, screen } = await onTerminal([verb, ...flags], offered, "\u0003");
    expect(exitCode, screen).toBe(130);
    expect(await acts.state()).toEqual(before);
  });

  it("approves what was shown on yes", async () => {
    const id = await acts.ask(500);
    const { exitCode, screen } = await onTerminal(["approve", id], question, "y\r");
    expect(exitCode, screen).toBe(0);
    for (const shown of ["ops@example.com", "10 → 510", '"p_change": 500']) expect(screen).toContain(shown);
    expect(await acts.balance()).toBe(510);
  });

  it("is refused when the request was withdrawn while it was read", async () => {
    const id = await acts.ask(500);
    const { exitCode, screen } = await runOnTerminal(["approvals", "approve", id], {
      folder: acts.folder,
      env: { ...acts.settings(), ...acts.signedIn(acts.second), NO_COLOR: "1" },
      question,
      atQuestion: async (terminal) => {
        await acts.call(`reject_admin_request(${id}, 'withdrawn', p_admin_user_id => '${acts.admin.id}')`);
        terminal.stdin?.write("y\r");
      },
    });
    expect(exitCode, screen).toBe(5);
    expect(screen).toContain("was rejected before; nothing was done");
    expect(await acts.balance()).toBe(10);
  });
});
