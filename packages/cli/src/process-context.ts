import { homedir } from "node:os";
import { isatty } from "node:tty";
import type { CommandContext, OutputStream } from "./command-context.ts";
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
  const open = (): NodeJS.WriteStream => {
    if (opened === null) {
      opened = descriptor === 1 ? process.stdout : process.stderr;
      // A reader that left (`vidops … | head`) is no error of ours: what was done is done, the exit code says it.
      opened.on("error", () => {
        closed = true;
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
 * Ends the process once what was written has left it; sockets kept alive for reuse do not hold it back.
 * @param code exit code.
 */
export async function leaveProcess({ stdout, stderr }: CommandContext, code: number): Promise<never> {
  await Promise.all([stdout.flush(), stderr.flush()]);
  process.exit(code);
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.once("close", () => resolve());
    stream.write("", () => resolve());
  });
}
