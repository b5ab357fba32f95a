import { describe, expect, it } from "vitest";
import { moneyFixture } from "../../testing/money-fixture.ts";
import { type Run, type RunOptions, runPrinted } from "../../testing/run-vidops.ts";

const money = moneyFixture();
const { vidops, balance } = money;

function printed(command: string): Promise<Run> {
  return runPrinted(command, { folder: money.folder, env: money.settings() });
}

describe("a lost answer", () => {
  it.each(["cut-after-forward", "502-html", "hang", "cut-before-forward"] as const)(
    "exits 8 (%s) and prints the command that settles it",
    async (kind) => {
      const before = await balance();
      money.stack.faults.next({ path: "/rest/v1/rpc/admin_refund_credits", kind });
      const lost = await vidops(
        ["refund", money.job, "--amount", "6", "--reason", "it's lost", "--yes", "--json"],
        { env: { VIDOPS_TIMEOUT: "1" } },
      );
      expect(lost.exitCode).toBe(8);
      const { error } = lost.json();
      expect(error).toMatchObject({
        code: "ERR_6006",
        retryable: false,
        hint: expect.stringContaining(error.settle_command),
      });
      const done = kind === "cut-after-forward";
      expect(await balance()).toBe(done ? before + 6 : before);

      const settled = await printed(error.settle_command);
      expect(settled.exitCode).toBe(0);
      expect(settled.json().data).toMatchObject({
        replayed: done,
        amount: 6,
        idempotency_key: error.details.idempotency_key,
      });
      expect(await balance()).toBe(before + 6);
    },
  );

  it.each(["ticket\t4711", "line one\n  line two", "iade \u200fשלום", "a\u001b[31mred"])(
    "prints a command as text that settles it, also for the reason %j",
    async (reason) => {
      const before = await balance();
      money.stack.faults.next({ path: "/rest/v1/rpc/admin_refund_credits", kind: "cut-after-forward" });
      const lost = await vidops(["refund", money.job, "--reason", reason, "--yes"]);
      expect(lost.exitCode).toBe(8);
      const command = /vidops refund .*/.exec(lost.stderr)?.[0] ?? "";
      const settled = await printed(command);
      expect(settled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Already refunded") });
      expect(await balance()).toBe(before + 10);
    },
  );

  it("prints the command as text, too, and repeats --url in it", async () => {
    money.stack.faults.next({ path: "/rest/v1/rpc/admin_refund_credits", kind: "cut-after-forward" });
    const lost = await vidops([
      "refund",
      money.job,
      "--reason",
      "lost",
      "--url",
      `${money.stack.url}/`,
      "--yes",
    ]);
    expect(lost.exitCode).toBe(8);
    const command = /^ {2}(vidops refund .*)$/m.exec(lost.stderr)?.[1] ?? "";
    expect(command).toContain(`--url ${money.stack.url}/`);
    expect(await printed(command)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("nothing was done twice"),
    });
  });

  it("waits for the answer on the first Ctrl-C, and leaves with the command on the second", async () => {
    money.stack.faults.next({ path: "/rest/v1/rpc/admin_refund_credits", kind: "hang" });
    const run = await vidops(["refund", money.job, "--reason", "interrupted", "--yes", "--json"], {
      onStart: (child) => void interruptTwice(child),
    });
    expect(run.exitCode).toBe(8);
    expect(run.json().error).toMatchObject({
      code: "ERR_6006",
      reason: "interrupted",
      settle_command: expect.stringContaining(money.job),
    });
  });

  async function interruptTwice(child: Parameters<NonNullable<RunOptions["onStart"]>>[0]): Promise<void> {
    await expect.poll(() => money.stack.requests.length, { timeout: 10_000 }).toBe(1);
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
  }
});
