import type { CommandContext, OutputStream } from "../command-context.ts";
import { createProcessContext } from "../process-context.ts";
import { complete } from "./complete.ts";

/** Milliseconds from the start of the process: who presses Tab does not wait longer. */
const limitMs = 400;

/**
 * Answers a shell's script and ends the process: with nothing on any failure, and in time whatever happens.
 * @param version of the CLI.
 */
export async function answerShell(version: string): Promise<never> {
  setTimeout(() => process.exit(0), Math.max(1, limitMs - performance.now()));
  const context = createProcessContext(version);
  const answer = await complete(context.argv.slice(1), silent(context)).catch(() => "");
  process.stdout.on("error", () => process.exit(0));
  process.stdout.write(answer, () => process.exit(0));
  return new Promise<never>(() => {});
}

/** Nobody is asked and nothing is said in the middle of somebody's command line. */
function silent(context: CommandContext): CommandContext {
  const stream = (real: OutputStream): OutputStream => ({
    ...{ isTTY: false, closed: false, failure: null, columns: 80 },
    write: () => {},
    flush: () => real.flush(),
  });
  return {
    ...context,
    stdin: { isTTY: false },
    stdout: stream(context.stdout),
    stderr: stream(context.stderr),
  };
}
