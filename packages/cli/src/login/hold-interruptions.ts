import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";

/** While it is held, the first Ctrl-C waits for what is under way; a second one leaves. */
export function holdInterruptions({ interruptions }: Pick<CommandContext, "interruptions">): Disposable {
  return interruptions.guard((count) => {
    if (count > 1) interruptions.leave(new CommandError("CLI_INTERRUPTED", "Interrupted."));
  });
}

/** @throws CommandError CLI_INTERRUPTED (exit 130) when there was a Ctrl-C meanwhile. */
export function stopIfInterrupted({ interruptions }: Pick<CommandContext, "interruptions">): void {
  if (interruptions.interrupted)
    throw new CommandError("CLI_INTERRUPTED", "Interrupted; nothing was changed.");
}

/** Ctrl-C during a sign-in: at once while a person is waited for, and not before the session that is being made is known. */
export interface SessionMaking extends Disposable {
  /** Sends a request that makes a session. From its success on, Ctrl-C is for the caller to look at. */
  request<T extends { readonly error: unknown }>(send: () => Promise<T>): Promise<T>;
}

/** Takes over Ctrl-C until disposed. */
export function holdWhileMakingSession(context: Pick<CommandContext, "interruptions">): SessionMaking {
  let held: Disposable | null = null;
  const release = (): void => {
    held?.[Symbol.dispose]();
    held = null;
  };
  return {
    request: async (send) => {
      held = holdInterruptions(context);
      const answer = await send();
      if (answer.error !== null) {
        release();
        stopIfInterrupted(context);
      }
      return answer;
    },
    [Symbol.dispose]: release,
  };
}
