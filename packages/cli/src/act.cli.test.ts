import { beforeEach, describe, expect, it } from "vitest";
import { actsFixture } from "./testing/acts-fixture.ts";
import { hasTerminal, runOnTerminal } from "./testing/run-on-terminal.ts";

// The flow that all changing commands share, on one of them.

const acts = actsFixture();
const add = (credits: number): string[] => [
  ...["credits", "adjust", acts.user.id, "--add", `${credits}`, "--reason", "why", "--ticket", "SUP-1"],
];
let before: unknown;

beforeEach(async () => {
  await acts.stack
    .sql`insert into approval_thresholds (name, credits) values ('act_credits', 100) on conflict do nothing`;
  before = await acts.state();
  acts.stack.requests.length = 0;
});

/** The functions that were called, by name. */
function sent(): string[] {
  return acts.stack.requests
    .map(({ path }) => path.split("/").at(-1) ?? "")
    .filter((name) => name.startsWith("admin_"));
}

describe("an act above a threshold", () => {
  it("says on a dry run that it needs a second person, and asks for nothing", async () => {
    const text = await acts.as(acts.admin, [...add(150), "--dry-run"]);
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toContain(
      "It moves 150 credits; above 100 a second person decides: it becomes a request, and nothing changes until another admin approves it.\nDry run",
    );
    const { data } = (await acts.as(acts.admin, [...add(150), "--dry-run", "--json"])).json();
    expect(data.needs_approval).toMatchObject({ threshold: "act_credits", limit: 100, requested: 150 });
    expect(await acts.state()).toEqual(before);
  });

  it("becomes a request: exit 5, with its id and the command that shows it", async () => {
    const text = await acts.as(acts.admin, [...add(150), "--yes"]);
    const [request] = await acts.stack.sql`select id::text, status from admin_approvals`;
    expect(text).toMatchObject({ exitCode: 5, stdout: "" });
    expect(text.stderr).toContain(`request ${request?.id} waits for approval`);
    expect(text.stderr).toContain(`vidops approvals show ${request?.id}\n`);
    const { error } = (await acts.as(acts.admin, [...add(151), "--yes", "--json"])).json();
    expect(error).toMatchObject({
      ...{ code: "ERR_4015", reason: "approval_required", retryable: false },
      details: { approval_id: expect.anything(), payload_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await acts.balance()).toBe(10);
  });
});

describe("a request that is under way", () => {
  it("is waited for on Ctrl-C, which is said, and done once", async () => {
    const run = await acts.as(acts.admin, [...add(5), "--yes"], {
      onStart: async (child) => {
        const lock = await acts.stack.sql.reserve();
        await lock`begin`;
        await lock`select from users where id = ${acts.user.id} for update`;
        await expect.poll(sent, { interval: 10, timeout: 10_000 }).toHaveLength(1);
        child.kill("SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 300));
        await lock`commit`;
        lock.release();
      },
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toContain("is on its way; waiting for its answer (Ctrl-C again leaves without it)");
    expect(await acts.balance()).toBe(15);
    expect(sent()).toHaveLength(1);
  });

  it("is left on a second Ctrl-C, with the way to settle it: exit 8", async () => {
    acts.stack.faults.next({ path: "/rest/v1/rpc/admin_adjust_credits", kind: "hang" });
    const run = await acts.as(acts.admin, [...add(5), "--yes", "--json"], {
      onStart: async (child) => {
        await expect.poll(sent, { interval: 10, timeout: 10_000 }).toHaveLength(1);
        child.kill("SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 200));
        child.kill("SIGINT");
      },
    });
    expect(run.exitCode, run.stderr).toBe(8);
    expect(run.json().error).toMatchObject({
      ...{ code: "ERR_6006", reason: "interrupted" },
      settle_command: expect.stringContaining("--idempotency-key"),
    });
  });
});

describe.skipIf(!hasTerminal)("the question on a terminal", () => {
  const ask = (args: string[], question: RegExp, keys: string) =>
    runOnTerminal(args, {
      ...{ folder: acts.folder, env: { ...acts.settings(), ...acts.signedIn(acts.admin) }, question },
      atQuestion: (terminal) => void terminal.stdin?.write(keys),
    });

  it("is for a second person where one is needed; No, the default, asks nobody", async () => {
    const question = /Ask a second person to approve this\?/;
    const no = await ask(add(150), question, "\r");
    expect(no, no.screen).toMatchObject({
      exitCode: 7,
      screen: expect.stringContaining("it becomes a request"),
    });
    expect(await acts.state()).toEqual(before);
    expect(await ask(add(150), question, "y\r")).toMatchObject({ exitCode: 5 });
    expect(await acts.balance()).toBe(10);
  });

  it("says before it whether it can be undone", async () => {
    const run = await ask(add(5), /\(y\/N\)/, "\r");
    expect(run.screen).toContain("An undo moves the credits back, as far as the user has them.");
    expect(await acts.state()).toEqual(before);
  });
});
