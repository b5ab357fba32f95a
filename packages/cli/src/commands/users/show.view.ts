import type { OverviewLimit, UserOverview } from "@vidops/core/users";
import { formatDuration } from "../../durations.ts";
import { type Column, columnsTable } from "../../output/columns.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { showMinute, showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { waitWords } from "../limits/limit-words.ts";
import { nextCommand } from "../next-command.ts";
import { userName } from "./user-rows.ts";

/** A user as support sees one, for people: what matters first, all on one screen. */
export function overviewView(overview: UserOverview, look: Look): Document {
  const { user } = overview;
  const name = userName(user);
  const next = (...words: string[]): string => nextCommand(words, look.flags);
  return [
    line(toned(user.email ?? (user.deviceId === null ? "(guest)" : `(guest) ${user.deviceId}`), "strong")),
    fields([
      ["id", user.id],
      ["account", accountText(overview, look)],
      ["banned", banText(overview, look)],
      ["is told", user.publicBanReason],
      ["balance", balanceText(overview)],
      ["proof", proofText(overview, look)],
      ["jobs", jobsText(overview)],
      ["refunds", refundsText(overview)],
      ["waits", waitingText(overview)],
      ...limitRows(overview),
    ]),
    ...section("Ledger", "No entries.", overview.ledger, ledgerColumns(look), look),
    ...section("Jobs", "No jobs.", overview.jobs.latest, jobColumns(look), look),
    ...section("Errors", "No errors.", overview.errors, errorColumns(look), look),
    ...section("What admins did", "Nothing.", overview.actions.latest, actionColumns(look), look),
    line(toned(`More: ${next("credits", "history", name)}`, "quiet")),
    line(toned(`      ${next("errors", "list", "--user", name)}`, "quiet")),
  ];
}

function section<Item>(
  title: string,
  empty: string,
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { width }: Look,
): Block[] {
  if (items.length === 0) return [line(`${title}: ${empty.toLowerCase().replace(".", "")}`)];
  return [line(toned(title, "strong")), columnsTable(columns, items, width)];
}

function accountText({ user }: UserOverview, { zone }: Look): string {
  return [
    user.isAdmin ? "admin" : null,
    user.tier,
    user.isGuest ? "guest" : null,
    user.language,
    user.deviceId === null || user.email === null ? null : `device ${user.deviceId}`,
    `since ${showMinute(user.createdAt, zone)}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

function banText({ user, ban }: UserOverview, { zone }: Look): Text | null {
  if (user.bannedAt === null) return null;
  const by = ban === null ? "" : ` by ${ban.adminEmail ?? ban.adminUserId ?? ""}: ${ban.reason}`;
  const ticket = ban === null || ban.ticket === null ? "" : ` (${ban.ticket})`;
  return toned(`since ${showMoment(user.bannedAt, zone)}${by}${ticket}`, "bad");
}

function balanceText({ user }: UserOverview): Text {
  const { creditsRemaining, creditsTotal } = user;
  return `${credits(creditsRemaining)}, ${creditsTotal} were ever granted or bought`;
}

function proofText({ proof, user }: UserOverview, { zone, flags }: Look): Text {
  const { ok, entries, whole, since } = proof;
  if (!ok)
    return toned(
      `the ledger does not add up to it: ${nextCommand(["credits", "audit", userName(user)], flags)}`,
      "bad",
    );
  if (whole)
    return toned(`all ${entries} ledger ${entries === 1 ? "entry adds" : "entries add"} up to it`, "good");
  return toned(
    `the newest ${entries} entries add up to it; before ${showMinute(since ?? "", zone)} not looked at`,
    "good",
  );
}

function jobsText({ jobs }: UserOverview): Text {
  const { completed, failed, processing, pending } = jobs.byStatus;
  const parts = [
    `${completed} completed`,
    failed === 0 ? null : `${failed} failed`,
    processing === 0 ? null : `${processing} processing`,
    pending === 0 ? null : `${pending} pending`,
  ].filter((part) => part !== null);
  if (jobs.counted === 0) return "none";
  return `${jobs.whole ? "" : `of the newest ${jobs.counted}: `}${parts.join(", ")}`;
}

function refundsText({ actions }: UserOverview): string {
  const { count, credits } = actions.refunds;
  if (count === 0) return "none by admins";
  const text = `${count} by admins, ${credits} ${credits === 1 ? "credit" : "credits"}`;
  return actions.whole ? text : `${text}, of the newest 1000 acts`;
}

function waitingText({ approvals }: UserOverview): Text | null {
  if (approvals.length === 0) return null;
  const texts = approvals.map(
    ({ id, actionType, amount }) =>
      `request ${id}: ${actionType.replace("_", " ")}${amount === null ? "" : ` of ${amount}`}`,
  );
  return toned(`${texts.join(", ")}, for a second admin`, "warning");
}

function limitRows({ limits }: UserOverview): (readonly [string, Text])[] {
  return limits.map(({ action, limits: each }, at) => [
    at === 0 ? "limits" : "",
    each.some(({ retryAfterMs }) => retryAfterMs > 0)
      ? toned(limitText(action, each), "warning")
      : limitText(action, each),
  ]);
}

function limitText(action: string, limits: readonly OverviewLimit[]): string {
  const each = limits.map(({ limit, remaining, windowSeconds, retryAfterMs }) => {
    const wait = retryAfterMs > 0 ? `, next in ${waitWords(retryAfterMs)}` : "";
    return `${limit - remaining} of ${limit} in ${formatDuration(windowSeconds)}${wait}`;
  });
  return `${action}: ${each.join("; ")}`;
}

type OverviewItem<Key extends "ledger" | "errors"> = UserOverview[Key][number];
type Job = UserOverview["jobs"]["latest"][number];
type Action = UserOverview["actions"]["latest"][number];

/** When it was, to the minute: of a look at somebody seconds are noise. */
function when<Item extends { readonly createdAt: string }>({ zone, width }: Look): Column<Item> {
  const narrow = width !== null && width < 60;
  return {
    head: "time",
    cell: ({ createdAt }) => {
      const time = showMinute(createdAt, zone);
      return narrow ? time.slice("2026-".length) : time;
    },
  };
}

function ledgerColumns(look: Look): Column<OverviewItem<"ledger">>[] {
  return [
    when(look),
    {
      head: "change",
      cell: ({ change }) => (change > 0 ? toned(`+${change}`, "good") : `${change}`),
      right: true,
    },
    { head: "balance", cell: ({ balanceAfter }) => `${balanceAfter ?? ""}`, right: true, screen: 50 },
    { head: "reason", cell: ({ reason }) => reason, minimum: 6 },
    { head: "job", cell: ({ jobId }) => shortId(jobId, look), screen: 70 },
  ];
}

function jobColumns(look: Look): Column<Job>[] {
  return [
    when(look),
    {
      head: "status",
      cell: ({ status }) => (status === "failed" ? toned(status, "bad") : status),
    },
    { head: "cost", cell: ({ creditsUsed }) => `${creditsUsed}`, right: true },
    {
      head: "back",
      cell: ({ creditsRefunded }) => (creditsRefunded === 0 ? "" : `${creditsRefunded}`),
      right: true,
      screen: 60,
    },
    { head: "job", cell: ({ jobId }) => jobId, minimum: 8 },
    { head: "model", cell: ({ modelName }) => modelName ?? "", minimum: 7, screen: 100 },
  ];
}

function errorColumns(look: Look): Column<OverviewItem<"errors">>[] {
  return [
    when(look),
    { head: "code", cell: ({ errorCode }) => errorCode },
    { head: "endpoint", cell: ({ endpoint }) => endpoint, minimum: 10, keep: "end", screen: 60 },
    { head: "what", cell: ({ summary }) => summary ?? "", minimum: 9 },
  ];
}

function actionColumns(look: Look): Column<Action>[] {
  return [
    when(look),
    {
      head: "act",
      cell: ({ actionType, undoneBy }) => {
        const text = actionType.replaceAll("_", " ");
        return undoneBy === null ? text : toned(`${text} (undone)`, "quiet");
      },
      minimum: 9,
    },
    { head: "amount", cell: ({ amount }) => `${amount ?? ""}`, right: true, screen: 60 },
    { head: "reason", cell: ({ reason }) => reason, minimum: 8, screen: 50 },
    {
      head: "by",
      cell: ({ adminEmail, adminUserId }) => adminEmail ?? adminUserId ?? "",
      minimum: 7,
      screen: 100,
    },
    { head: "id", cell: ({ id }) => id, right: true },
  ];
}

function shortId(id: string | null, { width }: Look): string {
  return width === null ? (id ?? "") : (id ?? "").slice(0, 8);
}
