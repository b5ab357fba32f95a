import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { generateKeys, type StackKeys, secret } from "../keys/stack-keys.ts";
import { canReach } from "../postgres/unprivileged-account.ts";
import type { UnixAccount } from "../supervisor/protocol.ts";

/** The files of a stack's data folder. */
export interface DataFolder {
  readonly path: string;
  readonly cluster: string;
  /** The files of Storage. */
  readonly files: string;
  readonly keysFile: string;
  readonly logFile: string;
}

/** Names the files of a data folder without touching it. */
export function dataFolder(path: string): DataFolder {
  return {
    path,
    cluster: join(path, "postgres"),
    files: join(path, "files"),
    keysFile: join(path, "keys.json"),
    logFile: join(path, "postgres.log"),
  };
}

/**
 * Makes a data folder ready for the database's account.
 *
 * @throws LocalError `no_permission` when it cannot be made, or that account cannot reach it.
 */
export async function openDataFolder(path: string, account: UnixAccount | null): Promise<DataFolder> {
  const folder = dataFolder(path);
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    // Postgres's folder inside has mode 0700 and the keys 0600; its account must pass through here.
    if (account !== null && (await readdir(path)).length === 0) await chmod(path, 0o755);
  } catch (error) {
    throw new LocalError(
      LocalErrorCode.NoPermission,
      `the data folder ${path} cannot be made: ${(error as Error).message}`,
      "choose another with --data-dir, or use --ephemeral",
      error,
    );
  }
  if (canReach(path, account)) return folder;
  throw new LocalError(
    LocalErrorCode.NoPermission,
    `the data folder ${path} cannot be reached by the account that Postgres runs under when started by root (uid ${account?.uid})`,
    "choose one outside of root's home with --data-dir, or start as an ordinary user",
  );
}

/**
 * Reads a data folder's keys, or makes them (mode 0600) for a new one.
 *
 * @throws LocalError `data_dir_damaged` when data is there and its keys are not.
 */
export async function loadKeys(folder: DataFolder): Promise<StackKeys> {
  if (existsSync(folder.keysFile)) {
    try {
      const keys = JSON.parse(await readFile(folder.keysFile, "utf8")) as StackKeys;
      if (keys.jwtSecret && keys.passwords.supabase_admin && keys.secretKey && keys.accountPasswords.admin)
        return await withSecondAdmin(keys, folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") {
        throw new LocalError(
          LocalErrorCode.NoPermission,
          `the keys in ${folder.keysFile} cannot be read by this account`,
          "start as the account that made them, or choose another folder with --data-dir",
          error,
        );
      }
    }
    throw keysDamaged(folder, "cannot be read");
  }
  if (existsSync(folder.cluster)) throw keysDamaged(folder, "are missing");
  const keys = await generateKeys();
  await writePrivate(folder.keysFile, JSON.stringify(keys, null, 2));
  return keys;
}

/** Folders made before there was a second admin have no password for one. */
async function withSecondAdmin(keys: StackKeys, folder: DataFolder): Promise<StackKeys> {
  if (keys.accountPasswords.secondAdmin) return keys;
  const accountPasswords = { ...keys.accountPasswords, secondAdmin: secret(18) };
  await writePrivate(folder.keysFile, JSON.stringify({ ...keys, accountPasswords }, null, 2));
  return { ...keys, accountPasswords };
}

function keysDamaged(folder: DataFolder, how: string): LocalError {
  return new LocalError(
    LocalErrorCode.DataDirDamaged,
    `the data folder ${folder.path} is damaged: its keys ${how} (${folder.keysFile})`,
    "`vidops local reset` throws its data away and starts again with an empty one",
  );
}

/** Writes a file that only its owner can read, whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}.new`;
  await writeFile(unfinished, `${text}\n`, { mode: 0o600 });
  await rename(unfinished, path);
}
