import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Run, type RunOptions, runVidops, temporaryFolder } from "../../testing/run-vidops.ts";

const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

function vidops(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  // The repository's folder has the migrations.
  return runVidops(args, {
    folder: temporary.path,
    cwd: join(import.meta.dirname, "../../../../.."),
    sources: true,
    ...options,
  });
}

describe("local start", () => {
  it("prints one line once ready, serves --profile local, and leaves nothing when it is ended", async () => {
    const profile = join(temporary.path, "config", "vidops", "local-profile.json");
    const meanwhile: Record<string, unknown> = {};
    const run = await vidops(["local", "start", "--ephemeral", "--port", "0", "--db-port", "0", "--json"], {
      onOutput: (stdout, child) => {
        if (stdout.endsWith("\n")) void whileRunning().finally(() => child.kill("SIGTERM"));
      },
    });
    async function whileRunning(): Promise<void> {
      meanwhile.mode = statSync(profile).mode & 0o777;
      meanwhile.whoami = (await vidops(["whoami", "--profile", "local", "--json"])).json().data.server;
      meanwhile.unasked = (await vidops(["whoami", "--json"])).json().data.url;
      meanwhile.status = (await vidops(["local", "status", "--json"])).json().data;
    }
    expect(run.exitCode, run.stderr).toBe(0);
    const line = run.json();
    expect(Object.keys(line)).toEqual(["ok", "data"]);
    expect(Object.keys(line.data)).toEqual([
      ...[
        "url",
        "db_url",
        "publishable_key",
        "secret_key",
        "anon_key",
        "service_role_key",
        "jwt_secret",
        "admin",
        "user",
        "second_admin",
        "functions_url",
        "development_provider_url",
      ],
    ]);
    expect(meanwhile).toMatchObject({
      mode: 0o600,
      whoami: { status: "accepted", admin_is_admin: true },
      unasked: null,
      status: { running: true, stacks: [{ url: line.data.url }] },
    });
    expect(existsSync(profile)).toBe(false);
    await expect(fetch(line.data.url)).rejects.toThrow();
    expect((await vidops(["local", "status", "--json"])).json().data).toMatchObject({
      running: false,
      stacks: [],
    });
    expect((await vidops(["whoami", "--profile", "local"])).exitCode).toBe(2);
  });

  it("ends cleanly when it is interrupted before it is ready", async () => {
    const folder = join(temporary.path, "tmp");
    mkdirSync(folder);
    // The database may run under another account, which must get in.
    for (const path of [temporary.path, folder]) chmodSync(path, 0o755);
    const run = await vidops(["local", "start", "--ephemeral", "--port", "0", "--db-port", "0", "--json"], {
      env: { TMPDIR: folder },
      onStart: (child) => void setTimeout(() => child.kill("SIGINT"), 900),
    });
    expect(run.exitCode, run.stdout + run.stderr).toBe(130);
    expect(run.json()).toMatchObject({ ok: false, error: { code: "CLI_INTERRUPTED" } });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [["--port", "70000"], /--port/],
    [["--port", "http"], /--port/],
    [["--seed", "big"], /--seed/],
    [["--ephemeral", "--data-dir", "x"], /contradicts/],
  ])("refuses %j", async (words, says) => {
    expect(await vidops(["local", "start", ...words])).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });
});

describe("local stop and reset", () => {
  it("do nothing where there is nothing", async () => {
    expect((await vidops(["local", "stop", "--json"])).json().data).toEqual({ stopped: [] });
    const folder = join(temporary.path, "no-data");
    expect(
      (await vidops(["local", "reset", "--data-dir", folder, "--yes", "--json"])).json().data,
    ).toMatchObject({ removed: false });
  });

  it("reset needs consent", async () => {
    expect(await vidops(["local", "reset"])).toMatchObject({ exitCode: 7 });
  });
});

describe("demo", () => {
  it("takes every step as it should, gives one document, and leaves nothing", async () => {
    const run = await vidops(["demo", "--json"]);
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const { steps } = run.json().data;
    expect(steps.map((step: { exit_code: number }) => step.exit_code)).toEqual([
      ...[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0],
    ]);
    const transcript = steps.map((step: { output: string }) => step.output).join("\n");
    for (const shown of [
      "Dry run",
      "Refunded",
      "admin_refund",
      "credit_refund",
      "nothing was done twice",
      "Nothing is left to refund",
      "rows from",
      '"status":"completed","credits_used":2,"credits_refunded":0',
      "video/mp4, 3620 bytes",
      '"status":"failed","credits_used":2,"credits_refunded":2',
      '"credits_remaining":8,"credits_total":10',
    ]) {
      expect(transcript).toContain(shown);
    }
    expect((await vidops(["local", "status", "--json"])).json().data.running).toBe(false);
  });

  it("says so where a project has no functions, and shows the rest", async () => {
    const run = await vidops(["demo", "--json"], { cwd: temporary.path });
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(run.json().data.steps).toHaveLength(11);
    expect(run.stderr).toContain("The app's side is left out");
  });

  it("can be interrupted", async () => {
    const run = await vidops(["demo"], {
      onStart: (child) => void setTimeout(() => child.kill("SIGINT"), 3_000),
    });
    expect(run).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("Interrupted") });
  });
});
