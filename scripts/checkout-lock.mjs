/** One process at a time installs and builds in a checkout; the others wait for it. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Lets one process at a time install and build in this checkout; the others wait.
 *
 * @param {string} lockFolder made while the work is done
 * @param {(message: string) => void} say tells a person why nothing happens
 * @param {() => Promise<number>} work
 * @returns {Promise<number>} the work's exit code; 75 when another process held the lock for too long
 */
export async function underCheckoutLock(lockFolder, say, work) {
  const owner = join(lockFolder, "pid");
  const giveUpAt = Date.now() + 15 * 60_000;
  let told = false;
  for (;;) {
    try {
      mkdirSync(dirname(lockFolder), { recursive: true });
      mkdirSync(lockFolder);
      break;
    } catch (error) {
      // Somebody else's checkout, all made by them: nothing can be installed, and mostly nothing need be.
      if (codeOf(error) === "EACCES" || codeOf(error) === "EROFS") return await work();
      if (codeOf(error) !== "EEXIST") throw error;
    }
    if (isAbandoned(lockFolder)) {
      rmSync(lockFolder, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > giveUpAt) {
      say(
        `Another task has been installing or building here for 15 minutes; if none runs, delete ${lockFolder}`,
      );
      return 75;
    }
    if (!told) say("another task is installing or building here: waiting for it");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  process.once("exit", release);
  try {
    writeFileSync(owner, String(process.pid));
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/**
 * True when the process that took the lock is gone.
 *
 * @param {string} lockFolder
 */
function isAbandoned(lockFolder) {
  try {
    const pid = Number(readFileSync(join(lockFolder, "pid"), "utf8"));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (codeOf(error) === "ESRCH") return true;
    // The pid is written just after the folder is made; a folder without one for long was left half-made.
    return (
      codeOf(error) === "ENOENT" &&
      existsSync(lockFolder) &&
      Date.now() - statSync(lockFolder).mtimeMs > 10_000
    );
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
