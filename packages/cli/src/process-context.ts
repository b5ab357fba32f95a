import { homedir } from "node:os";
import { isatty } from "node:tty";
import type { CommandContext, OutputStream } from "./command-context.ts";
import { exitCodes } from "./exit-codes.ts";
import { Interruptions } from "./interruptions.ts";

/**
 * The real world: the one place that reads the process, its environment, streams and signals.
 * @param version of the CLI, fixed at build.
 */
export function createProcessContext(version: string): CommandContext {
  const interruptions = new Interruptions();
  process.on("SIGINT", () => interruptions.interrupt());
  process.on("SIGTERM", () => interruptions.interrupt());
  process.on("SIGHUP", () => interruptions.interrupt());
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    platform: process.platform,
    // Asked of the descriptor: the stream itself is opened for a prompt only.
    stdin: { isTTY: isatty(0) },
    stdout: openStream(1),
    stderr: openStream(2),
    now: () => new Date(),
    randomId: () => crypto.randomUUID(),
    interruptions,
    self: { execPath: process.execPath, args: [...process.execArgv, process.argv[1] ?? ""] },
    version,
  };
}

function openStream(descriptor: 1 | 2): OutputStream {
  let opened: NodeJS.WriteStream | null = null;
  let closed = false;
  let failure: string | null = null;
  const open = (): NodeJS.WriteStream => {
    if (opened === null) {
      opened = descriptor === 1 ? process.stdout : process.stderr;
      // A reader that left (`vidops … | head`) is no error of ours: what was done is done, the exit code says it.
      opened.on("error", ({ code }: NodeJS.ErrnoException) => {
        closed = true;
        if (code !== "EPIPE") failure ??= code ?? "unknown error";
      });
    }
    return opened;
  };
  return {
    // Asked of the descriptor: the stream is opened when there is something to write.
    isTTY: isatty(descriptor),
    get closed() {
      return closed || opened?.destroyed === true;
    },
    get failure() {
      return failure;
    },
    get columns() {
      // A terminal that was told no size says 0.
      return open().columns || 80;
    },
    write: (text) => {
      const stream = open();
      if (!stream.destroyed) stream.write(text);
    },
    flush: () => (opened === null ? Promise.resolve() : flush(opened)),
  };
}

/**
 * Ends the process once what was written has left it; sockets kept alive for reuse do not hold it back. Output that could not be
 * written (a full disk) is no success, whatever was done.
 * @param code exit code.
 */
export async function leaveProcess({ stdout, stderr }: CommandContext, code: number): Promise<never> {
  // Where a terminal that closed has ended all there was to wait for, nothing below comes to its turn.
  process.exitCode = code;
  await Promise.all([stdout.flush(), stderr.flush()]);
  // A file tells of a write that failed only in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (stdout.failure !== null) {
    stderr.write(
      `error: The output could not be written (${stdout.failure}). The exit code would have been ${code}.\n`,
    );
    await stderr.flush();
  }
  process.exit(stdout.failure === null ? code : code || exitCodes.unexpected);
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", () => resolve());
    stream.write("", () => resolve());
  });
}
