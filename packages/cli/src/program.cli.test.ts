import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandTable } from "./commands/command-table.ts";
import {
  binary,
  cleanEnvironment,
  type Run,
  requireBuild,
  runVidops,
  temporaryFolder,
} from "./testing/run-vidops.ts";

const temporary = temporaryFolder();
beforeAll(() => requireBuild());
afterAll(() => temporary[Symbol.dispose]());

function vidops(...args: string[]): Promise<Run> {
  return runVidops(args, { folder: temporary.path });
}

describe("--version", () => {
  it("prints the version of package.json and nothing else", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(await vidops("--version")).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
    expect(await vidops("-V")).toMatchObject({ stdout: `${version}\n` });
  });

  it("loads the entry file alone", () => {
    expect(loadedBy("--version").filter((url) => url.startsWith("file:"))).toEqual([
      expect.stringMatching(/vidops\.js$/),
    ]);
  });
});

describe("output that cannot be written", () => {
  it.skipIf(!existsSync("/dev/full"))("is no success: exit 1, and stderr says why", () => {
    const full = openSync("/dev/full", "w");
    const run = spawnSync(process.execPath, [binary, "whoami", "--json"], {
      ...{ cwd: temporary.path, env: cleanEnvironment(temporary.path), encoding: "utf8" },
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining("ENOSPC") });
  });

  it("is no error where the reader has left", () => {
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${binary}" --help | head -n 1; echo "$?"`], {
      ...{ cwd: temporary.path, env: cleanEnvironment(temporary.path), encoding: "utf8" },
    });
    expect(run).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("--help", () => {
  it("lists every command", async () => {
    const run = await vidops("--help");
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    for (const { path } of commandTable) expect(run.stdout).toContain(path[0]);
    expect(await vidops()).toMatchObject({ exitCode: 0, stdout: run.stdout });
  });

  it.each(commandTable.map(({ path }) => path.join(" ")))(
    "describes %s with examples and exit codes",
    async (path) => {
      const words = path.split(" ");
      const run = await vidops(...words, "--help");
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
      expect(run.stdout).toContain(`Usage: vidops ${path}`);
      expect(run.stdout).toMatch(/Examples:\n {2}\$ (npx )?vidops /);
      expect(run.stdout).toContain("Exit codes:");
      expect(run.stdout).toContain("--json");
    },
  );

  it("is also a command", async () => {
    const { stdout } = await vidops("refund", "--help");
    expect(await vidops("help", "refund")).toMatchObject({ exitCode: 0, stdout });
    expect((await vidops("help", "credits", "show")).stdout).toContain("Usage: vidops credits show");
    expect((await vidops("help")).stdout).toBe((await vidops("--help")).stdout);
  });

  it("of refund loads none of what is slow", () => {
    const urls = loadedBy("refund", "--help");
    expect(urls.some((url) => /refund-\w+\.js$/.test(url))).toBe(true);
    expect(
      urls.filter((url) => /inquirer|cli-table3|string-width|undici|child_process|node:crypto/.test(url)),
    ).toEqual([]);
    const code = urls
      .filter((url) => url.startsWith("file:"))
      .map((url) => readFileSync(fileURLToPath(url), "utf8"));
    // What the bundles of zod and postgrest-js hold.
    for (const text of code)
      expect(text).not.toMatch(/ZodMiniObject|class PostgrestClient|PostgrestQueryBuilder/);
  });
});

describe("usage errors", () => {
  it.each([
    [["refnd"], /Did you mean: vidops refund/],
    [["credits"], /needs one of: show, history, adjust, audit/],
    [["credits", "shwo", "x"], /Did you mean: vidops credits show/],
    [["refund", "--bogus"], /unknown option '--bogus'/i],
    [["refund", "--reson", "x"], /--reason/],
    [["refund", "--amount"], /argument missing/],
    [["credits", "show"], /missing required argument/i],
    [["whoami", "extra"], /too many arguments/i],
    [["whoami", "--dry-run"], /unknown option '--dry-run'/i],
    [["--output", "xml", "whoami"], /Allowed choices/i],
    [["refund", "--reason", "--yes"], /argument missing: --yes follows it/],
    [["refund", "--reason=--yes", "--yes"], /job|user/i],
    [["refund", "--output", "csv"], /is for lists/],
  ])("%j exit 2, on stderr and as JSON", async (words, says) => {
    const json = await vidops(...words, ...(words.includes("--json") ? [] : ["--json"]));
    if (!words.includes("--output")) {
      expect(json.exitCode).toBe(2);
      expect(json.json()).toMatchObject({
        ok: false,
        error: { code: "CLI_USAGE" },
        meta: { run_id: expect.stringMatching(/^run_/) },
      });
      expect(json.stderr).toBe("");
    }
    if (words.includes("--json")) return;
    const text = await vidops(...words);
    expect(text).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(says) });
  });

  it("refuses --json with another --output, in JSON", async () => {
    const run = await vidops("whoami", "--json", "--output", "table");
    expect(run.exitCode).toBe(2);
    expect(run.json().error.message).toContain("contradict");
  });

  it("takes global flags before and after the command, and the later one wins", async () => {
    const before = await vidops("--json", "--url", "https://one.supabase.co", "whoami");
    const after = await vidops("whoami", "--url", "https://one.supabase.co", "--json");
    expect(before.json().data.url).toEqual({ value: "https://one.supabase.co", source: "--url" });
    expect(after.json().data.url).toEqual(before.json().data.url);
    const both = await vidops(
      "--url",
      "https://one.supabase.co",
      "whoami",
      "--url",
      "https://two.supabase.co",
      "--json",
    );
    expect(both.json().data.url.value).toBe("https://two.supabase.co");
  });
});

/** The modules that a run loads. */
function loadedBy(...args: string[]): string[] {
  const hook = `import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ resolve(name, context, next) { const found = next(name, context); urls.push(found.url); return found; } });
    process.on("exit", () => process.stderr.write("\\nLOADED " + JSON.stringify(urls)));`;
  const { stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(hook)}`, binary, ...args],
    {
      encoding: "utf8",
      env: cleanEnvironment(temporary.path),
    },
  );
  return JSON.parse(/LOADED (.*)/.exec(stderr)?.[1] ?? "null");
}
