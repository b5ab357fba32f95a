import type { Interruptions } from "./interruptions.ts";

export interface OutputStream {
  /** True when a person looks at it. */
  readonly isTTY: boolean;
  /** Never throws; text for a closed pipe is dropped. */
  write(text: string): void;
  /** True once the reader has left, which shows when something is written: nobody is there for what goes on and on. */
  readonly closed: boolean;
  /** The error's code when what was written could not be, e.g. on a full disk; null while all is well, and for a reader that left. */
  readonly failure: string | null;
  readonly columns: number;
  /** Resolves when what was written has left the process, or cannot. */
  flush(): Promise<void>;
}

/**
 * Everything a command may know of the world around it. The process is read in one place
 * (`process-context.ts`); tests pass their own.
 */
export interface CommandContext {
  /** Arguments without node and script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: string;
  readonly stdin: { readonly isTTY: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly now: () => Date;
  /** A new random id, e.g. for an idempotency key. */
  readonly randomId: () => string;
  readonly interruptions: Interruptions;
  /** How to run this same program as a child process. */
  readonly self: { readonly execPath: string; readonly args: readonly string[] };
  readonly version: string;
}
