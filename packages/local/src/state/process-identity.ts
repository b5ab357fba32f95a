import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When a process started, as the system tells it: with the pid it names one process for good, for pids come again.
 *
 * @returns an opaque text; null when the process is gone or the system does not say.
 */
export function processStart(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      // The name in parentheses may hold anything; the start time is the 20th field after it.
      const status = readFileSync(`/proc/${pid}/stat`, "utf8");
      return status.slice(status.lastIndexOf(")") + 2).split(" ")[19] ?? null;
    }
    if (process.platform === "win32") return null;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || null;
  } catch {
    return null;
  }
}

/** Whether that very process still runs. */
export function isRunning(pid: number, start: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = processStart(pid);
  return start === null || now === null || now === start;
}
