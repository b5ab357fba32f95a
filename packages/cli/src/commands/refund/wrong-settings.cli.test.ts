import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createTestStack } from "@vidops/local/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { moneyState } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const money = moneyFixture();
const { vidops } = money;

describe("wrong settings change nothing", () => {
  const refund = (env: RunOptions["env"], more: string[] = []): Promise<Run> =>
    vidops(["refund", money.job, "--reason", "why", "--yes", ...more], {
      env: { VIDOPS_TIMEOUT: "1", ...env },
    });
  let before: unknown;
  beforeEach(async () => {
    before = await moneyState(money.stack);
  });

  it("a wrong key", async () => {
    expect(await refund({ SUPABASE_SECRET_KEY: "sb_secret_wrongwrongwrongwrong" })).toMatchObject({
      exitCode: 4,
    });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("an anon key, a publishable key: refused before anything is sent", async () => {
    for (const key of [money.stack.anonKey, money.stack.publishableKey]) {
      expect(await refund({ SUPABASE_SECRET_KEY: key })).toMatchObject({
        exitCode: 4,
        stderr: expect.stringContaining("apps ship to everybody"),
      });
    }
    expect(money.stack.requests).toEqual([]);
  });

  it("a key that is no key", async () => {
    expect(await refund({ SUPABASE_SECRET_KEY: "sb_secret_with a space" })).toMatchObject({
      exitCode: 2,
      stderr: expect.not.stringContaining("with a space"),
    });
  });

  it("an expired token", async () => {
    const expired = await money.stack.signToken({
      sub: money.admin.id,
      role: "authenticated",
      expiresIn: -60,
    });
    const run = await refund({
      SUPABASE_SECRET_KEY: undefined,
      SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
      VIDOPS_ACCESS_TOKEN: expired,
    });
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("expired") });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("an end user's token", async () => {
    const run = await refund({
      SUPABASE_SECRET_KEY: undefined,
      SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
      VIDOPS_ACCESS_TOKEN: money.user.accessToken,
    });
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("not an admin") });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("an acting admin who is none, by id and by email, and one who is nobody", async () => {
    for (const name of [
      money.user.id,
      money.user.email,
      "nobody@example.com",
      "00000000-0000-4000-8000-000000000000",
    ]) {
      expect(await refund({ VIDOPS_ADMIN: name })).toMatchObject({ exitCode: 4 });
    }
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("no acting admin with a secret key: refused before anything is sent", async () => {
    expect(await refund({ VIDOPS_ADMIN: undefined })).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("VIDOPS_ADMIN"),
    });
    expect(money.stack.requests).toEqual([]);
  });

  it("no URL, no key", async () => {
    expect(await refund({ SUPABASE_URL: undefined })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("SUPABASE_URL"),
    });
    expect(await refund({ SUPABASE_SECRET_KEY: undefined })).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("SUPABASE_SECRET_KEY"),
    });
  });

  it("a database URL", async () => {
    expect(
      await refund({ SUPABASE_URL: "postgresql://postgres:hunter2@127.0.0.1:5432/postgres" }),
    ).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^(?!.*hunter2).*database URL/),
    });
  });

  it("a server that is not there: nothing was sent, try later", async () => {
    expect(await refund({ SUPABASE_URL: "http://127.0.0.1:9" })).toMatchObject({
      exitCode: expect.toBeOneOf([2, 75]),
    });
  });

  it("a server that is not Supabase, one that answers 502 HTML, one that hangs", async () => {
    const html = "<!doctype html><title>Hello</title>";
    await using pages = await serve((answer) =>
      answer.writeHead(200, { "content-type": "text/html" }).end(html),
    );
    expect(await refund({ SUPABASE_URL: pages.url })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("not a Supabase"),
    });
    await using broken = await serve((answer) =>
      answer.writeHead(502, { "content-type": "text/html" }).end(html),
    );
    expect(await refund({ SUPABASE_URL: broken.url })).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining("vidops refund"),
    });
    await using hanging = await serve(() => {});
    expect(await refund({ SUPABASE_URL: hanging.url })).toMatchObject({ exitCode: 8 });
    // Where nothing was to be written, nothing is in doubt.
    const read = await vidops(["credits", "show", money.user.id], { env: { SUPABASE_URL: broken.url } });
    expect(read.exitCode).toBe(75);
  });

  it("a database without the schema", async () => {
    await using bare = await createTestStack({ migrations: false });
    const run = await refund({ SUPABASE_URL: bare.url, SUPABASE_SECRET_KEY: bare.secretKey }, ["--json"]);
    expect(run.exitCode).toBe(1);
    expect(run.json().error).toMatchObject({
      code: "ERR_6004",
      hint: expect.stringContaining("supabase/migrations"),
    });
  });

  it("a closed stdout: quiet, and the exit code says what happened", async () => {
    const run = await vidops(["refund", money.job, "--reason", "pipe", "--yes", "--quiet"], {
      closeStdout: true,
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    const [row] = await money.stack.sql`select credits_refunded from video_jobs where job_id = ${money.job}`;
    expect(row?.credits_refunded).toBe(10);
  });
});

async function serve(
  answer: (response: import("node:http").ServerResponse) => void,
): Promise<{ url: string } & AsyncDisposable> {
  const server: Server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
