import { describeError } from "./output/error-report.ts";
import { createProcessContext, leaveProcess } from "./process-context.ts";
import { runProgram } from "./program.ts";

/** Runs the CLI in this process and ends it with the exit code. */
export async function main(version: string): Promise<never> {
  const context = createProcessContext(version);
  // What no promise of the command leads to; everything else is caught and shown there.
  process.on("uncaughtException", (error) => {
    // While all is being stopped, connections break in drivers that do not expect it; the stopping goes on.
    if (context.interruptions.interrupted) return;
    process.stderr.write(`error: ${describeError(error).json.message}\n`);
    process.exit(1);
  });
  return leaveProcess(context, await runProgram(context));
}
