import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPostgres } from "./binaries.ts";
import { unprivilegedAccount } from "./unprivileged-account.ts";

const account = unprivilegedAccount();
let root: string;
let workFolder: string;
let installed: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "vidops-binaries-"));
  chmodSync(root, 0o755);
  workFolder = join(root, "work");
  mkdirSync(workFolder);
  if (account !== null) chownSync(workFolder, account.uid, account.gid);
  const found = join(root, "found");
  mkdirSync(found);
  const original = dirname(dirname((await findPostgres(found, account)).postgres));
  installed = join(root, "closed", "native");
  cpSync(original, installed, { recursive: true, verbatimSymlinks: true });
  // As npm leaves the package when it runs no install scripts.
  const links = readdirSync(join(installed, "lib"), { withFileTypes: true }).filter((entry) =>
    entry.isSymbolicLink(),
  );
  for (const link of links) rmSync(join(installed, "lib", link.name));
});
afterEach(() => rmSync(root, { recursive: true }));

describe.skipIf(process.platform === "win32")(
  "Postgres from a package whose install script did not run",
  () => {
    it.each([
      ["that all can read", 0o755],
      ["that other accounts cannot enter", 0o700],
    ])("runs from a folder %s, which stays as it is", async (_, mode) => {
      chmodSync(dirname(installed), mode);
      const before = readdirSync(join(installed, "lib"));
      const { postgres, initdb, env } = await findPostgres(workFolder, account, installed);
      for (const program of [postgres, initdb]) {
        const output = execFileSync(program, ["--version"], {
          env,
          cwd: workFolder,
          encoding: "utf8",
          ...account,
        });
        expect(output).toMatch(/PostgreSQL\) 17\./);
      }
      expect(readdirSync(join(installed, "lib"))).toEqual(before);
    });
  },
);
