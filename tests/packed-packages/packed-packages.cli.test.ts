import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmptyProjects, installPacked } from "./empty-project.ts";
import { compiled, runFile, runWorker } from "./run-app.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
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
beforeAll(async () => {
  projects = await installPacked(["packages/core", "packages/sdk", "packages/cli"]);
  await new Promise((resolve) => unsteady.listen(0, "127.0.0.1", () => resolve(null)));
  origin = `http://127.0.0.1:${(unsteady.address() as AddressInfo).port}`;
});
afterAll(() => {
  unsteady.close();
  projects?.[Symbol.dispose]();
});

/** The app and a call of it, which prints what it returns. */
const printing = (name: string, call = "useVidops"): string =>
  `${call}(${JSON.stringify({ unsteady: `${origin}/${name}` })}).then((report) => console.log(JSON.stringify(report)));`;

const report = {
  errors: {
    status: 402,
    body: { error: { code: "ERR_4001", message: expect.stringMatching(/^4 krediye ihtiyacınız var/) } },
    ours: false,
  },
  http: { status: 200, body: "at last" },
};

describe("the packed packages, installed in an empty project", () => {
  it.each(["node", "deno", "bun"] as const)("work as ES modules on %s", async (runtime) => {
    const files = { "app.js": (await compiled(app, "esm")) + printing(`esm-${runtime}`) };
    const project = await projects.another({ type: "module" }, files);
    expect(await runFile(runtime, project, "app.js")).toMatchObject(report);
  });

  it.each(["node", "deno", "bun"] as const)("work as what CommonJS requires on %s", async (runtime) => {
    const files = { "app.cjs": (await compiled(app, "cjs")) + printing(`cjs-${runtime}`) };
    const project = await projects.another({ type: "commonjs" }, files);
    expect(files["app.cjs"]).toMatch(/require\("@vidops\/core\/http"\)/);
    expect(await runFile(runtime, project, "app.cjs")).toMatchObject(report);
  });

  it("work in a worker of workerd", async () => {
    const setting = JSON.stringify({ unsteady: `${origin}/workerd` });
    const source = `${app}\nexport default { fetch: async () => Response.json(await useVidops(${setting})) };`;
    expect(await runWorker(projects.folder, source)).toMatchObject(report);
  });
});
