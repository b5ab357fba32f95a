import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runDeno } from "./deno/run-deno.ts";

const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, "../packages/core/package.json"), "utf8"),
) as { exports: Record<string, unknown> };
const rooms = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");

/**
 * Loads modules and tells what they exported, and what they read of the environment meanwhile. Each name stands in its
 * own `import()`: Deno reads files without a permission only where the text names them.
 */
const loading = (specifiers: readonly string[], after = ""): string => `
  const reads = [];
  const env = new Proxy({}, {
    get: (_, name) => (reads.push(String(name)), undefined),
    has: (_, name) => (reads.push(String(name)), false),
    ownKeys: () => (reads.push("*"), []),
  });
  Object.defineProperty(globalThis.process, "env", { get: () => env });
  Deno.env.get = (name) => void reads.push(name);
  const exported = {};
  ${specifiers.map((name) => `exported["${name}"] = Object.keys(await import("${name}")).length;`).join("\n  ")}
  ${after}
  console.log(JSON.stringify({ exported, reads }));
`;

describe("the rooms of core in Deno", () => {
  const specifiers = rooms.map((room) => `@vidops/core${room.slice(1)}`);

  // A read of the environment throws without --allow-env, and on a terminal it stops to ask a person.
  it("load from what is built, without any permission, and without a look at the environment", async () => {
    const { code, stdout, stderr } = await runDeno(loading(specifiers));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { exported, reads } = JSON.parse(stdout) as { exported: Record<string, number>; reads: string[] };
    expect(Object.keys(exported)).toEqual(specifiers);
    expect(Object.values(exported).filter((count) => count === 0)).toEqual([]);
    expect(reads).toEqual([]);
  });
});

describe("the check itself", () => {
  it("sees a look at the environment, and Deno refuses what was not allowed", async () => {
    const { stdout } = await runDeno(loading([], "globalThis.process?.env?.NODE_ENV; Deno.env.get('HOME');"));
    expect(JSON.parse(stdout)).toEqual({ exported: {}, reads: ["NODE_ENV", "HOME"] });
    const refused = await runDeno("console.log(globalThis.process?.env?.NODE_ENV)");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('NotCapable: Requires env access to "NODE_ENV"');
  });
});
