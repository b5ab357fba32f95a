import { type ErrorCode, isErrorCode, VidopsError } from "../errors/index.ts";
import { isoTime } from "./times.ts";

type Row = readonly [code: ErrorCode, message: string, hint: string | null];

/** The refusals that SQL functions return, by machine name. */
const DENIALS: Readonly<Record<string, Row>> = {
  insufficient_credits: ["ERR_4001", "There are not enough credits.", null],
  user_not_found: ["ERR_4007", "There is no such user.", "Check the id, or find the user by email."],
  ambiguous_user: ["ERR_4009", "Several users have this email address.", "Give the user's id instead."],
  error_not_found: [
    "ERR_4007",
    "There is no such error in the log.",
    "Take an id from `vidops errors list`; old entries are deleted after a while.",
  ],
  model_not_found: [
    "ERR_4007",
    "There is no such model.",
    "Take its id or its whole name from `vidops models list`.",
  ],
  ambiguous_model: ["ERR_4009", "Several models have this name.", "Give the model's id instead."],
  job_not_found: ["ERR_4007", "There is no such job.", "Check the job's id."],
  user_job_mismatch: [
    "ERR_4009",
    "The job belongs to another user.",
    "Name the job alone; its user is known.",
  ],
  account_banned: ["ERR_4012", "The account is banned.", null],
  transaction_id_reused: [
    "ERR_4010",
    "The transaction id was used for another grant.",
    "Use a new transaction id.",
  ],
  idempotency_key_reused: [
    "ERR_4010",
    "The idempotency key was used for another request.",
    "Use a new key, or repeat the first request exactly.",
  ],
  request_in_flight: ["ERR_4011", "The same request is still running.", "Try again in a moment."],
  job_not_failed: [
    "ERR_4009",
    "The job has not failed, so there is nothing to order again.",
    "`vidops jobs show` tells how it stands.",
  ],
  job_delivered: [
    "ERR_4009",
    "The job's video came after all: its user has it for nothing.",
    "Order it again only as a new job, in the app.",
  ],
  job_deleted: ["ERR_4009", "Its user deleted the job, and does not want it any more.", null],
  order_unknown: ["ERR_4009", "What was ordered is not kept, so it cannot be ordered again.", null],
  refund_exceeds_charge: ["ERR_4013", "The refund is more than what is left of the job's charge.", null],
  nothing_to_refund: ["ERR_4013", "Nothing is left to refund for this job.", null],
  job_not_finished: [
    "ERR_4014",
    "The job is still running; refunded now, it may yet deliver a free video.",
    "Wait until it ends, or allow it explicitly.",
  ],
  approval_required: [
    "ERR_4015",
    "This needs the approval of a second admin.",
    "It waits as a request; another admin sees it with `vidops approvals list`.",
  ],
  not_refunded: [
    "ERR_4009",
    "The job failed and was never refunded; ordered again, the user would pay twice.",
    "Give its credits back first: `vidops refund`.",
  ],
  requester_not_admin: [
    "ERR_4009",
    "Who made this request is no admin any more, so it cannot be done in their name.",
    "Reject it, or do it yourself.",
  ],
  own_account: [
    "ERR_4009",
    "Nobody approves credits for their own account.",
    "A third admin has to approve it.",
  ],
  nothing_to_approve: [
    "ERR_4009",
    "It is so already, by another act; nothing is left to approve.",
    "Reject the request: `vidops approvals reject`.",
  ],
  own_request: [
    "ERR_4009",
    "This is your own request; a second admin has to approve it.",
    "You may withdraw it: `vidops approvals reject`.",
  ],
  approval_not_found: [
    "ERR_4007",
    "There is no such request for approval.",
    "Take an id from `vidops approvals list`.",
  ],
  approval_expired: [
    "ERR_4009",
    "The request has expired; nothing was done.",
    "Whoever still wants it runs the command again, which makes a new request.",
  ],
  approval_settled: ["ERR_4009", "The request was decided before.", null],
  approval_rejected: [
    "ERR_4009",
    "A second admin rejected exactly this act; nothing was done.",
    "`vidops approvals show` says why. To ask again, use a new idempotency key.",
  ],
  payload_changed: [
    "ERR_4009",
    "The request is not the one that was looked at; nothing was done.",
    "Look at it again: `vidops approvals show`. If it changed by itself, somebody wrote past vidops: `vidops actions verify`.",
  ],
  two_admins_needed: [
    "ERR_4009",
    "Four eyes need two admins, or nobody could approve anything.",
    "Make somebody else an admin first: `vidops users grant-admin`.",
  ],
  action_not_found: ["ERR_4007", "There is no such admin action.", "Take an id from `vidops actions list`."],
  already_undone: ["ERR_4009", "This was undone before; nothing was done twice.", null],
  cannot_undo: ["ERR_4009", "This cannot be undone.", null],
  state_changed_since: [
    "ERR_4009",
    "It was changed since it was looked at: nothing was done.",
    "Look at how it stands now, then do it again.",
  ],
  credits_already_spent: [
    "ERR_4001",
    "The user has spent credits since, and has fewer left than would be taken back.",
    "`--partial` takes back what is left.",
  ],
  cannot_ban_self: ["ERR_4009", "Nobody can ban themselves.", "Ask another admin."],
  last_admin: [
    "ERR_4009",
    "This is the last admin; without one nobody could act.",
    "Make somebody else an admin first: `vidops users grant-admin`.",
  ],
  guest_cannot_be_admin: [
    "ERR_4009",
    "A guest has no account to sign in with, and so cannot be an admin.",
    "Let the user sign up first.",
  ],
  rate_limit_needs_user: [
    "ERR_4005",
    "The action has a limit per user, and the request names none.",
    "Send the access token of a signed-in user.",
  ],
  no_rate_limit_rule: [
    "ERR_6003",
    "No rate limit is set for this action.",
    "Set one with `vidops limits set`, or give maxRequests and windowMinutes.",
  ],
  reservation_not_found: [
    "ERR_4007",
    "There is no such reservation, or it was made long ago.",
    "Take the id from the decision that reserved.",
  ],
  model_unavailable: [
    "ERR_4002",
    "The model does not exist or is not on sale.",
    "Load the list of models again.",
  ],
  price_changed: [
    "ERR_4009",
    "The model's price has changed since it was shown; nothing was charged.",
    "Show the new price, then order with a new idempotency key.",
  ],
  account_handed_over: [
    "ERR_4009",
    "This guest's credits and videos went to an account.",
    "Sign in to that account.",
  ],
  not_a_guest: ["ERR_4009", "Only a guest can be handed over to an account.", null],
  rate_limited: [
    "ERR_4004",
    "There were too many requests; nothing was done.",
    "Wait, then send the same request.",
  ],
  provider_job_mismatch: [
    "ERR_4009",
    "The job has another id at the provider.",
    "The provider may run two jobs for one charge; look at both there.",
  ],
  job_completed: ["ERR_4009", "The job has its video, so it cannot fail any more.", null],
  reservation_settled: ["ERR_4010", "The reservation was settled the other way before.", null],
};

/** What the message of a code needs, from the fields of the refusal. */
const VARIABLES: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  ERR_4001: { required: "required_credits", available: "current_credits" },
  ERR_4004: { seconds: "retry_after" },
  ERR_4013: { refundable: "refundable" },
};

/**
 * Makes the error of a refusal that an SQL function returned (`{"success": false, "error": …, "code": …}`).
 *
 * @param answer the function's answer
 * @returns an error whose `reason` is the machine name and whose `details` are the other fields, with ids as strings and times
 *   in UTC as everywhere else
 * @example
 * ```ts
 * denialError({ success: false, error: "insufficient_credits", code: "ERR_4001", current_credits: 1, required_credits: 4 });
 * ```
 */
export function denialError(answer: Record<string, unknown>): VidopsError {
  const { success: _success, error, code, ...fields } = answer;
  const details = toDetails(fields);
  const reason = typeof error === "string" ? error : "refused";
  const row = DENIALS[reason];
  const known = isErrorCode(code) ? code : (row?.[0] ?? "ERR_6001");
  return new VidopsError({
    code: known,
    reason,
    message:
      row?.[1] ??
      `The database refused the request (${/^\w{1,60}$/.test(reason) ? reason : "no reason given"}).`,
    hint: row?.[2] ?? null,
    retryable: reason === "request_in_flight" || reason === "rate_limited",
    variables: variablesOf(known, details),
    details,
  });
}

const idNames = /(?:_id|^undoes|^undone_by)$/;

/** What is nested, e.g. the state that was expected, is written alike. */
function toDetails(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toDetail(name, value)]));
}

function toDetail(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => toDetail(name, each));
  if (typeof value === "object" && value !== null) return toDetails(value as Record<string, unknown>);
  if (typeof value === "number" && idNames.test(name)) return String(value);
  return typeof value === "string" && name.endsWith("_at") ? isoTime(value) : value;
}

function variablesOf(code: ErrorCode, fields: Record<string, unknown>): Record<string, unknown> | null {
  const names = VARIABLES[code];
  if (names === undefined) return null;
  return Object.fromEntries(Object.entries(names).map(([variable, field]) => [variable, fields[field]]));
}
