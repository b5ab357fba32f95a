import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { dataFolder, loadKeys } from "./data-folder.ts";
import { defaultDataFolder, defaultStateFolder } from "./folders.ts";
import { isRunning, processStart } from "./process-identity.ts";
import { type RunningStack, runningStacks } from "./state-file.ts";

/** What runs on this machine for this account. */
export interface LocalStatus {
  readonly running: boolean;
  readonly stacks: readonly RunningStack[];
  /** Where a persistent stack keeps its data unless told otherwise. */
  readonly dataDir: string;
  /** Whether there is data in it. */
  readonly hasData: boolean;
}

/** Where to look; both have the usual places as defaults. */
export interface ManageOptions {
  readonly dataDir?: string;
  readonly stateFolder?: string;
}

/**
 * Tells which announced stacks run. Notes that a killed stack left behind are removed on the way.
 *
 * @example const { running, stacks } = await localStatus();
 */
export async function localStatus(options: ManageOptions = {}): Promise<LocalStatus> {
  const dataDir = resolve(options.dataDir ?? defaultDataFolder());
  const stacks = runningStacks(options.stateFolder ?? defaultStateFolder());
  return { running: stacks.length > 0, stacks, dataDir, hasData: existsSync(dataFolder(dataDir).cluster) };
}

/**
 * Asks the announced stacks to stop (SIGTERM), and waits until their processes are gone.
 *
 * @param options.port only the stack with this gateway port.
 * @param options.timeoutMs how long to wait, 30 seconds unless said.
 * @returns the stacks that were stopped; none is no error.
 * @throws LocalError `no_permission` when a stack belongs to another account, `stop_timed_out` when one does not end.
 */
export async function stopLocal(
  options: ManageOptions & { readonly port?: number; readonly timeoutMs?: number } = {},
): Promise<{ readonly stopped: readonly RunningStack[] }> {
  const stacks = runningStacks(options.stateFolder ?? defaultStateFolder()).filter(
    (stack) => stack.pid !== process.pid && (options.port === undefined || stack.port === options.port),
  );
  await Promise.all(stacks.map((stack) => stopStack(stack, options.timeoutMs ?? 30_000)));
  return { stopped: stacks };
}

async function stopStack(stack: RunningStack, timeoutMs: number): Promise<void> {
  const parts = [stack.pid, stack.supervisorPid].map((pid) => ({ pid, start: processStart(pid) }));
  try {
    process.kill(stack.pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") {
      throw new LocalError(
        LocalErrorCode.NoPermission,
        `the stack on port ${stack.port} (pid ${stack.pid}) belongs to another account`,
        "stop it as that account",
        error,
      );
    }
  }
  const deadline = Date.now() + timeoutMs;
  while (parts.some(({ pid, start }) => start !== null && isRunning(pid, start))) {
    if (Date.now() > deadline) {
      throw new LocalError(
        LocalErrorCode.StopTimedOut,
        `the stack on port ${stack.port} (pid ${stack.pid}) did not stop within ${timeoutMs / 1000} s`,
        `\`kill -9 ${stack.pid}\` ends it; its parts then stop by themselves and no data is lost`,
      );
    }
    await sleep(50);
  }
}

/**
 * Stops the stack that uses a data folder, and throws its data away. The keys stay, so that what was configured
 * with them still works; unreadable ones go too.
 *
 * @returns the folder, and whether there was anything in it.
 * @throws LocalError `data_dir_in_use` when another program has it open, `no_permission`.
 */
export async function resetLocal(options: ManageOptions = {}): Promise<{
  readonly dataDir: string;
  readonly removed: boolean;
  readonly stopped: readonly RunningStack[];
}> {
  const folder = dataFolder(resolve(options.dataDir ?? defaultDataFolder()));
  const users = runningStacks(options.stateFolder ?? defaultStateFolder()).filter(
    (stack) => stack.dataDir === folder.path,
  );
  if (users.some((stack) => stack.pid === process.pid)) throw inUse(folder.path, process.pid);
  await Promise.all(users.map((stack) => stopStack(stack, 30_000)));
  const postgres = postmasterPid(folder.cluster);
  if (postgres !== null) throw inUse(folder.path, postgres);
  const removed = existsSync(folder.cluster);
  try {
    for (const path of [folder.cluster, `${folder.cluster}.new`, folder.files, folder.logFile])
      await rm(path, { recursive: true, force: true });
    // With the data gone, only keys that cannot be read stand in the way of a new start.
    if (existsSync(folder.keysFile)) await loadKeys(folder).catch(() => rm(folder.keysFile, { force: true }));
  } catch (error) {
    throw new LocalError(
      LocalErrorCode.NoPermission,
      `the data folder ${folder.path} cannot be removed: ${(error as Error).message}`,
      "reset as the account that made it",
      error,
    );
  }
  return { dataDir: folder.path, removed, stopped: users };
}

function inUse(path: string, pid: number): LocalError {
  return new LocalError(
    LocalErrorCode.DataDirInUse,
    `the data folder ${path} is in use by process ${pid}`,
    "end that process first",
  );
}

/** The Postgres that has a cluster open; null when none has. */
export function postmasterPid(cluster: string): number | null {
  try {
    const pid = Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[0]);
    return Number.isInteger(pid) && pid > 0 && isRunning(pid, null) ? pid : null;
  } catch {
    return null;
  }
}
