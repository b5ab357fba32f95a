import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uploadThenRead } from "../gateway/testing/upload-then-read.ts";
import { type LocalStack, startLocal } from "../index.ts";
import { createTestStack, type TestStack } from "../testing/index.ts";

const project = mkdtempSync(join(tmpdir(), "vidops-functions-"));
const functions: Record<string, string> = {
  echo: `Deno.serve({ port: 1 }, async (request) => Response.json({
    method: request.method, path: new URL(request.url).pathname, search: new URL(request.url).search,
    headers: Object.fromEntries(request.headers), body: await request.text() }));`,
  environment: `import { shared } from "../_shared/shared.ts";
    Deno.serve(() => Response.json({ shared, ...Deno.env.toObject() }));`,
  stream: `Deno.serve((request) => new Response(request.body.pipeThrough(new TransformStream({
    transform(chunk, controller) { controller.enqueue(chunk); } }))));`,
  preflight: `Deno.serve((request) => new Response(null, { status: request.method === "OPTIONS" ? 204 : 200,
    headers: { "access-control-allow-origin": "https://app.example" } }));`,
  guarded: `Deno.serve(() => new Response("in"));`,
  throwing: `Deno.serve(() => { throw new Error("broken"); });`,
  stray: `Deno.serve(() => { EdgeRuntime.waitUntil(Promise.reject(new Error("later"))); Promise.reject(new Error("stray"));
    return new Response("fine"); });`,
  unbootable: `import "./missing.ts";`,
  silent: `export {};`,
  exit: `Deno.serve(() => Deno.exit(3));`,
  reading: `Deno.serve(async (request) => {
    const path = new URL(request.url).searchParams.get("path");
    return new Response(await Deno.readTextFile(path).then(() => "read", (error) => error.name)); });`,
  waiting: `await new Promise((go) => { globalThis.go = go; }); Deno.serve(() => new Response("waiting"));`,
  asked: `await fetch(Deno.env.get("SUPABASE_URL") + "/functions/v1/echo"); globalThis.go();
    await new Promise((done) => setTimeout(done, 50)); Deno.serve(() => new Response("asked"));`,
  unread: `Deno.serve(() => new Response("no", { status: 413 }));`,
  pid: `Deno.serve(() => Response.json(Deno.pid));`,
};

let stack: TestStack;
const call = (path: string, init?: RequestInit) => fetch(`${stack.url}/functions/v1/${path}`, init);

beforeAll(async () => {
  for (const [name, source] of Object.entries({ ...functions, _shared: "" })) {
    mkdirSync(join(project, "functions", name), { recursive: true });
    if (source !== "") writeFileSync(join(project, "functions", name, "index.ts"), source);
  }
  writeFileSync(join(project, "functions/_shared/shared.ts"), `export const shared: string = "shared";`);
  writeFileSync(join(project, "functions/.env"), "OWN_SETTING=from .env\nBOTH=from .env\n");
  const open = Object.keys(functions).filter((name) => name !== "guarded");
  const sections = open.map((name) => `[functions.${name}]\nverify_jwt = false`);
  writeFileSync(
    join(project, "config.toml"),
    `${sections.join("\n")}\n[functions.guarded]\n# true unless said\n`,
  );
  process.env.VIDOPS_TEST_SECRET_OF_THE_MACHINE = "secret";
  stack = await createTestStack({
    functions: { folder: join(project, "functions"), env: { BOTH: "from the test" }, bootTimeout: 2_000 },
  });
});
afterAll(async () => {
  delete process.env.VIDOPS_TEST_SECRET_OF_THE_MACHINE;
  await stack[Symbol.asyncDispose]();
  rmSync(project, { recursive: true });
});

describe("an Edge Function behind the gateway", () => {
  it("gets the request as it was sent, without a key as well, and who sent it as the gateway sees it", async () => {
    const headers = {
      "x-own": "1",
      "x-forwarded-for": "203.0.113.9",
      "cf-connecting-ip": "203.0.113.9",
      apikey: "any",
    };
    const response = await call("echo/below?a=1&apikey=kept", { method: "PATCH", headers, body: "ü" });
    expect(await response.json()).toMatchObject({
      ...{ method: "PATCH", path: "/echo/below", search: "?a=1&apikey=kept", body: "ü" },
      headers: {
        ...{ "x-own": "1", apikey: "any", "x-forwarded-for": "203.0.113.9, 127.0.0.1" },
        ...{ "cf-connecting-ip": "127.0.0.1", "x-forwarded-host": new URL(stack.url).host },
      },
    });
  });

  it("has the environment of Supabase, of .env and of the test, and nothing of the machine's", async () => {
    const env = (await (await call("environment")).json()) as Record<string, string>;
    expect(env).toMatchObject({
      ...{ shared: "shared", SUPABASE_URL: stack.url, SUPABASE_DB_URL: stack.dbUrl },
      ...{ SUPABASE_ANON_KEY: stack.anonKey, SUPABASE_SERVICE_ROLE_KEY: stack.serviceRoleKey },
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.publishableKey }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey }),
      VIDOPS_DEVELOPMENT_PROVIDER_URL: (await stack.developmentProvider()).url,
      ...{ OWN_SETTING: "from .env", BOTH: "from the test" },
    });
    expect(env).not.toHaveProperty("VIDOPS_TEST_SECRET_OF_THE_MACHINE");
  });

  it("reads its own files, and nobody's home", async () => {
    const reads = async (path: string) => (await call(`reading?${new URLSearchParams({ path })}`)).text();
    expect(await reads(join(project, "functions/.env"))).toBe("read");
    expect(await reads("/etc/hostname")).toBe("NotCapable");
  });

  it("streams both ways: an answer begins before its request has ended", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    void writer.write(encoder.encode("first"));
    const response = await call("stream", { method: "POST", body: readable, duplex: "half" } as RequestInit);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
    void writer.write(encoder.encode("second"));
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("second");
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it("answers a browser's preflight itself", async () => {
    const response = await call("preflight", {
      method: "OPTIONS",
      headers: { origin: "https://app.example" },
    });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "https://app.example",
    ]);
  });

  it("lets only tokens of the project in where config.toml does not open it", async () => {
    const bearer = async (token: string) =>
      (await call("guarded", { headers: { authorization: `Bearer ${token}` } })).status;
    const user = await stack.createUser();
    expect(await bearer(user.accessToken)).toBe(200);
    expect(await bearer(stack.anonKey)).toBe(200);
    expect(await bearer(stack.publishableKey)).toBe(401);
    expect(await bearer(await stack.signToken({ sub: user.id, expiresIn: -60 }))).toBe(401);
    expect((await call("guarded")).status).toBe(401);
    expect((await call("guarded", { method: "OPTIONS" })).status).toBe(200);
  });

  it("fails alone: the others still answer, and the log says why", async () => {
    expect(await (await call("unbootable")).json()).toMatchObject({ code: "BOOT_ERROR" });
    expect((await call("silent")).status).toBe(503);
    expect((await call("throwing")).status).toBe(500);
    expect(await (await call("stray")).text()).toBe("fine");
    expect((await call("echo")).status).toBe(200);
    const log = () => stack.functionLog.join("\n");
    for (const said of [/missing\.ts/, /silent.*did not call/, /broken/, /stray/, /later/])
      await expect.poll(log).toMatch(said);
  });

  it("may answer an upload that it does not read, and the next request on the connection gets through", async () => {
    const answers = await uploadThenRead(stack.url, "/functions/v1/unread", "/functions/v1/preflight");
    expect(answers).toEqual(["413", "200"]);
  });

  it("holds nobody up while its own start takes too long, and is served when it has come to its end", async () => {
    const [slow, other] = await Promise.all([call("waiting"), call("echo")]);
    expect([slow.status, other.status]).toEqual([503, 200]);
    expect(await (await call("asked")).text()).toBe("asked");
    expect(await (await call("waiting")).text()).toBe("waiting");
  });

  it.each(["nowhere", "", "_shared", "../functions/echo", "%2e%2e", "echo%2f..%2fecho"])(
    "is not found where there is none: %j",
    async (name) => {
      expect((await call(name)).status).toBe(404);
    },
  );

  it("meets the faults that a test plans, after its work or before", async () => {
    stack.faults.next({ path: "/functions/v1/echo", kind: "cut-after-forward" });
    await expect(call("echo")).rejects.toThrow();
    expect((await call("echo")).status).toBe(200);
  });

  it("is served by one process, which is started again when it dies", async () => {
    const listening = () => stack.functionLog.filter((line) => /listen on port/.test(line)).length;
    expect(listening()).toBe(1);
    expect((await call("exit")).status).toBe(502);
    await expect.poll(async () => (await call("echo")).status).toBe(200);
    expect(listening()).toBe(2);
  });
});

describe("a change of a file", () => {
  it("is served at the next request, the old process gone", async () => {
    const before = Number(await (await call("pid")).text());
    const secretFile = join(project, "functions/.env");
    writeFileSync(secretFile, "OWN_SETTING=changed\n");
    writeFileSync(join(project, "functions/guarded/index.ts"), `Deno.serve(() => new Response("changed"));`);
    const headers = { authorization: `Bearer ${stack.anonKey}` };
    expect(await (await call("guarded", { headers })).text()).toBe("changed");
    expect(await (await call("environment")).json()).toMatchObject({ OWN_SETTING: "changed" });
    await expect.poll(() => existsSync(`/proc/${before}`)).toBe(false);
  });
});

describe("the process of a stack", () => {
  it("is gone when the stack of a test is", async () => {
    const short = await createTestStack({
      migrations: false,
      functions: { folder: join(project, "functions") },
    });
    const pid = Number(await (await fetch(`${short.url}/functions/v1/pid`)).text());
    await short[Symbol.asyncDispose]();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it.each([
    ["stops", async (started: LocalStack) => started.stop()],
    [
      "loses its supervisor",
      async (started: LocalStack) => void process.kill(started.pids.supervisor, "SIGKILL"),
    ],
  ])("is gone when that %s", async (_, end) => {
    const started = await startLocal({
      ...{ ephemeral: true, port: 0, dbPort: 0, migrationsDir: mkdtempSync(join(project, "migrations-")) },
      functions: { folder: join(project, "functions") },
    });
    try {
      const pid = Number(await (await fetch(`${started.functionsUrl}/pid`)).text());
      const isAlive = () => existsSync(`/proc/${pid}`);
      if (process.platform === "linux") expect(isAlive()).toBe(true);
      await end(started);
      await expect.poll(isAlive, { timeout: 10_000 }).toBe(false);
    } finally {
      await started.stop();
    }
  });
});

describe("a stack that was not asked for functions", () => {
  it("says how to get them", async () => {
    await using plain = await createTestStack({ migrations: false });
    const response = await fetch(`${plain.url}/functions/v1/echo`);
    expect([response.status, await response.json()]).toMatchObject([
      501,
      { message: expect.stringContaining("functions: true") },
    ]);
  });
});
