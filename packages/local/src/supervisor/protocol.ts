/** What the stack asks of its supervisor, over the IPC channel. */
export type SupervisorRequest =
  | {
      readonly op: "start";
      readonly id: string;
      readonly file: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
      readonly account: UnixAccount | null;
      readonly stop: StopSequence;
      /** A command that makes the process stop where signals cannot (Windows); null elsewhere. */
      readonly stopCommand: readonly string[] | null;
      readonly logFile: string | null;
    }
  | { readonly op: "stop"; readonly id: string }
  | {
      readonly op: "make-folder";
      readonly id: string;
      readonly path: string;
      readonly account: UnixAccount | null;
    };

/** What the supervisor tells the stack. */
export type SupervisorEvent =
  | { readonly event: "ready" }
  | { readonly event: "started"; readonly id: string; readonly pid: number }
  | { readonly event: "failed"; readonly id: string; readonly message: string; readonly code: string | null }
  | { readonly event: "line"; readonly id: string; readonly text: string }
  | {
      readonly event: "exited";
      readonly id: string;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | { readonly event: "done"; readonly id: string };

/** The ids a process runs under, or a folder belongs to. */
export interface UnixAccount {
  readonly uid: number;
  readonly gid: number;
}

/** Signals sent one after the other, each with the milliseconds it is given to work. */
export type StopSequence = readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[];
