import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";
import { clientBehaviours } from "./check-client.ts";
import { clientProject } from "./client-project.ts";
import { chromiumProgram } from "./find-programs.ts";
import { launchRuntime, type RuntimeRun } from "./launch-runtime.ts";
import { type MisbehavingServer, startMisbehavingServer } from "./misbehaving-server.ts";
import { runtimeNames } from "./observed.ts";

let server: MisbehavingServer;
let bundle = "";
let inputs: string[] = [];
beforeAll(async () => {
  server = await startMisbehavingServer(clientProject());
  const built = await build({
    entryPoints: [join(import.meta.dirname, "check-client.ts")],
    ...{ bundle: true, write: false, metafile: true, logLevel: "error" },
    ...{ format: "esm", platform: "browser", target: "es2022" },
  });
  bundle = built.outputFiles[0]?.text ?? "";
  inputs = Object.keys(built.metafile.inputs);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

it("the client brings nothing but itself and the built core", () => {
  const rest = inputs.filter((path) => !path.startsWith("tests/runtimes/"));
  expect(rest).toContain("packages/sdk/dist/index.js");
  expect(rest.filter((path) => !/^packages\/(?:sdk|core)\/dist\//.test(path))).toEqual([]);
});

it("the client loads in Deno without any permission", async () => {
  const source = `console.log(typeof (await import("@vidops/sdk")).createVidops);`;
  expect(await runDeno(source)).toEqual({ code: 0, stdout: "function\n", stderr: "" });
});

describe.each(runtimeNames)("the client on %s", (runtime) => {
  // That it was not checked is said by the tests of fetchWithRetry.
  const skipped = runtime === "chromium" && chromiumProgram() === null;
  let run: RuntimeRun;
  beforeAll(async () => {
    if (!skipped) run = await launchRuntime(runtime, bundle, server);
  });

  it.skipIf(skipped).each(Object.keys(clientBehaviours))("%s", (name) => {
    expect(run.behaviours[name]).toBeNull();
  });
});
