import type { AdminAction, AdminActionPage } from "@vidops/core/admin";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { actionColumns, actionData, actionRow } from "./action-rows.ts";
import { actionWords } from "./action-words.ts";
import type { ListInput } from "./list-input.ts";

// What a narrow screen has no room for is whole in `actions show <id>`, in a pipe and with --json.
const columns: readonly Column<AdminAction>[] = [
  { head: "id", cell: ({ id }) => id, right: true },
  { head: "by", cell: adminOf, minimum: 12, screen: 60 },
  { head: "what", cell: actionWords, minimum: 14 },
  { head: "ticket", cell: ({ ticket }) => ticket ?? "", minimum: 9, screen: 100 },
  { head: "reason", cell: ({ reason }) => reason, minimum: 10, screen: 120 },
];
const undone: Column<AdminAction> = {
  head: "undone",
  cell: ({ undoneBy }) => (undoneBy === null ? "" : `by ${undoneBy}`),
  screen: 80,
};

/** Who acted; "(key)" where nobody had signed in, and a secret key named the admin. */
export function adminOf(action: AdminAction): string {
  const { adminEmail, adminUserId, signedIn, approverEmail, approvedBy } = action;
  const named = adminEmail ?? adminUserId;
  const admin = named === null ? "(secret key)" : signedIn === false ? `${named} (key)` : named;
  return approvedBy === null ? admin : `${admin} + ${approverEmail ?? approvedBy}`;
}

/** Acts as a table. */
export function actionsTable(actions: readonly AdminAction[], { width, zone }: Look): Block {
  const time = timeColumn("time", ({ createdAt }: AdminAction) => createdAt, actions, zone);
  const some = actions.some(({ undoneBy }) => undoneBy !== null);
  return columnsTable([time, ...columns, ...(some ? [undone] : [])], actions, width);
}

/** A page of acts, for people. */
export function listView({ actions, nextCursor }: AdminActionPage, input: ListInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const first = actions[0];
  if (first === undefined) {
    if (input.cursor !== null) return [line("No more admin actions.")];
    return [line(input.words.length > 2 ? "No admin actions that fit." : "No admin has done anything yet.")];
  }
  return [
    actionsTable(actions, look),
    line(toned(`One of them whole: ${next(["actions", "show", first.id])}`, "quiet")),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

/** The same as rows for csv and ndjson. */
export function listRows({ actions }: AdminActionPage): NonNullable<Result["list"]> {
  return { columns: actionColumns, rows: actions.map(actionRow) };
}

/** The same as JSON data. */
export function listData({ actions, nextCursor }: AdminActionPage): Record<string, unknown> {
  return { actions: actions.map(actionData), next_cursor: nextCursor };
}
