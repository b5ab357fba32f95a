import { CommandError } from "./command-error.ts";

type Guard = (count: number) => void;

/**
 * Ctrl-C and SIGTERM as values. Without a guard the running command is abandoned with `CLI_INTERRUPTED`; a
 * guard decides itself, e.g. to finish a running batch first.
 *
 * @example
 * using _ = interruptions.guard((count) => (count === 1 ? stop.abort() : interruptions.leave(error)));
 */
export class Interruptions {
  /** Rejects when the command is to be abandoned; the program races it against the command. */
  readonly left: Promise<never>;
  #leave: (error: unknown) => void = () => {};
  #guards: Guard[] = [];
  #count = 0;
  #interrupted = false;

  constructor() {
    this.left = new Promise<never>((_, reject) => {
      this.#leave = reject;
    });
    this.left.catch(() => {});
  }

  /** Whether there was an interruption at all. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Called by the process for each signal. */
  interrupt(): void {
    this.#interrupted = true;
    this.#count += 1;
    const guard = this.#guards.at(-1);
    if (guard) guard(this.#count);
    else this.leave(new CommandError("CLI_INTERRUPTED", "Interrupted; nothing was changed."));
  }

  /** Takes over the next interruptions until disposed; `count` is how often it was interrupted so far. */
  guard(guard: Guard): Disposable {
    this.#count = 0;
    this.#guards.push(guard);
    return {
      [Symbol.dispose]: (): void => {
        this.#guards = this.#guards.filter((other) => other !== guard);
      },
    };
  }

  /** Abandons the running command with this error. */
  leave(error: unknown): void {
    this.#leave(error);
  }
}
