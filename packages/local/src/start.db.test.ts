import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type LocalStack, startLocal } from "./index.ts";

const noMigrations = mkdtempSync(join(tmpdir(), "vidops-none-"));
afterAll(() => rmSync(noMigrations, { recursive: true }));
const ephemeral = { ephemeral: true, port: 0, dbPort: 0, migrationsDir: noMigrations } as const;

async function one<T>(stack: Pick<LocalStack, "dbUrl">, query: string): Promise<T> {
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
  try {
    return (await sql.unsafe(query))[0] as T;
  } finally {
    await sql.end();
  }
}

/** The stack's temporary folder, as Postgres tells it. */
async function workFolder(stack: Pick<LocalStack, "dbUrl">): Promise<string> {
  return dirname((await one<{ data_directory: string }>(stack, "show data_directory")).data_directory);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function listens(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function expectGone(traces: { pids: LocalStack["pids"]; url: string; folder: string }): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(isAlive(traces.pids.postgres)).toBe(false);
      expect(isAlive(traces.pids.supervisor)).toBe(false);
      expect(existsSync(traces.folder)).toBe(false);
      expect(await listens(traces.url)).toBe(false);
    },
    { timeout: 10_000, interval: 50 },
  );
}

describe("an ephemeral stack", () => {
  it("starts, takes a sign-in whose token PostgREST accepts, and leaves nothing when stopped twice", async () => {
    const stack = await startLocal(ephemeral);
    const folder = await workFolder(stack);
    try {
      await one(stack, `create function me() returns uuid language sql stable as 'select auth.uid()'`);
      await one(stack, "notify pgrst, 'reload schema'");
      const client = createClient(stack.url, stack.publishableKey);
      for (const account of [stack.admin, stack.secondAdmin, stack.user]) {
        const { data, error } = await client.auth.signInWithPassword(account);
        expect(error).toBeNull();
        expect(data.user?.id).toBe(account.id);
        await vi.waitFor(async () => expect((await client.rpc("me")).data).toBe(account.id));
      }
      expect(existsSync(folder)).toBe(true);
    } finally {
      await Promise.all([stack.stop(), stack.stop()]);
    }
    await stack.stop();
    await expectGone({ pids: stack.pids, url: stack.url, folder });
  });

  it("runs beside another that has other keys and other data", async () => {
    const [a, b] = await Promise.all([startLocal(ephemeral), startLocal(ephemeral)]);
    await using _a = a;
    await using _b = b;
    await one(a, "create table only_a (id int)");
    expect(await one(b, "select to_regclass('only_a') as found")).toEqual({ found: null });
    const status = (key: string): Promise<number> =>
      fetch(`${b.url}/rest/v1/`, { headers: { apikey: key } }).then((response) => response.status);
    expect([await status(a.secretKey), await status(b.secretKey)]).toEqual([401, 200]);
  });

  it("has the roles and the standing of a hosted project", async () => {
    await using stack = await startLocal(ephemeral);
    const sql = postgres(stack.dbUrl, { max: 1 });
    const roles = await sql`
      select rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolcanlogin, rolinherit from pg_roles
      where rolname in ('postgres', 'anon', 'authenticated', 'service_role', 'authenticator', 'supabase_admin') order by 1`;
    expect(roles.map((role) => Object.values(role).join(" "))).toEqual([
      "anon false false false false false false",
      "authenticated false false false false false false",
      "authenticator false false false false true false",
      "postgres false true true true true true",
      "service_role false false false true false false",
      "supabase_admin true true true true true true",
    ]);
    const [standing] = await sql`
      select current_user as me, pg_get_userbyid(datdba) as owner, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit, current_setting('listen_addresses') as listens,
        has_table_privilege('postgres', 'auth.users', 'references, trigger') as may_reference,
        has_function_privilege('anon', 'auth.uid()', 'execute') as anon_uid,
        has_schema_privilege('service_role', 'auth', 'usage') as service_auth,
        (select count(*)::int from pg_tables where schemaname = 'public') as tables
      from pg_database where datname = current_database()`;
    expect(standing).toEqual({
      ...{ me: "postgres", owner: "postgres", fsync: "on", commit: "on", listens: "127.0.0.1" },
      ...{ may_reference: true, anon_uid: true, service_auth: true, tables: 0 },
    });
    await sql`create table bare (id int)`;
    const [bare] =
      await sql`select has_table_privilege('anon', 'bare', 'select') as anon, has_table_privilege('service_role', 'bare', 'select') as service`;
    expect(bare).toEqual({ anon: false, service: false });
    await sql.end();
  });

  it("grants new tables to the API roles only when asked to be like an old project", async () => {
    await using stack = await startLocal({ ...ephemeral, legacyDefaultPrivileges: true });
    await one(stack, "create table bare (id int)");
    const query = "select has_table_privilege('anon', 'bare', 'select') as anon";
    expect(await one(stack, query)).toEqual({ anon: true });
  });

  it("makes nothing of a start that is interrupted", async () => {
    const abort = new AbortController();
    const start = startLocal({ ...ephemeral, signal: abort.signal, onProgress: () => abort.abort() });
    await expect(start).rejects.toMatchObject({ code: "aborted" });
  });

  it("serves the same without PostgREST, and opens no table by that", async () => {
    const said: string[] = [];
    await using stack = await startLocal({
      ...ephemeral,
      restEngine: "lite",
      onProgress: (line) => said.push(line),
    });
    await one(
      stack,
      "create table open_to_service (id int); alter table open_to_service enable row level security; grant select on open_to_service to service_role; insert into open_to_service values (7)",
    );
    const grants = `select jsonb_agg(jsonb_build_array(relname, relacl::text) order by relname) as acl,
      (select jsonb_agg(defaclacl::text) from pg_default_acl) as defaults from pg_class where relnamespace = 'public'::regnamespace`;
    const before = await one(stack, grants);
    const read = async (apikey: string): Promise<[number, unknown]> => {
      const response = await fetch(`${stack.url}/rest/v1/open_to_service?select=id`, { headers: { apikey } });
      return [response.status, await response.json()];
    };
    expect(await read(stack.secretKey)).toEqual([200, [{ id: 7 }]]);
    expect(await read(stack.publishableKey)).toMatchObject([401, { code: "42501" }]);
    expect(
      await createClient(stack.url, stack.publishableKey).auth.signInWithPassword(stack.user),
    ).toMatchObject({ error: null });
    expect(await one(stack, grants)).toEqual(before);
    expect(said.join("\n")).toMatch(/stands in for PostgREST/);
  });
});

describe("when the program that started a stack is killed", () => {
  const script = `
    const { startLocal } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
    const stack = await startLocal(${JSON.stringify(ephemeral)});
    console.log(JSON.stringify({ url: stack.url, dbUrl: stack.dbUrl, pids: stack.pids }));
  `;
  it.each(["SIGKILL", "SIGTERM"] as const)("by %s, no process, port or folder is left", async (signal) => {
    const child = spawn(
      process.execPath,
      ["--conditions=vidops-source", "--input-type=module", "-e", script],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const line = await new Promise<string>((resolve) =>
      child.stdout.once("data", (data: Buffer) => resolve(String(data))),
    );
    const stack = JSON.parse(line) as Pick<LocalStack, "url" | "dbUrl" | "pids">;
    const folder = await workFolder(stack);
    expect([isAlive(stack.pids.postgres), existsSync(folder)]).toEqual([true, true]);
    child.kill(signal);
    await expectGone({ pids: stack.pids, url: stack.url, folder });
  });
});

describe("when a part of a stack ends by itself", () => {
  it("says so when Postgres is killed, and still stops cleanly", async () => {
    const stack = await startLocal(ephemeral);
    const folder = await workFolder(stack);
    process.kill(stack.pids.postgres, "SIGQUIT");
    expect(await stack.failed).toMatchObject({ message: expect.stringMatching(/Postgres ended by itself/) });
    await stack.stop();
    await expectGone({ pids: stack.pids, url: stack.url, folder });
  });

  it("ends what the supervisor had started when that is killed", async () => {
    const stack = await startLocal(ephemeral);
    const folder = await workFolder(stack);
    process.kill(stack.pids.supervisor, "SIGKILL");
    await stack.failed;
    await stack.stop();
    await expectGone({ pids: stack.pids, url: stack.url, folder });
  });
});

describe("a port in use", () => {
  it.each([
    ["port", "the gateway", "--port 0"],
    ["dbPort", "the database", "--db-port 0"],
  ] as const)("for %s is named, with who holds it and the way out", async (option, purpose, hint) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      const start = startLocal({ ...ephemeral, [option]: port });
      const who = process.platform === "linux" ? `.* by .*\\(pid ${process.pid}\\)` : "";
      await expect(start).rejects.toMatchObject({
        code: "port_in_use",
        message: expect.stringMatching(new RegExp(`port ${port}, wanted for ${purpose}, is in use${who}`)),
        hint: expect.stringContaining(hint),
      });
    } finally {
      holder.close();
    }
  });

  it("that is no port at all is refused", async () => {
    await expect(startLocal({ ...ephemeral, port: 70_000 })).rejects.toMatchObject({
      code: "invalid_option",
    });
  });
});

describe("demo data", () => {
  it("goes into a database without users, before the two accounts; a fault names its line", async () => {
    const root = mkdtempSync(join(tmpdir(), "vidops-seed-"));
    try {
      const migrationsDir = join(root, "migrations");
      mkdirSync(migrationsDir);
      writeFileSync(
        join(migrationsDir, "1_users.sql"),
        "create table users (id uuid primary key, email text, is_admin boolean);",
      );
      writeFileSync(
        join(root, "seed.sql"),
        "insert into users\nvalues (gen_random_uuid(), 'a@demo.test', false);",
      );
      {
        await using stack = await startLocal({ ...ephemeral, migrationsDir, seed: "demo" });
        const query = "select jsonb_object_agg(email, is_admin) as users from users";
        expect(await one(stack, query)).toEqual({
          users: {
            "a@demo.test": false,
            "admin2@vidops.local": true,
            "admin@vidops.local": true,
            "user@vidops.local": false,
          },
        });
      }
      writeFileSync(join(root, "seed.sql"), "select 1;\nselect nonsense;");
      await expect(startLocal({ ...ephemeral, migrationsDir, seed: "demo" })).rejects.toMatchObject({
        code: "seed_failed",
        message: expect.stringMatching(/seed\.sql:2:8: column "nonsense" does not exist/),
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  // In a process of its own: what is thrown where nobody can catch it ends that with code 1.
  it("that is interrupted while it loads ends the start, and nothing is thrown past it", async () => {
    const root = mkdtempSync(join(tmpdir(), "vidops-seed-"));
    try {
      const migrationsDir = join(root, "migrations");
      mkdirSync(migrationsDir);
      writeFileSync(join(migrationsDir, "1_users.sql"), "create table users (id uuid primary key);");
      writeFileSync(join(root, "seed.sql"), "select pg_sleep(120);");
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [
          ...["--conditions=vidops-source", "--input-type=module", "-e"],
          `const { startLocal } = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
          const abort = new AbortController();
          const start = startLocal({
            ...{ ...${JSON.stringify({ ...ephemeral, migrationsDir, seed: "demo" })}, signal: abort.signal },
            onProgress: (line) => line.startsWith("applied") && setTimeout(() => abort.abort(), 500),
          });
          console.log(await start.then(() => "started", (error) => error.code));`,
        ],
        { encoding: "utf8", timeout: 50_000 },
      );
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "aborted\n", stderr: "" });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
