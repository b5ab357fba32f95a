import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivate } from "./data-folder.ts";
import { defaultStateFolder } from "./folders.ts";
import { isRunning, processStart } from "./process-identity.ts";

/** A running stack as it notes itself for other processes. It holds no secrets. */
export interface RunningStack {
  readonly pid: number;
  readonly supervisorPid: number;
  readonly startedAt: string;
  readonly url: string;
  readonly port: number;
  readonly dbPort: number;
  /** Null for an ephemeral stack. */
  readonly dataDir: string | null;
}

interface StateFile extends RunningStack {
  readonly processStart: string | null;
}

/**
 * Notes a stack of this process in the state folder.
 *
 * @returns what removes the note.
 */
export async function announceStack(
  stack: Omit<RunningStack, "pid" | "startedAt">,
  stateFolder: string = defaultStateFolder(),
): Promise<() => Promise<void>> {
  const path = join(stateFolder, `${process.pid}-${stack.port}.json`);
  const state: StateFile = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    ...stack,
    processStart: processStart(process.pid),
  };
  await writePrivate(path, JSON.stringify(state, null, 2));
  return async () => rmSync(path, { force: true });
}

/** The stacks that note themselves in the state folder and still run; notes of those that died are removed. */
export function runningStacks(stateFolder: string = defaultStateFolder()): RunningStack[] {
  return stateFiles(stateFolder).flatMap((name): RunningStack[] => {
    const path = join(stateFolder, name);
    const state = readState(path);
    if (state !== null && isRunning(state.pid, state.processStart)) {
      const { processStart: _, ...stack } = state;
      return [stack];
    }
    rmSync(path, { force: true });
    return [];
  });
}

function stateFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+-\d+\.json$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

function readState(path: string): StateFile | null {
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as StateFile;
    return Number.isInteger(state.pid) && typeof state.url === "string" ? state : null;
  } catch {
    return null;
  }
}
