import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTestStack } from "@vidops/local/testing";
import { describe, expect, it } from "vitest";
import { moneyState } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import { type Run, type RunOptions, runVidops } from "../../testing/run-vidops.ts";

const money = moneyFixture({ credits: 10, jobs: false });

function vidops(command: string, env: RunOptions["env"] = {}, args: string[] = ["--json"]): Promise<Run> {
  return money.vidops([command, ...args], { env: { VIDOPS_TIMEOUT: "5", ...env } });
}

async function checks(
  env: RunOptions["env"] = {},
): Promise<{ exitCode: number | null; status: Record<string, string>; text: string }> {
  const run = await vidops("doctor", env);
  const list: { name: string; status: string }[] = run.json().data.checks;
  return {
    exitCode: run.exitCode,
    status: Object.fromEntries(list.map(({ name, status }) => [name, status])),
    text: run.stdout,
  };
}

describe("doctor", () => {
  it("finds nothing wrong with a good project, and changes nothing", async () => {
    const before = await moneyState(money.stack);
    const { exitCode, status } = await checks();
    expect(status).toEqual({
      ...{ settings: "ok", url: "ok", key: "ok", clock: "ok", schema: "ok" },
      ...{ grants: "ok", ledger: "ok", admins: "ok", jobs: "ok", "acting admin": "ok" },
    });
    expect(exitCode).toBe(0);
    expect((await vidops("doctor", {}, [])).stdout).toContain("All is well.");
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("names a grant that should not be there with the SQL that takes it back, and drift, in one run", async () => {
    await money.stack.sql`grant update on public.users to authenticated`;
    await money.stack.sql`update users set credits_remaining = 11 where id = ${money.user.id}`;
    try {
      const { exitCode, status, text } = await checks();
      expect(status).toMatchObject({ grants: "fail", ledger: "fail", schema: "ok", "acting admin": "ok" });
      expect(text).toContain("revoke update on public.users from authenticated;");
      expect(exitCode).toBe(1);
    } finally {
      await money.stack.sql`revoke update on public.users from authenticated`;
      await money.stack.sql`grant update (language, theme_preference) on public.users to authenticated`;
      await money.stack.sql`update users set credits_remaining = 10 where id = ${money.user.id}`;
    }
    expect((await checks()).exitCode).toBe(0);
  });

  it("exits 4 when it is the key, and still says what else it can", async () => {
    const { exitCode, status } = await checks({ SUPABASE_SECRET_KEY: "sb_secret_wrongwrongwrongwrong" });
    expect(exitCode).toBe(4);
    expect(status).toMatchObject({
      url: "ok",
      key: "fail",
      clock: "ok",
      schema: "skipped",
      grants: "skipped",
    });
    expect((await checks({ SUPABASE_SECRET_KEY: money.stack.anonKey })).exitCode).toBe(4);
  });

  it("tells a project without the schema from one that cannot be reached", async () => {
    await using bare = await createTestStack({ migrations: false });
    const missing = await checks({
      SUPABASE_URL: bare.url,
      SUPABASE_SECRET_KEY: bare.secretKey,
      VIDOPS_ADMIN: undefined,
    });
    expect(missing).toMatchObject({
      exitCode: 1,
      status: { url: "ok", key: "ok", schema: "fail" },
      text: expect.stringContaining("supabase db push"),
    });
    const away = await checks({ SUPABASE_URL: "http://127.0.0.1:1" });
    expect(away).toMatchObject({ exitCode: 1, status: { url: "fail", key: "skipped", ledger: "skipped" } });
  });

  it("says that a server is not Supabase", async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await checks({ SUPABASE_URL: url })).toMatchObject({
        exitCode: 1,
        status: { url: "fail" },
        text: expect.stringContaining("not a Supabase"),
      });
    } finally {
      server.close();
    }
  });

  it("finds a clock that is wrong from the server's Date", async () => {
    const server = createServer((_, response) =>
      response
        .writeHead(401, {
          "content-type": "application/json",
          date: new Date(Date.now() + 3_600_000).toUTCString(),
        })
        .end('{"message":"Invalid API key"}'),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await checks({ SUPABASE_URL: url })).toMatchObject({
        status: { clock: "fail", key: "fail" },
        text: expect.stringContaining("behind the server"),
      });
    } finally {
      server.close();
    }
  });

  it("finds a schema that is older than the code", async () => {
    const [version] = await money.stack.sql`select vidops.schema_version() as version`;
    await money.stack.sql.unsafe(
      "create or replace function vidops.schema_version() returns text language sql immutable set search_path = '' as $$ select '20200101000000' $$",
    );
    try {
      expect(await checks()).toMatchObject({
        exitCode: 1,
        status: { schema: "fail", ledger: "ok" },
        text: expect.stringContaining("20200101000000"),
      });
    } finally {
      await money.stack.sql.unsafe(
        `create or replace function vidops.schema_version() returns text language sql immutable set search_path = '' as $$ select '${version?.version}' $$`,
      );
    }
  });

  it("finds an acting admin who is none, and warns when there is none set", async () => {
    expect(await checks({ VIDOPS_ADMIN: money.user.id })).toMatchObject({
      exitCode: 1,
      status: { "acting admin": "fail" },
    });
    expect(await checks({ VIDOPS_ADMIN: "nobody@example.com" })).toMatchObject({
      exitCode: 1,
      status: { "acting admin": "fail" },
    });
    expect(await checks({ VIDOPS_ADMIN: undefined })).toMatchObject({
      exitCode: 0,
      status: { "acting admin": "warn" },
    });
  });

  it("says what is missing without any settings", async () => {
    const run = await runVidops(["doctor"], { folder: money.folder });
    expect(run).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("SUPABASE_URL") });
  });
});

describe("whoami", () => {
  it("says where each value came from, masks the key, and asks the project", async () => {
    const run = await vidops("whoami");
    expect(run.exitCode).toBe(0);
    expect(run.json().data).toMatchObject({
      url: { value: money.stack.url, source: "SUPABASE_URL" },
      secret_key: {
        value: `sb_secret_…${money.stack.secretKey.slice(-4)}`,
        source: "SUPABASE_SECRET_KEY",
        kind: "secret",
      },
      admin: { value: money.admin.id, source: "VIDOPS_ADMIN" },
      server: {
        status: "accepted",
        role: "service_role",
        admin_is_admin: true,
        admin_email: "ops@example.com",
      },
    });
  });

  it("never prints a secret, in any format", async () => {
    const env = {
      VIDOPS_ACCESS_TOKEN: money.admin.accessToken,
      SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
    };
    for (const args of [[], ["--json"], ["--verbose"]]) {
      const { stdout, stderr } = await vidops("whoami", env, args);
      for (const secret of [money.stack.secretKey, money.admin.accessToken])
        expect(stdout + stderr).not.toContain(secret);
    }
  });

  it("works without a network, and without settings", async () => {
    expect((await vidops("whoami", { SUPABASE_URL: "http://127.0.0.1:1" })).json().data.server).toMatchObject(
      { status: "unreachable" },
    );
    expect((await runVidops(["whoami", "--json"], { folder: money.folder })).json().data).toMatchObject({
      url: null,
      server: { status: "not asked" },
    });
  });

  it("exits 4 when the key is refused, and says when the admin is none", async () => {
    expect((await vidops("whoami", { SUPABASE_SECRET_KEY: "sb_secret_wrongwrongwrongwrong" })).exitCode).toBe(
      4,
    );
    expect((await vidops("whoami", { VIDOPS_ADMIN: money.user.id }, [])).stdout).toContain(
      "is not an admin of this project",
    );
  });
});
