import type { Ban, FoundUser, UserChange } from "@vidops/core/users";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { userName, userText } from "./user-rows.ts";

/** What can be done to an account. */
export type UserVerb = "ban" | "unban" | "grant-admin" | "revoke-admin";

/** What the database answers to it. */
export type UserVerbAnswer = UserChange<Ban> | UserChange<boolean>;

/** An account that was changed, or only looked at. */
export interface ChangeReport extends ActReport<FoundUser, UserVerbAnswer> {
  readonly verb: UserVerb;
}

interface VerbWords {
  /** What is to be done, of a name. */
  readonly plan: (name: string) => string;
  readonly done: (name: string) => string;
  /** What is so already. */
  readonly already: (name: string) => string;
  /** What else it means for the user. */
  readonly effect: string;
}

const words: Readonly<Record<UserVerb, VerbWords>> = {
  ban: {
    plan: (name) => `Ban ${name}`,
    done: (name) => `Banned ${name}`,
    already: (name) => `${name} is banned already`,
    effect: "Charges and generations are refused from then on, in sessions that are signed in too.",
  },
  unban: {
    plan: (name) => `Lift the ban of ${name}`,
    done: (name) => `Lifted the ban of ${name}`,
    already: (name) => `${name} is not banned`,
    effect: "Charges and generations go again. Credits are as they were.",
  },
  "grant-admin": {
    plan: (name) => `Make ${name} an admin`,
    done: (name) => `${name} is an admin now`,
    already: (name) => `${name} is an admin already`,
    effect: "Admins read everything, move credits, ban, and make other admins.",
  },
  "revoke-admin": {
    plan: (name) => `Take the admin right from ${name}`,
    done: (name) => `${name} is no longer an admin`,
    already: (name) => `${name} is no admin`,
    effect: "It counts from the next request on, in sessions that are signed in too.",
  },
};

/** What a change would do: who, before → after, and where. */
export function changePlanView(plan: ChangeReport, look: Look): Document {
  const { plan: title, effect } = words[plan.verb];
  return [
    line(toned(title(userName(plan.target)), "strong")),
    ...what(plan, look),
    line(toned(effect, plan.verb === "unban" ? "quiet" : "warning")),
  ];
}

/** What a change did, or would do on a dry run. */
export function changeView(report: ChangeReport, look: Look): Document {
  const { verb, target, answer } = report;
  const name = userName(target);
  const { done, already, effect } = words[verb];
  if (!answer.changed)
    return [line(toned(`${already(name)}: nothing was changed.`, "good")), ...what(report, look)];
  if (answer.dryRun) return [...changePlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(done(name), "good")),
    ...what(report, look),
    line(toned(effect, "quiet")),
    ...recordedLines(report, look),
  ];
}

function what(report: ChangeReport, look: Look): Block[] {
  const { target, answer, project } = report;
  const { before, after } = answer;
  const side = (value: Ban | boolean): string => sideText(value, look);
  const [from, to] = [side(before), side(after)];
  return [
    fields([
      ["project", project],
      ["user", userText(target)],
      ["credits", `${target.creditsRemaining}`],
      [typeof before === "boolean" ? "admin" : "ban", from === to ? to : `${from} → ${to}`],
      ...actRows(report),
    ]),
  ];
}

function sideText(value: Ban | boolean, { zone }: Look): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value.bannedAt === null) return "none";
  const told = value.publicReason === null ? "" : `, the user reads: ${value.publicReason}`;
  return `since ${showMoment(value.bannedAt, zone)}${told}`;
}

/** The JSON data of a change. */
export function changeData(report: ChangeReport): Record<string, unknown> {
  const { target, answer } = report;
  return {
    ...answerData(report),
    user_id: target.id,
    email: target.email,
    before: sideData(answer.before),
    after: sideData(answer.after),
    ...actData(report),
  };
}

function sideData(value: Ban | boolean): Record<string, unknown> {
  if (typeof value === "boolean") return { is_admin: value };
  return { banned_at: value.bannedAt, public_reason: value.publicReason };
}
