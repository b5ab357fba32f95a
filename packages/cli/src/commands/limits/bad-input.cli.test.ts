import { beforeEach, describe, expect, it } from "vitest";
import { limitFixture } from "../../testing/limit-fixture.ts";

const limits = limitFixture();
const why = ["--reason", "why"];
const set = ["set", "video_generation", "--per", "ip", "--tier", "free"];

describe("bad input changes nothing", () => {
  let before: unknown;
  beforeEach(async () => {
    await limits.request(3, "video_generation", { ip: "203.0.113.7" });
    before = await limits.state();
  });

  it.each<[title: string, args: string[], exitCode: number, says: RegExp]>([
    ["limit 0", [...set, "--max", "0"], 2, /--max must be a whole number from 1 to 1000000000/],
    ["a negative limit", [...set, "--max", "-5"], 2, /--max/],
    ["a negative limit with =", [...set, "--max=-5"], 2, /--max/],
    ["a fraction", [...set, "--max", "1.5"], 2, /whole number/],
    ["a huge limit", [...set, "--max", "1000000001"], 2, /--max/],
    ["no limit", [...set], 2, /--max or --off/],
    ["a limit and --off", [...set, "--max", "5", "--off"], 2, /--max or --off/],
    ["window 0s", [...set, "--max", "5", "--window", "0s"], 2, /more than zero/],
    ["a window of 1.5s", [...set, "--max", "5", "--window", "1.5s"], 2, /whole number of seconds/],
    ["a window in years", [...set, "--max", "5", "--window", "3y"], 2, /length of time/],
    ["a window of 367 days", [...set, "--max", "5", "--window", "367d"], 2, /at most 366d/],
    ["a negative window", [...set, "--max", "5", "--window=-1h"], 2, /length of time/],
    ["no --per", ["set", "login", "--max", "5"], 2, /--per is missing/],
    ["an unknown --per", ["set", "login", "--per", "key", "--max", "5"], 2, /ip, user or global/],
    [
      "an unknown tier",
      ["set", "login", "--per", "ip", "--tier", "gold", "--max", "5"],
      2,
      /any, free or premium/,
    ],
    [
      "a tier of everybody",
      ["set", "login", "--per", "global", "--tier", "free", "--max", "5"],
      2,
      /any tier/,
    ],
    ["a blank action", ["set", " ", "--per", "ip", "--max", "5", "--window", "1h"], 2, /action is blank/],
    ["an action of 10 kB", ["reset", "203.0.113.7", "a".repeat(10_240)], 2, /10240 characters/],
    ["a blank action to reset", ["reset", "203.0.113.7", "\t"], 2, /action is blank/],
    ["no action to reset", ["reset", "203.0.113.7"], 2, /missing required argument/i],
    ["nobody", ["reset", " ", "video_generation"], 2, /neither an IP address/],
    ["half an address", ["reset", "203.0.113", "video_generation"], 2, /neither an IP address/],
    ["a network of another size", ["reset", "2001:db8::/31", "video_generation"], 2, /neither an IP address/],
    ["a key of the app's own", ["reset", "key:team", "video_generation"], 2, /neither an IP address/],
    ["an unknown email", ["reset", "nobody@example.com", "video_generation"], 3, /no such user/i],
    ["an unknown id", ["reset", "00000000-0000-4000-8000-000000000000", "x"], 3, /no such user/i],
    ["an email with a wildcard", ["reset", "%@example.com", "x"], 3, /no such user/i],
  ])("%s", async (_, args, exitCode, says) => {
    const words = ["limits", ...args, ...why, "--yes"];
    const text = await limits.vidops(words);
    expect(text.exitCode, text.stderr).toBe(exitCode);
    expect(text.stderr).toMatch(says);
    expect(text.stdout).toBe("");
    const json = await limits.vidops([...words, "--json"]);
    expect(json.exitCode).toBe(exitCode);
    expect(json.json()).toMatchObject({
      ok: false,
      error: { message: expect.any(String), retryable: false },
    });
    expect(await limits.state()).toEqual(before);
  });

  it("an email that two users have", async () => {
    const { sql } = limits.stack;
    await limits.stack.createUser({ email: "twin@example.com" });
    const other = await limits.stack.createUser({ email: "other@example.com" });
    await sql`update users set email = 'Twin@example.com' where id = ${other.id}`;
    for (const command of ["check", "reset"]) {
      const run = await limits.vidops([
        ...["limits", command, "twin@example.com", "login"],
        ...(command === "reset" ? [...why, "--yes"] : []),
      ]);
      expect(run, run.stderr).toMatchObject({ exitCode: 5, stdout: "" });
    }
    await sql`update users set email = 'other@example.com' where id = ${other.id}`;
  });

  it.each([
    ["no reason", [], /--reason is missing/],
    ["a blank reason", ["--reason", " \t\n"], /blank/],
    ["a reason of 10 kB", ["--reason", "x".repeat(10_240)], /10240 characters/],
  ])("%s", async (_, words, says) => {
    for (const args of [
      ["reset", "203.0.113.7", "video_generation"],
      [...set, "--max", "5"],
    ]) {
      const run = await limits.vidops(["limits", ...args, ...words, "--yes"]);
      expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(says) });
    }
    expect(limits.stack.requests).toEqual([]);
  });

  it.each<[title: string, words: string[], env: Record<string, string | undefined>, exitCode: number]>([
    ["no terminal and no --yes", [], {}, 7],
    ["--json without --yes", ["--json"], {}, 7],
    ["CI without --yes", [], { CI: "true" }, 7],
    ["an anon key", ["--yes"], { SUPABASE_SECRET_KEY: "anon" }, 4],
    ["no acting admin", ["--yes"], { VIDOPS_ADMIN: undefined }, 4],
    ["no acting admin, only looking", ["--dry-run"], { VIDOPS_ADMIN: undefined }, 4],
  ])("%s: nothing is sent", async (_, words, env, exitCode) => {
    const own = "SUPABASE_SECRET_KEY" in env ? { SUPABASE_SECRET_KEY: limits.stack.anonKey } : env;
    for (const args of [
      ["reset", "203.0.113.7", "video_generation"],
      [...set, "--max", "5"],
    ]) {
      const run = await limits.vidops(["limits", ...args, ...why, ...words], { env: own });
      expect(run.exitCode, run.stderr).toBe(exitCode);
      if (exitCode === 7 && !words.includes("--json")) expect(run.stderr).toContain("--yes");
    }
    expect(limits.stack.requests).toEqual([]);
  });

  it.each([
    ["an acting admin who is no user", "nobody@example.com"],
    ["an acting admin who is no admin", "ada@example.com"],
  ])("%s", async (_, admin) => {
    for (const args of [
      ["reset", "203.0.113.7", "video_generation"],
      [...set, "--max", "5"],
    ])
      expect(
        await limits.vidops(["limits", ...args, ...why, "--yes"], { env: { VIDOPS_ADMIN: admin } }),
      ).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await limits.state()).toEqual(before);
  });

  it.each<[string[], RegExp]>([
    [["top", "--by", "endpoint"], /ip, user, action, limit/],
    [["top", "--since", "2999-01-01"], /in the future/],
    [["top", "--limit", "0"], /--limit/],
    [["top", "--limit", "101"], /--limit/],
    [["top", "--action", " "], /--action is blank/],
    [["log", "global"], /global is none/],
    [["log", "nonsense"], /neither an IP address/],
    [["log", "--denied", "--allowed"], /leave nothing/],
    [["log", "--limit", "1001"], /--limit/],
    [["log", "--cursor", "nonsense"], /cursor is damaged/],
    [["log", "--since", "1h", "--until", "2h"], /before --until/],
    [["check", "0.0.0.0", "x"], /neither an IP address/],
    [["check", "203.0.113.7", ""], /blank/],
    [["list", "a", "b"], /too many arguments/i],
    [["list", " "], /blank/],
  ])("refuses %j", async (words, says) => {
    expect(await limits.vidops(["limits", ...words])).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: expect.stringMatching(says),
    });
  });
});
