import type { FoundUser, UserMatch } from "@vidops/core/users";
import { type Text, toned } from "../../output/document.ts";
import type { Row } from "../../output/rows.ts";

/** What a user is called in a sentence. */
export function userName({ email, id }: Pick<FoundUser, "email" | "id">): string {
  return email ?? id;
}

/** A user in one line: the email with the id. */
export function userText({ email, id }: Pick<FoundUser, "email" | "id">): string {
  return email === null ? id : `${email} (${id})`;
}

/** What sets a user apart, in words: banned, admin, premium, guest. */
export function userState({ bannedAt, isAdmin, tier, isGuest }: FoundUser): Text {
  const words = [
    ...(bannedAt === null ? [] : ["banned"]),
    ...(isAdmin ? ["admin"] : []),
    ...(tier === "free" ? [] : [tier]),
    ...(isGuest ? ["guest"] : []),
  ].join(", ");
  return bannedAt === null ? words : toned(words, "bad");
}

export const userColumns: readonly string[] = [
  ...["id", "email", "device_id", "tier", "credits_remaining", "credits_total"],
  ...["is_guest", "is_admin", "banned_at", "language", "created_at", "matched_by"],
];

/** A user as csv and ndjson have one, and JSON. */
export function userRow(user: UserMatch): Row {
  return {
    id: user.id,
    email: user.email,
    device_id: user.deviceId,
    tier: user.tier,
    credits_remaining: user.creditsRemaining,
    credits_total: user.creditsTotal,
    is_guest: user.isGuest,
    is_admin: user.isAdmin,
    banned_at: user.bannedAt,
    language: user.language,
    created_at: user.createdAt,
    matched_by: user.matchedBy,
  };
}
