import type { LocalStack, StartOptions } from "@vidops/local";
import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { removeLocalProfile, writeLocalProfile } from "../../config/local-profile.ts";
import { loadLocal, localError } from "./load-local.ts";
import { stackData, stackView } from "./start.view.ts";

/**
 * Reads the arguments of `vidops local start`.
 * @throws CommandError exit 2.
 */
export function parseStartInput(options: Readonly<Record<string, unknown>>): StartOptions {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const [port, dbPort, dataDir, seed] = [text("port"), text("dbPort"), text("dataDir"), text("seed")];
  if (seed !== undefined && seed !== "demo" && seed !== "none")
    throw usageError(`--seed must be demo or none, got ${shown(seed)}.`);
  if (dataDir !== undefined && options.ephemeral === true)
    throw usageError("--ephemeral keeps nothing, so --data-dir contradicts it.");
  if (dataDir === "") throw usageError("--data-dir is empty.");
  return {
    ...(port === undefined ? {} : { port: parseCount(port, "--port", 0, 65_535) }),
    ...(dbPort === undefined ? {} : { dbPort: parseCount(dbPort, "--db-port", 0, 65_535) }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(seed === undefined ? {} : { seed }),
    ephemeral: options.ephemeral === true,
  };
}

/**
 * Runs the stack until it is interrupted or ends by itself. Prints where it is once it is ready: with --json one
 * line, for tools that wait for it.
 * @throws CommandError with the way out.
 */
export async function runLocal(options: StartOptions, session: CommandSession): Promise<void> {
  const { context, output } = session;
  const stop = new AbortController();
  using _guard = context.interruptions.guard((count) => {
    if (count === 1) output.note("stopping");
    stop.abort();
  });
  const { startLocal } = await loadLocal(context.cwd);
  let stack: LocalStack;
  try {
    stack = await startLocal({
      ...options,
      announce: true,
      signal: stop.signal,
      onProgress: (message) => output.note(message),
    });
  } catch (error) {
    throw localError(error);
  }
  try {
    const profilePath = announceProfile(stack, session);
    if (output.format === "json") output.envelope({ ok: true, data: stackData(stack) });
    else await output.result({ data: null, document: stackView(stack, profilePath) });
    const interrupted = new Promise<null>((resolve) => {
      if (stop.signal.aborted) resolve(null);
      stop.signal.addEventListener("abort", () => resolve(null), { once: true });
    });
    const failure = await Promise.race([interrupted, stack.failed]);
    if (failure) throw localError(failure);
  } finally {
    removeLocalProfile(context);
    await stack.stop();
  }
}

/** Writes the profile; a home that cannot be written is no reason to have no stack. */
function announceProfile(stack: LocalStack, { context, output }: CommandSession): string | null {
  const { url, secretKey, publishableKey, admin } = stack;
  try {
    return writeLocalProfile(context, {
      url,
      secret_key: secretKey,
      publishable_key: publishableKey,
      admin: admin.id,
    });
  } catch (error) {
    output.warn(`--profile local will not know this stack: ${(error as Error).message}`);
    return null;
  }
}
