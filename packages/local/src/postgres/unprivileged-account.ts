import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";

/**
 * The account the database runs under: none of its own for an ordinary user, `nobody` for root, because
 * Postgres refuses to run as root. The account needs a line in /etc/passwd: initdb looks its name up.
 *
 * @returns the account, or null when the current one will do.
 * @throws LocalError `no_permission` when running as root without such an account.
 */
export function unprivilegedAccount(passwdFile: string = "/etc/passwd"): UnixAccount | null {
  if (process.getuid?.() !== 0) return null;
  const lines = readFileSync(passwdFile, "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of ["nobody", "daemon"]) {
    const entry = lines.find((fields) => fields[0] === name);
    const uid = Number(entry?.[2]);
    const gid = Number(entry?.[3]);
    if (entry !== undefined && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  throw new LocalError(
    LocalErrorCode.NoPermission,
    "Postgres does not run as root, and this machine has no account named nobody or daemon to run it as",
    "start the stack as an ordinary user",
  );
}

/**
 * Whether an account may pass through every folder above a path (mode bits only; it ignores ACLs).
 *
 * @example canReach("/home/ada/project", { uid: 65534, gid: 65534 }); // false where /home/ada has mode 0700
 */
export function canReach(path: string, account: UnixAccount | null): boolean {
  if (account === null) return true;
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status?.isDirectory() && !mayEnter(status, account)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayEnter(status: Stats, account: UnixAccount): boolean {
  if (status.uid === account.uid) return (status.mode & 0o100) !== 0;
  if (status.gid === account.gid) return (status.mode & 0o010) !== 0;
  return (status.mode & 0o001) !== 0;
}
