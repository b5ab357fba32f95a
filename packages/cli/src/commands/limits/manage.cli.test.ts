import { describe, expect, it } from "vitest";
import { limitFixture } from "../../testing/limit-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import { type Run, runPrinted } from "../../testing/run-vidops.ts";

const limits = limitFixture();
const why = ["--reason", "why", "--ticket", "SUP-1"];

function vidops(...args: string[]): Promise<Run> {
  return limits.vidops(["limits", ...args]);
}

function writes(): string[] {
  return limits.stack.requests
    .filter(({ method }) => method === "POST")
    .map(({ path }) => path.split("/").at(-1) ?? "");
}

async function lastAction(): Promise<Record<string, unknown>> {
  const [row] = await limits.stack
    .sql`select action_type, reason, ticket, run_id, admin_user_id, details from admin_actions order by id desc limit 1`;
  return { ...row };
}

describe("limits set", () => {
  const free = ["set", "video_generation", "--per", "ip", "--tier", "free"];

  it("changes a rule, finding its window, says before and after and all rules, and is audited", async () => {
    const run = await vidops(...free, "--max", "20", ...why, "--yes");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^video_generation is limited to 20 per 1h\n/);
    expect(run.stdout).toContain("10 per 1h → 20 per 1h");
    expect(run.stdout).toMatch(
      /\nIts rules now:\n.*\nvideo_generation +ip +free +20 per 1h .*\nvideo_generation +ip +premium +10 per 1h +2026-11-01/,
    );
    expect(await lastAction()).toMatchObject({
      ...{ action_type: "rate_limit_rule", reason: "why", ticket: "SUP-1", admin_user_id: limits.admin.id },
      details: {
        action: "video_generation",
        per: "ip",
        tier: "free",
        window_seconds: 3600,
        before: 10,
        after: 20,
      },
    });
    const { data } = (await vidops(...free, "--max", "30", ...why, "--yes", "--json")).json();
    expect(data).toMatchObject({
      before: 20,
      after: 30,
      changed: true,
      window_seconds: 3600,
      dry_run: false,
    });
    expect(data.rules[0]).toMatchObject({ tier: "free", max_requests: 30 });
  });

  it("is taken back by the command that it prints", async () => {
    const before = (await vidops("list", "--json")).json().data.rules;
    const makes = ["set", "login", "--per", "global", "--max", "5", "--window", "90s", ...why, "--yes"];
    for (const words of [[...free, "--off", ...why, "--yes"], makes]) {
      const { stdout } = await vidops(...words);
      const command = /\nTake it back: (.*)\n$/.exec(stdout)?.[1] ?? "";
      const run = await runPrinted(`${command} --yes`, { folder: limits.folder, env: limits.settings() });
      expect(run.exitCode, run.stderr).toBe(0);
    }
    const withoutTime = (rules: Record<string, unknown>[]) => rules.map(({ updated_at: _, ...rule }) => rule);
    expect(withoutTime((await vidops("list", "--json")).json().data.rules)).toEqual(withoutTime(before));
  });

  it("only looks with --dry-run, and tells the rules as they will be", async () => {
    const before = await limits.state();
    const run = await vidops(...free, "--max", "20", ...why, "--dry-run");
    expect(run.stdout).toMatch(/video_generation +ip +free +20 per 1h/);
    expect(run.stdout).toMatch(/\nDry run: nothing was changed\.\n$/);
    const { data } = (await vidops(...free, "--off", ...why, "--dry-run", "--json")).json();
    expect(data).toMatchObject({ dry_run: true, action_id: null, before: 10, after: null, changed: true });
    expect(data.rules).toHaveLength(1);
    expect(data.notes).toEqual([expect.stringContaining("no_rate_limit_rule")]);
    expect(await limits.state()).toEqual(before);
  });

  it("says that it is so already, to whoever would be asked as well", async () => {
    const before = await limits.state();
    for (const words of [
      ["--max", "10"],
      ["--off", "--window", "1d"],
    ]) {
      const run = await vidops(...free, ...words, ...why, "--yes");
      expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("nothing was changed") });
      expect((await vidops(...free, ...words, ...why, "--yes", "--json")).json().data).toMatchObject({
        changed: false,
        action_id: null,
      });
    }
    expect(await limits.state()).toEqual(before);
  });

  it("asks for the window where no rule or several could be meant", async () => {
    const none = await vidops("set", "video_generation", "--per", "ip", "--max", "5", ...why, "--yes");
    expect(none).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: expect.stringMatching(/has no rule per ip for any tier yet\.\n.*per ip, free: 10 per 1h/),
    });
    await vidops(...free, "--max", "50", "--window", "1d", ...why, "--yes");
    const several = await vidops(...free, "--max", "5", ...why, "--yes");
    expect(several).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/has 2 rules per ip for free users\.\n.*1h, 1d/),
    });
  });
});

describe("limits reset", () => {
  const words = ["reset", "203.0.113.7", "video_generation", ...why];

  it("forgets all windows of an address and nothing else, with one request that writes, and is audited", async () => {
    await limits.request(12, "video_generation", { ip: "203.0.113.7" });
    await limits.request(3, "video_generation", { ip: "203.0.113.8" });
    limits.stack.requests.length = 0;
    const run = await vidops(...words, "--yes");
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(
      /^Reset video_generation for 203\.0\.113\.7: the whole limit is there again\n/,
    );
    expect(run.stdout).toMatch(/\nForgotten:\n.*\nper_ip_3600 +10 of 10 /);
    expect(run.stdout).toContain("follow within 10 seconds");
    expect(writes()).toEqual(["reset_rate_limits"]);
    expect(await lastAction()).toMatchObject({
      ...{ action_type: "rate_limit_reset", reason: "why", admin_user_id: limits.admin.id },
      details: { action: "video_generation", per: "ip", subject: "203.0.113.7" },
    });
    const used = async (ip: string) =>
      (await vidops("check", ip, "video_generation", "--json")).json().data.limits[0].used;
    expect([await used("203.0.113.7"), await used("203.0.113.8")]).toEqual([0, 3]);
  });

  it.each([
    ["an IPv6 address, by its network", "2001:db8:1:2:3::4", { ip: "2001:db8:1:2::9" }, "2001:db8:1:2::/64"],
    ["all unknown addresses", "unknown", { ip: "unknown" }, "unknown"],
  ])("resets %s", async (_, typed, who, subject) => {
    await limits.request(2, "video_generation", who);
    const { data, meta } = (
      await vidops("reset", typed, "video_generation", ...why, "--yes", "--json")
    ).json();
    expect(data).toMatchObject({ per: "ip", subject, dry_run: false, cleared: [{ used: 2, limit: 10 }] });
    expect((await lastAction()).run_id).toBe(meta.run_id);
  });

  it("resets a user by email and everybody, with a signed-in admin's token as well", async () => {
    const own = (per: "user" | "global") => [{ name: "own", per, max_requests: 2, window_seconds: 60 }];
    await limits.request(2, "login", { userId: limits.user.id }, own("user"));
    await limits.request(2, "login", {}, own("global"));
    const env = {
      SUPABASE_SECRET_KEY: undefined,
      VIDOPS_ADMIN: undefined,
      SUPABASE_PUBLISHABLE_KEY: limits.stack.publishableKey,
      VIDOPS_ACCESS_TOKEN: limits.admin.accessToken,
    };
    for (const [who, per, subject] of [
      ["ADA@example.com", "user", limits.user.id],
      ["global", "global", null],
    ] as const) {
      const run = await limits.vidops(["limits", "reset", who, "login", ...why, "--yes", "--json"], { env });
      expect(run.json().data).toMatchObject({ per, subject, acting_admin: null, cleared: [{ used: 2 }] });
    }
  });

  it("has nothing to reset where nothing is counted: exit 0, no audit row, and nobody is asked", async () => {
    const before = await limits.state();
    for (const more of [["--yes"], ["--dry-run"]]) {
      const run = await vidops(...words, ...more);
      expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Nothing to reset: /) });
    }
    expect((await vidops(...words, "--yes", "--json")).json().data).toMatchObject({
      cleared: [],
      action_id: null,
    });
    expect(await limits.state()).toEqual(before);
  });

  it("only looks with --dry-run, and says that it cannot be undone", async () => {
    await limits.request(2, "video_generation", { ip: "203.0.113.7" });
    const before = await limits.state();
    const run = await vidops(...words, "--dry-run");
    expect(run.stdout).toMatch(/\nThis cannot be undone: .*\nDry run: nothing was changed\.\n$/);
    expect((await vidops(...words, "--dry-run", "--json")).json().data).toMatchObject({
      ...{ dry_run: true, action_id: null },
      cleared: [{ name: "per_ip_3600", used: 2 }],
    });
    expect(await limits.state()).toEqual(before);
  });

  it("says of a lost answer that to repeat it does no harm: exit 8, and it does none", async () => {
    await limits.request(2, "video_generation", { ip: "203.0.113.7" });
    limits.stack.faults.next({ path: "/rest/v1/rpc/reset_rate_limits", kind: "cut-after-forward" });
    const lost = await vidops(...words, "--yes", "--json");
    expect(lost.exitCode).toBe(8);
    expect(lost.json().error).toMatchObject({
      code: "ERR_6006",
      hint: expect.stringContaining("same command again"),
    });
    expect(await vidops(...words, "--yes")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Nothing to reset/),
    });
  });
});

describe.skipIf(!hasTerminal)("the question on a terminal", () => {
  const ask = (args: string[], question: RegExp, keys: string) =>
    runOnTerminal(["limits", ...args], {
      ...{ folder: limits.folder, env: limits.settings(), question },
      atQuestion: (terminal) => void terminal.stdin?.write(keys),
    });

  it.each([
    [
      "set",
      ["set", "video_generation", "--per", "ip", "--tier", "free", "--max", "20"],
      /Set it to 20 per 1h\?/,
    ],
    [
      "set --off",
      ["set", "video_generation", "--per", "ip", "--tier", "free", "--off"],
      /Take this rule away\?/,
    ],
    ["reset", ["reset", "203.0.113.7", "video_generation"], /Forget what was counted\?/],
  ])("%s: No is the default and changes nothing, yes does what was shown", async (_, args, question) => {
    await limits.request(2, "video_generation", { ip: "203.0.113.7" });
    const before = await limits.state();
    const no = await ask([...args, ...why], question, "\r");
    expect(no, no.screen).toMatchObject({
      exitCode: 7,
      screen: expect.stringContaining("nothing was changed"),
    });
    expect(no.screen).toContain(limits.stack.url);
    expect(await limits.state()).toEqual(before);
    const yes = await ask([...args, ...why], question, "y\r");
    expect(yes.exitCode, yes.screen).toBe(0);
    expect(await limits.state()).not.toEqual(before);
  });

  it("is not put where nothing would change", async () => {
    for (const args of [
      ["reset", "203.0.113.7", "video_generation"],
      ["set", "video_generation", "--per", "ip", "--tier", "free", "--max", "10"],
    ])
      expect(await ask([...args, ...why], /\?/, "\r")).toMatchObject({ exitCode: 0 });
  });
});
