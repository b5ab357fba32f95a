import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";

/**
 * While it is held, the first Ctrl-C waits for what is under way, which says `interrupted` afterwards; a second one leaves.
 * @example using _held = holdInterruptions(context);
 */
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
