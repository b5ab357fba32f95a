import type { UserMatch, UserPage } from "@vidops/core/users";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import type { FindInput } from "./find-input.ts";
import { userColumns, userRow, userState } from "./user-rows.ts";

/** A page of users, for people. */
export function usersView({ users, nextCursor }: UserPage, input: FindInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const more =
    nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))];
  const [first] = users;
  if (first === undefined)
    return [
      line(
        nextCursor !== null
          ? "Nobody so far: hardly any of the newest users fit. The search goes on further back."
          : input.cursor === null
            ? "Nobody fits."
            : "No more users.",
      ),
      ...more,
    ];
  return [
    columnsTable(columns(users, look), users, look.width),
    ...(users.length === 1
      ? [line(toned(`All of this user: ${next(["users", "show", first.id])}`, "quiet"))]
      : []),
    ...more,
  ];
}

function columns(users: readonly UserMatch[], { zone, width }: Look): Column<UserMatch>[] {
  return [
    {
      head: "user",
      cell: ({ email, deviceId }) => email ?? (deviceId === null ? "(guest)" : `(guest) ${deviceId}`),
      minimum: 12,
    },
    // Its beginning finds the user again, and is short enough to be read aloud.
    { head: "id", cell: ({ id }) => (width !== null && width < 120 ? id.slice(0, 8) : id) },
    { head: "credits", cell: ({ creditsRemaining }) => `${creditsRemaining}`, right: true },
    { head: "state", cell: userState, screen: 50, minimum: 7 },
    timeColumn("since", ({ createdAt }) => createdAt, users, zone, { screen: 90 }),
    { head: "found by", cell: ({ matchedBy }) => matchedBy?.replace("_", " ") ?? "", screen: 140 },
  ];
}

/** The same as rows for csv and ndjson. */
export function usersRows({ users }: UserPage): NonNullable<Result["list"]> {
  return { columns: userColumns, rows: users.map(userRow) };
}

/** The same as JSON data. */
export function usersData({ users, nextCursor }: UserPage): Record<string, unknown> {
  return { users: users.map(userRow), next_cursor: nextCursor };
}
