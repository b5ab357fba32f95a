import { credits } from "../../output/credit-text.ts";

/** A call that waits for a second admin. */
export interface AskedCall {
  readonly functionName: string;
  /** In credits. */
  readonly amount: number | null;
  /** Whom it is about. */
  readonly user: string;
}

/**
 * What a call would do, in a few words.
 * @example askedWords({ functionName: "grant_admin", amount: null, user: "ada@example.com" }) // "make ada@example.com an admin"
 */
export function askedWords({ functionName, amount, user }: AskedCall): string {
  const many = credits(Math.abs(amount ?? 0));
  const words: Readonly<Record<string, string | undefined>> = {
    admin_refund_credits: `refund ${many} to ${user}`,
    admin_adjust_credits: (amount ?? 0) < 0 ? `take ${many} from ${user}` : `give ${many} to ${user}`,
    grant_admin: `make ${user} an admin`,
    unban_user: `unban ${user}`,
    set_approval_threshold: "loosen a threshold",
    undo_admin_action: "undo an action",
  };
  return words[functionName] ?? functionName.replaceAll("_", " ");
}
