import type { AdminAction } from "@vidops/core/admin";
import { credits } from "../../output/credit-text.ts";
import { askedWords } from "./asked-words.ts";

/** What an act is about, as far as lists and requests know it. */
export type ActionSubject = Pick<
  AdminAction,
  | "actionType"
  | "targetUserId"
  | "targetEmail"
  | "targetModelId"
  | "modelName"
  | "amount"
  | "subject"
  | "deleted"
  | "before"
  | "after"
  | "undoes"
  | "approvalId"
>;

/**
 * What an act did, in a few words.
 * @example actionWords(action) // "gave 5 credits to ada@example.com"
 */
export function actionWords(action: ActionSubject): string {
  const { actionType, undoes } = action;
  const write = words[actionType];
  const said = write === undefined ? actionType.replaceAll("_", " ") : write(action);
  return undoes === null ? said : `undid ${undoes}: ${said}`;
}

const words: Readonly<Record<string, ((action: ActionSubject) => string) | undefined>> = {
  credit_refund: (action) => `refunded ${credits(action.amount ?? 0)} to ${userOf(action)}`,
  credit_adjustment: (action) =>
    (action.amount ?? 0) < 0
      ? `took ${credits(-(action.amount ?? 0))} from ${userOf(action)}`
      : `gave ${credits(action.amount ?? 0)} to ${userOf(action)}`,
  model_disable: (action) => `disabled ${modelOf(action)}`,
  model_enable: (action) => `enabled ${modelOf(action)}`,
  model_price: (action) => `price of ${modelOf(action)} ${changeWords(action)}`,
  model_feature: (action) => `featured ${modelOf(action)}`,
  model_unfeature: (action) => `no longer featured ${modelOf(action)}`,
  user_ban: (action) => `banned ${userOf(action)}`,
  user_unban: (action) => `unbanned ${userOf(action)}`,
  admin_grant: (action) => `made ${userOf(action)} an admin`,
  admin_revoke: (action) => `took admin from ${userOf(action)}`,
  rate_limit_reset: (action) =>
    `reset ${action.subject ?? "a limit"}${action.targetUserId === null ? "" : ` of ${userOf(action)}`}`,
  rate_limit_rule: (action) => `limit of ${action.subject ?? "an action"} ${changeWords(action)}`,
  cleanup: ({ deleted, subject }) =>
    subject === "deleted_jobs"
      ? `emptied ${deleted ?? "some"} deleted jobs`
      : `deleted ${deleted ?? "some"} rows of ${subject ?? "a table"}`,
  job_fail: (action) =>
    `ended a job of ${userOf(action)}${action.amount === null ? "" : `, ${credits(action.amount)} back`}`,
  job_retry: (action) => `ordered a job of ${userOf(action)} once more`,
  approval_threshold: (action) => `threshold ${action.subject ?? ""} ${changeWords(action)}`,
  approval_request: (action) =>
    `asked to ${askedWords({ functionName: action.subject ?? "", amount: action.amount, user: userOf(action) })}`,
  approval_reject: (action) => `rejected request ${action.approvalId ?? ""}${aboutWords(action)}`,
};

/**
 * What changed, before → after; of an object the one value that it has.
 * @example changeWords({ before: { credits: 4 }, after: { credits: 6 } }) // "4 → 6"
 */
export function changeWords({ before, after }: Pick<AdminAction, "before" | "after">): string {
  return `${sideWords(before)} → ${sideWords(after)}`;
}

/** One side of a change. */
export function sideWords(side: unknown): string {
  if (side === null || side === undefined) return "none";
  if (typeof side !== "object") return String(side);
  const values = Object.entries(side);
  const [first] = values;
  if (values.length === 1 && first !== undefined) return sideWords(first[1]);
  return values.map(([name, value]) => `${name.replaceAll("_", " ")} ${sideWords(value)}`).join(", ");
}

function userOf({ targetEmail, targetUserId }: ActionSubject): string {
  return targetEmail ?? targetUserId ?? "a user";
}

function modelOf({ modelName, targetModelId }: ActionSubject): string {
  return modelName ?? targetModelId ?? "a model";
}

function aboutWords(action: ActionSubject): string {
  if (action.targetUserId !== null) return ` of ${userOf(action)}`;
  return action.targetModelId === null ? "" : ` of ${modelOf(action)}`;
}
