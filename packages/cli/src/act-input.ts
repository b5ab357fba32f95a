import type { ActInput } from "./act-options.ts";
import { parseReason, parseTicket } from "./arguments.ts";

/**
 * Reads the options that `addActOptions` declares.
 * @throws CommandError exit 2 for a reason that is missing, blank or too long, or such a ticket.
 * @example parseActInput({ reason: "goodwill", dryRun: true }) // { reason: "goodwill", ticket: null, dryRun: true }
 */
export function parseActInput(options: Readonly<Record<string, unknown>>): ActInput {
  return {
    reason: parseReason(options.reason as string | undefined),
    ticket: parseTicket(options.ticket as string | undefined),
    dryRun: options.dryRun === true,
  };
}
