import { type ChangedThreshold, setApprovalThreshold, type ThresholdName } from "@vidops/core/admin";
import { act } from "../../act.ts";
import type { CommandSession } from "../../command-session.ts";
import { type ThresholdReport, thresholdPlanView } from "./set-threshold.view.ts";
import type { ThresholdInput } from "./set-threshold-input.ts";

/**
 * Sets a threshold, or takes it away.
 * @throws CommandError, VidopsError.
 */
export function setThreshold(input: ThresholdInput, session: CommandSession): Promise<ThresholdReport> {
  const { name, credits } = input;
  return act<ThresholdName, ChangedThreshold>(session, input, {
    actionType: "approval_threshold",
    name: "the change",
    find: () => Promise.resolve(name),
    send: (db, _name, options, seen) =>
      setApprovalThreshold(db, { name, credits, expectedBefore: seen?.before, ...options }),
    plan: thresholdPlanView,
    question: () =>
      credits === null ? `Remove the threshold ${name}?` : `Set ${name} to ${credits} credits?`,
  });
}
