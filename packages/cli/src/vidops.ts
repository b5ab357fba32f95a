#!/usr/bin/env node
// Imports nothing at the top but one built-in, with syntax that old versions of Node parse: an old Node gets a
// message instead of a syntax error, and --version costs no more than Node itself.
import nodeModule from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Fixed by the build from package.json. */
declare const __VIDOPS_VERSION__: string;

const version: string = __VIDOPS_VERSION__;
const [first, ...rest] = process.argv.slice(2);
const major = Number(process.versions.node.split(".")[0]);

if (major < 22) {
  process.stderr.write(
    `vidops needs Node 22 or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
} else if ((first === "--version" || first === "-V") && rest.length === 0) {
  process.stdout.write(`${version}\n`);
} else if (first === "__complete") {
  enableCompileCache();
  const { answerShell } = await import("./completion/answer-shell.ts");
  await answerShell(version);
} else {
  enableCompileCache();
  const { main } = await import("./main.ts");
  await main(version);
}

/** Keeps compiled code in the user's own cache folder: the default, a shared /tmp, may be another user's. */
function enableCompileCache(): void {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const xdg = process.env.XDG_CACHE_HOME;
  const folder = xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".cache");
  // Never throws: where the folder cannot be written, compiling is merely repeated.
  nodeModule.enableCompileCache(join(folder, "vidops", "compile-cache"));
}
