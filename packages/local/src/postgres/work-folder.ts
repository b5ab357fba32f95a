import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import { canReach } from "./unprivileged-account.ts";

/**
 * Makes the stack's temporary folder (mode 0700, owned by the database's account); the supervisor removes it.
 *
 * @throws LocalError `no_permission` when no temporary folder can be written.
 */
export async function makeWorkFolder(supervisor: Supervisor, account: UnixAccount | null): Promise<string> {
  // A TMPDIR below root's home is out of reach for the account the database runs under.
  const parent = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => canReach(folder, account)) ?? tmpdir();
  const path = join(parent, `vidops-local-${randomBytes(6).toString("hex")}`);
  try {
    await supervisor.makeFolder(path, account);
  } catch (error) {
    throw new LocalError(
      LocalErrorCode.NoPermission,
      `cannot make a temporary folder in ${parent}: ${(error as Error).message}`,
      "set TMPDIR to a folder you can write to",
      error,
    );
  }
  return path;
}
