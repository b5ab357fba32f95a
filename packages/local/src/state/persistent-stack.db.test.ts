import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalStack, localStatus, resetLocal, startLocal, stopLocal } from "../index.ts";

let root: string;
let dataDir: string;
let migrationsDir: string;
let options: { dataDir: string; migrationsDir: string; port: 0; dbPort: 0; announce: false };
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "vidops-persistent-"));
  chmodSync(root, 0o755);
  dataDir = join(root, "data");
  migrationsDir = mkdtempSync(join(root, "migrations-"));
  options = { dataDir, migrationsDir, port: 0, dbPort: 0, announce: false };
});
afterEach(() => rmSync(root, { recursive: true }));

async function run(stack: LocalStack, query: string): Promise<unknown[]> {
  const sql = postgres(stack.dbUrl, { max: 1 });
  try {
    return [...(await sql.unsafe(query))];
  } finally {
    await sql.end();
  }
}

describe("a persistent stack", () => {
  it("keeps data, keys and accounts over a stop, and applies what is new", async () => {
    writeFileSync(join(migrationsDir, "1_a.sql"), "create table kept (id int); insert into kept values (1);");
    const first = await startLocal(options);
    await first.stop();
    writeFileSync(join(migrationsDir, "2_b.sql"), "insert into kept values (2);");
    await using second = await startLocal(options);
    expect(await run(second, "select id from kept order by id")).toEqual([{ id: 1 }, { id: 2 }]);
    const lasting = (stack: LocalStack): unknown => [
      stack.secretKey,
      stack.publishableKey,
      stack.anonKey,
      stack.jwtSecret,
      stack.admin,
      stack.secondAdmin,
      stack.user,
    ];
    expect(lasting(second)).toEqual(lasting(first));
  });

  it("gets a second admin in a folder that was made before there was one", async () => {
    const first = await startLocal(options);
    await first.stop();
    const file = join(dataDir, "keys.json");
    const { accountPasswords, ...keys } = JSON.parse(readFileSync(file, "utf8"));
    const { secondAdmin: _, ...older } = accountPasswords;
    writeFileSync(file, JSON.stringify({ ...keys, accountPasswords: older }));
    const second = await startLocal(options);
    await second.stop();
    expect(second.secondAdmin.password).not.toBe(first.secondAdmin.password);
    expect(JSON.parse(readFileSync(file, "utf8")).accountPasswords).toEqual({
      ...older,
      secondAdmin: second.secondAdmin.password,
    });
  });

  it("keeps what was committed when it is killed", async () => {
    const first = await startLocal(options);
    await run(first, "create table kept (id int)");
    await run(first, "insert into kept values (1)");
    process.kill(first.pids.postgres, "SIGKILL");
    await first.failed;
    await first.stop();
    await using second = await startLocal(options);
    expect(await run(second, "select id from kept")).toEqual([{ id: 1 }]);
  });

  it("keeps the files of Storage until it is reset", async () => {
    writeFileSync(
      join(migrationsDir, "1_a.sql"),
      "insert into storage.buckets (id, name) values ('videos', 'videos');",
    );
    const videos = ({ url, secretKey }: LocalStack) => createClient(url, secretKey).storage.from("videos");
    const first = await startLocal(options);
    expect((await videos(first).upload("a.mp4", "bytes")).error).toBeNull();
    await first.stop();
    const second = await startLocal(options);
    expect(await (await videos(second).download("a.mp4")).data?.text()).toBe("bytes");
    await second.stop();
    expect(statSync(join(dataDir, "files")).mode & 0o077).toBe(0);
    await resetLocal({ dataDir, stateFolder: root });
    expect(existsSync(join(dataDir, "files"))).toBe(false);
  });

  it("gets Storage in a folder that was made before there was any", async () => {
    const first = await startLocal(options);
    await run(first, "drop schema storage cascade");
    await first.stop();
    await using second = await startLocal(options);
    expect(await run(second, "select id from storage.buckets")).toEqual([]);
  });

  it("keeps its keys from other accounts, and its folder", async () => {
    await (await startLocal(options)).stop();
    expect(statSync(join(dataDir, "keys.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, "postgres")).mode & 0o077).toBe(0);
  });

  it("is not started twice over one folder", async () => {
    await using first = await startLocal(options);
    await expect(startLocal(options)).rejects.toMatchObject({
      code: "data_dir_in_use",
      message: expect.stringContaining(`pid ${first.pids.postgres}`),
    });
    await expect(resetLocal({ dataDir, stateFolder: root })).rejects.toMatchObject({
      code: "data_dir_in_use",
    });
    expect(await run(first, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

describe("a data folder that cannot be used", () => {
  let pristine: string;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "vidops-pristine-"));
    chmodSync(folder, 0o755);
    pristine = join(folder, "data");
    await (
      await startLocal({ dataDir: pristine, migrationsDir: folder, port: 0, dbPort: 0, announce: false })
    ).stop();
  });
  afterAll(() => rmSync(dirname(pristine), { recursive: true }));
  beforeEach(() => execFileSync("cp", ["-a", pristine, dataDir]));

  it.each([
    ["without PG_VERSION", () => rmSync(join(dataDir, "postgres", "PG_VERSION"))],
    ["without its control file", () => rmSync(join(dataDir, "postgres", "global", "pg_control"))],
    ["with broken keys", () => writeFileSync(join(dataDir, "keys.json"), "{")],
    ["without keys", () => rmSync(join(dataDir, "keys.json"))],
  ])("%s is called damaged, and left as it is", async (_, damage) => {
    damage();
    await expect(startLocal(options)).rejects.toMatchObject({
      code: "data_dir_damaged",
      hint: expect.stringContaining("vidops local reset"),
    });
    expect(existsSync(join(dataDir, "postgres", "base"))).toBe(true);
  });

  it("starts again after a reset", async () => {
    rmSync(join(dataDir, "postgres", "PG_VERSION"));
    writeFileSync(join(dataDir, "keys.json"), "{");
    expect(await resetLocal({ dataDir, stateFolder: root })).toMatchObject({ dataDir, removed: true });
    await (await startLocal(options)).stop();
  });

  it("of another Postgres names both versions", async () => {
    writeFileSync(join(dataDir, "postgres", "PG_VERSION"), "15\n");
    await expect(startLocal(options)).rejects.toMatchObject({
      code: "data_dir_other_version",
      message: expect.stringMatching(/made by Postgres 15, and this is Postgres 17/),
    });
  });

  it.runIf(process.getuid?.() === 0)("that Postgres's account cannot reach is refused", async () => {
    chmodSync(root, 0o700);
    await expect(startLocal(options)).rejects.toMatchObject({ code: "no_permission" });
  });
});

describe("a stack in another process", () => {
  it("is seen, stopped and reset from here", async () => {
    const stateFolder = join(root, "state", "vidops", "local");
    const script = `
      const { startLocal, runUntilSignal } = await import(${JSON.stringify(new URL("../index.ts", import.meta.url).href)});
      const stack = await startLocal(${JSON.stringify({ ...options, announce: true })});
      // Ready for the signal before anybody can know of the stack.
      const signal = runUntilSignal(stack);
      console.log(stack.url);
      console.log(await signal);
    `;
    const child = spawn(
      process.execPath,
      ["--conditions=vidops-source", "--input-type=module", "-e", script],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, XDG_STATE_HOME: join(root, "state") },
      },
    );
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += String(data);
    });
    await once(child.stdout, "data");
    const where = { dataDir, stateFolder };
    expect(await localStatus(where)).toMatchObject({
      running: true,
      hasData: true,
      stacks: [{ pid: child.pid, dataDir }],
    });
    const { stopped } = await stopLocal({ ...where, port: 1 });
    expect(stopped).toEqual([]);
    const closed = once(child, "exit");
    expect((await resetLocal(where)).stopped).toMatchObject([{ pid: child.pid }]);
    expect(await closed).toEqual([0, null]);
    expect(output).toContain("SIGTERM");
    expect(await localStatus(where)).toMatchObject({ running: false, stacks: [], hasData: false });
    expect(JSON.parse(readFileSync(join(dataDir, "keys.json"), "utf8")).jwtSecret).toBeTruthy();
    expect((await stopLocal(where)).stopped).toEqual([]);
  });
});
