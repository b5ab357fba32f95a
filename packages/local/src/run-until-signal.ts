import type { LocalStack } from "./local-stack.ts";

/**
 * Keeps a stack up until this process is asked to end, then stops it. For a program in the foreground of a terminal.
 * A second signal ends the program at once; the stack's parts then stop by themselves.
 *
 * @returns the signal, when all is stopped.
 * @throws LocalError when a part of the stack ends by itself; the rest is stopped by then.
 * @example
 * const signal = await runUntilSignal(await startLocal());
 */
export async function runUntilSignal(
  stack: Pick<LocalStack, "failed" | "stop">,
  signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"],
): Promise<NodeJS.Signals> {
  const asked = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of signals) process.on(signal, asked.resolve);
  try {
    const end = await Promise.race([asked.promise, stack.failed]);
    for (const signal of signals) process.off(signal, asked.resolve);
    await stack.stop();
    if (typeof end !== "string") throw end;
    return end;
  } finally {
    for (const signal of signals) process.off(signal, asked.resolve);
  }
}
