import { afterEach, describe, expect, it } from "vitest";
import { errorFixture } from "../../testing/error-fixture.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const errors = errorFixture();
type Child = Parameters<NonNullable<RunOptions["onStart"]>>[0];

interface Follow {
  /** Resolves when the program ended. */
  readonly ended: Promise<Run>;
  /** All of stdout up to now. */
  output(): string;
  send(signal: NodeJS.Signals): void;
}

const running = new Set<Child>();
/** A follow does not end by itself, also not when a test fails. */
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

/** Starts to follow. */
function tail(...args: string[]): Follow {
  let child: Child | null = null;
  let output = "";
  const ended = errors.vidops(["errors", "tail", "--interval", "1s", ...args], {
    env: { VIDOPS_ADMIN: undefined },
    onStart: (started) => {
      child = started;
      running.add(started);
    },
    onOutput: (stdout) => {
      output = stdout;
    },
  });
  return { ended, output: () => output, send: (signal) => void child?.kill(signal) };
}

function reads(): number {
  return errors.stack.requests.filter(({ path }) => path.includes("list_errors")).length;
}

/** Waits until the program has asked so often since the test began. */
async function asked(times: number): Promise<void> {
  await expect.poll(reads, { interval: 20, timeout: 15_000 }).toBeGreaterThanOrEqual(times);
}

function idsOf(output: string): string[] {
  return output
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).id);
}

describe("errors tail", () => {
  it("prints what there is and what comes, the newest last, each once, and ends with exit 0 on Ctrl-C", async () => {
    const before = await errors.log(
      { code: "ERR_6001", secondsAgo: 20 },
      { code: "ERR_4001", secondsAgo: 10 },
      { code: "ERR_4001", secondsAgo: 3600 },
    );
    const follow = tail("--json");
    await expect.poll(() => idsOf(follow.output()).length, { timeout: 15_000 }).toBe(2);
    // One that appears late, behind those that were shown.
    const after = await errors.log({ code: "ERR_6001" }, { code: "ERR_4001", secondsAgo: 11 });
    const wanted = [before[0], before[1], after[1], after[0]];
    await expect.poll(() => idsOf(follow.output()).length, { timeout: 15_000 }).toBe(4);
    await asked(reads() + 2);
    follow.send("SIGINT");
    const run = await follow.ended;
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^errors of .*: 2 so far/) });
    expect(idsOf(run.stdout)).toEqual(wanted);
  });

  it("ends with exit 0 on SIGTERM, also while it waits for an answer", async () => {
    errors.stack.faults.next({ path: "/rest/v1/rpc/list_errors", kind: "hang" });
    const follow = tail("--quiet");
    await asked(1);
    follow.send("SIGTERM");
    expect(await follow.ended).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("goes on after a network error, with a note, and loses nothing", async () => {
    const follow = tail("--output", "ndjson");
    // The second is asked when the first was answered; a fault in the first read would end it, as it should.
    await asked(2);
    errors.stack.faults.next({ path: "/rest/v1/rpc/list_errors", kind: "502-html" });
    const [id] = await errors.log({ code: "ERR_6001" });
    await expect.poll(() => idsOf(follow.output()), { timeout: 15_000 }).toEqual([id]);
    follow.send("SIGINT");
    const run = await follow.ended;
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(/none yet.*\nwarning: .* Trying again until it answers.*\nreached again\n$/);
  });

  it("fails at once when the first read fails, and when the key is not accepted", async () => {
    errors.stack.faults.next({ path: "/rest/v1/rpc/list_errors", kind: "502-html" });
    expect(await tail().ended).toMatchObject({ exitCode: 75, stdout: "" });
    const run = await errors.vidops(["errors", "tail", "--json"], {
      env: { SUPABASE_SECRET_KEY: "sb_secret_wrongwrongwrongwrong" },
    });
    expect(run.exitCode).toBe(4);
    expect(run.json().error.code).toBe("ERR_4005");
  });

  it("ends at what does not pass by itself, with the error as the last line of JSON", async () => {
    await errors.log({ code: "ERR_6001" });
    const { sql } = errors.stack;
    const follow = tail("--json");
    await asked(2);
    await sql.unsafe("alter function public.list_errors rename to away; notify pgrst, 'reload schema'");
    try {
      const run = await follow.ended;
      expect(run.exitCode).toBe(1);
      const lines = run.stdout.trim().split("\n");
      expect(lines).toHaveLength(2);
      expect(JSON.parse(lines[1] ?? "")).toMatchObject({ ok: false, error: { code: "ERR_6004" } });
    } finally {
      await sql.unsafe("alter function public.away rename to list_errors; notify pgrst, 'reload schema'");
      await expect
        .poll(async () => (await errors.vidops(["errors", "list"])).exitCode, { timeout: 15_000 })
        .toBe(0);
    }
  });

  it("prints one CSV header, and lines of text without what a terminal would obey", async () => {
    await errors.log({ code: "ERR_6001", details: { message: "\u001b[31mboom\u202e" } });
    const csv = tail("--output", "csv");
    await expect.poll(() => csv.output().split("\n").length, { timeout: 15_000 }).toBe(3);
    await errors.log({ code: "ERR_4001" });
    await expect.poll(() => csv.output().split("\n").length, { timeout: 15_000 }).toBe(4);
    csv.send("SIGINT");
    const lines = (await csv.ended).stdout.trim().split("\n");
    expect(lines.map((line) => line.split(",")[2])).toEqual(["code", "ERR_6001", "ERR_4001"]);
    const text = tail("--code", "6001");
    await expect.poll(() => text.output(), { timeout: 15_000 }).toContain("boom");
    text.send("SIGINT");
    expect((await text.ended).stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}\d+ {2}ERR_6001 {2}POST \/generate {2}- {2}- {2}[ -~]*boom\n$/,
    );
  });

  it("ends when its reader leaves", async () => {
    await errors.log({ code: "ERR_6001" });
    const run = await errors.vidops(["errors", "tail", "--interval", "1s"], { closeStdout: true });
    expect(run.exitCode).toBe(0);
  });
});
