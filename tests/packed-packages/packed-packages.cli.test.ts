import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanEnvironment } from "../../packages/cli/src/testing/run-vidops.ts";
import { type EmptyProjects, installPacked } from "./empty-project.ts";
import { compiled, runFile, runWorker } from "./run-app.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const tsc = join(root, "node_modules/typescript/bin/tsc");
const app = readFileSync(join(import.meta.dirname, "app.ts"), "utf8");

let projects: EmptyProjects;
/** Answers each path with 503 at first. */
const asked = new Set<string>();
const unsteady = createServer(({ url = "" }, response) => {
  const again = asked.has(url);
  asked.add(url);
  response.writeHead(again ? 200 : 503).end(again ? "at last" : "overloaded");
});
let origin = "";
let stack: TestStack;
let modelId: string;
beforeAll(async () => {
  // A build for tests alone leaves the declarations out; what would be published has them.
  expect(await tscSays(["-b", "packages/core", "packages/sdk"], root)).toBe("");
  stack = await createTestStack();
  const [model] = await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id)
    values ('Kite', 4, 'fal', 'fal-ai/kite') returning id`;
  modelId = model?.id;
  projects = await installPacked([
    ...["packages/core", "packages/sdk", "packages/cli"],
    "node_modules/@supabase/supabase-js",
  ]);
  await new Promise((resolve) => unsteady.listen(0, "127.0.0.1", () => resolve(null)));
  origin = `http://127.0.0.1:${(unsteady.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  unsteady.close();
  projects?.[Symbol.dispose]();
});

/** What the app is to know: a user of its own with credits for two videos. */
async function setting(name: string): Promise<string> {
  const { id } = await stack.createUser({ credits: 8 });
  const { url, publishableKey, secretKey } = stack;
  const own = { userId: id, deviceId: name, modelId, unsteady: `${origin}/${name}` };
  return JSON.stringify({ url, publishableKey, secretKey, ...own });
}

/** Calls the app and prints what it returns. */
const printing = async (name: string): Promise<string> =>
  `\nuseVidops(${await setting(name)}).then((report) => console.log(JSON.stringify(report)));`;

const report = {
  errors: {
    status: 402,
    body: { error: { code: "ERR_4001", message: expect.stringMatching(/^4 krediye ihtiyacınız var/) } },
    ours: false,
  },
  http: { status: 200, body: "at last" },
  sdk: {
    ...{ creditsGranted: 10, status: "completed", listed: 1, creditsRemaining: 6 },
    refused: "Bu metin kullanılamıyor. Lütfen değiştirip tekrar deneyin.",
  },
  jobs: { charged: 4, left: 4, replayed: true, outcome: "completed" },
};

describe("the packed packages, installed in an empty project", () => {
  it.each(["node", "deno", "bun"] as const)("work as ES modules on %s", async (runtime) => {
    const files = { "app.js": (await compiled(app, "esm")) + (await printing(`esm-${runtime}`)) };
    const project = await projects.another({ type: "module" }, files);
    expect(await runFile(runtime, project, "app.js")).toMatchObject(report);
  });

  it.each(["node", "deno", "bun"] as const)("work as what CommonJS requires on %s", async (runtime) => {
    const files = { "app.cjs": (await compiled(app, "cjs")) + (await printing(`cjs-${runtime}`)) };
    const project = await projects.another({ type: "commonjs" }, files);
    expect(files["app.cjs"]).toMatch(/require\("@vidops\/core\/http"\)/);
    expect(await runFile(runtime, project, "app.cjs")).toMatchObject(report);
  });

  it("work in a worker of workerd", async () => {
    const call = `useVidops(${await setting("workerd")})`;
    const source = `${app}\nexport default { fetch: async () => Response.json(await ${call}) };`;
    expect(await runWorker(projects.folder, source)).toMatchObject(report);
  });

  it("bring the program vidops", async () => {
    const env = {
      ...cleanEnvironment(projects.folder),
      ...{ SUPABASE_URL: stack.url, SUPABASE_SECRET_KEY: stack.secretKey, CI: "true" },
    };
    const program = join(projects.folder, "node_modules/.bin/vidops");
    const { stdout } = await run(program, ["cleanup", "--yes", "--json"], { cwd: projects.folder, env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, meta: { run_id: expect.any(String) } });
  });

  it.each([
    ["ES modules of Node", { type: "module" }, { module: "nodenext" }],
    ["ES modules of Node 16", { type: "module" }, { module: "node16" }],
    ["CommonJS of Node", { type: "commonjs" }, { module: "nodenext" }],
    ["a bundler", { type: "module" }, { module: "esnext", moduleResolution: "bundler" }],
  ])("have types for TypeScript: %s", async (_, manifest, options) => {
    const compilerOptions = {
      ...{ target: "es2024", lib: ["es2024", "dom"], types: [], strict: true, noEmit: true, ...options },
    };
    const project = await projects.another(manifest, {
      "tsconfig.json": JSON.stringify({ compilerOptions, files: ["app.ts"] }),
      "app.ts": app,
    });
    expect(await tscSays([], project)).toBe("");
    // The types say something: what is wrong is found.
    await writeFile(join(project, "app.ts"), app.replace("ErrorCode.ERR_4001", '"ERR_0000"'));
    expect(await tscSays([], project)).toMatch(/^app\.ts\(\d+,\d+\): error TS2322: Type '"ERR_0000"' is not/);
  });
});

/** What the checkout's TypeScript complains of, but for what is inside of supabase-js, whose types want those of Node. */
async function tscSays(args: readonly string[], cwd: string): Promise<string> {
  const said = await run(process.execPath, [tsc, ...args, "--pretty", "false"], { cwd }).catch(
    (error: { stdout: string }) => error,
  );
  const lines = said.stdout.split("\n").filter((line) => !/^(?:node_modules\/@supabase\/| |$)/.test(line));
  return lines.join("\n");
}
