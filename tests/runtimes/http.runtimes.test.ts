import { join } from "node:path";
import { networkFailure } from "@vidops/core/http";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";
import { behaviours } from "./check-runtime.ts";
import { failureCases, type RuntimeName } from "./failure-cases.ts";
import { chromiumProgram } from "./find-programs.ts";
import { launchRuntime, type RuntimeRun } from "./launch-runtime.ts";
import { type MisbehavingServer, startMisbehavingServer } from "./misbehaving-server.ts";
import { comparable, runtimeNames, thrownFrom } from "./observed.ts";
import { wrongIn } from "./wrong-in.ts";

const missing =
  chromiumProgram() === null
    ? "CHROMIUM WAS NOT CHECKED: there is none on this machine. `apt-get install chromium`, `npx playwright-core install " +
      "chromium-headless-shell`, or name one in VIDOPS_CHROMIUM."
    : null;
if (missing !== null) console.warn(missing);

let server: MisbehavingServer;
let bundle = "";
let inputs: string[] = [];
const runs = new Map<RuntimeName, Promise<RuntimeRun>>();
beforeAll(async () => {
  server = await startMisbehavingServer();
  // What is built, as an app bundles it for a browser: a built-in of Node would not resolve.
  const built = await build({
    entryPoints: [join(import.meta.dirname, "check-runtime.ts")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
  });
  bundle = built.outputFiles[0]?.text ?? "";
  inputs = Object.keys(built.metafile.inputs);
  // Two at a time: what they do is waiting, mostly, and what they measure is time.
  for (const chain of [
    ["node", "deno", "bun"],
    ["workerd", "chromium"],
  ] as const) {
    let before: Promise<unknown> = Promise.resolve();
    for (const runtime of chain) {
      if (runtime === "chromium" && missing !== null) continue;
      const run = before.then(() => launchRuntime(runtime, bundle, server));
      runs.set(runtime, run);
      before = run.catch(() => {});
    }
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

it("brings nothing but the built core and the checks themselves", () => {
  const rest = inputs.filter((path) => !path.startsWith("tests/runtimes/"));
  expect(rest).toContain("packages/core/dist/http/index.js");
  expect(rest.filter((path) => !path.startsWith("packages/core/dist/"))).toEqual([]);
});

it("loads in Deno without any permission", async () => {
  const source = `console.log(typeof (await import("@vidops/core/http")).fetchWithRetry);`;
  expect(await runDeno(source)).toEqual({ code: 0, stdout: "function\n", stderr: "" });
});

describe.each(runtimeNames)("on %s", (runtime) => {
  const skipped = runtime === "chromium" && missing !== null;
  let run: RuntimeRun;
  beforeAll(async () => {
    if (!skipped) run = (await runs.get(runtime)) as RuntimeRun;
  });

  describe.skipIf(skipped)("networkFailure", () => {
    const cases = failureCases.filter(({ only }) => only?.includes(runtime) ?? true);
    it.each(cases.map((each) => [each.name, each] as const))("knows: %s", (name, failureCase) => {
      expect(wrongIn(failureCase, run.failures[name], runtime)).toBeNull();
    });

    it("says the same of what is written down as of what was thrown", () => {
      const written = comparable(run.failures);
      for (const [name, { thrown, failure }] of Object.entries(run.failures)) {
        expect([name, thrown && networkFailure(thrownFrom(written[name]?.thrown ?? {}))]).toEqual([
          name,
          thrown && failure,
        ]);
      }
    });

    // The words of the system are among those of the runtime.
    it.runIf(process.platform === "linux")("is given what docs/runtime-errors.md says", async () => {
      const text = `${JSON.stringify(comparable(run.failures), null, 2)}\n`;
      await expect(text).toMatchFileSnapshot(`observed/${runtime}.json`);
    });
  });

  describe.skipIf(skipped)("fetchWithRetry", () => {
    const held = behaviours.filter(({ not }) => not?.[runtime] === undefined);
    it.each(held.map(({ name }) => name))("%s", (name) => {
      expect(run.behaviours[name]).toBeNull();
    });

    const others = behaviours.filter(({ not }) => not?.[runtime] !== undefined);
    if (others.length > 0) {
      it("is still kept from the rest by the runtime", () => {
        expect(others.map(({ name }) => name).filter((name) => run.behaviours[name] === null)).toEqual([]);
      });
    }

    // The others do not end with the program.
    if (runtime === "node" || runtime === "deno" || runtime === "bun") {
      it("lets the process end by itself", () => {
        expect(run.lingered).toBeLessThan(2_000);
      });
    }
  });
});
