import type { DatabaseClient } from "@vidops/core/database";
import { bucketAddress } from "@vidops/core/rate-limit";
import { findUser } from "@vidops/core/users";
import { isUuid, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/** Whose requests are meant, as typed. */
export type SubjectReference =
  | { readonly per: "ip"; readonly bucket: string; readonly typed: string }
  | { readonly per: "user"; readonly user: string; readonly typed: string }
  | { readonly per: "global"; readonly typed: string };

/** Whose requests are meant. */
export interface Subject {
  readonly per: "ip" | "user" | "global";
  /** The bucket in which an address counts, or a user's id; null for everybody. */
  readonly key: string | null;
  /** How it is named to a person: address, email or "everybody". */
  readonly name: string;
  /** The word that names it on the command line. */
  readonly word: string;
  readonly email: string | null;
  /** How it was typed, where that is not the bucket it counts in; else null. */
  readonly typed: string | null;
}

/** The one bucket of all requests without a known address. */
const unknownBucket = "unknown";

/**
 * Reads whose requests are meant; which of the three it is is decided by its shape.
 * @throws CommandError exit 2 when it is none.
 * @example parseSubject("2001:db8:1:2:3::4") // { per: "ip", bucket: "2001:db8:1:2::/64", … }
 */
export function parseSubject(text: string): SubjectReference {
  const typed = text.trim();
  if (typed === "global") return { per: "global", typed };
  if (typed === unknownBucket) return { per: "ip", bucket: unknownBucket, typed };
  if (isUuid(typed)) return { per: "user", user: typed.toLowerCase(), typed };
  if (/^[^\s@]+@[^\s@]+$/.test(typed) && typed.length <= 320) return { per: "user", user: typed, typed };
  // An operator may well mean a private address: what counts in production was decided when it was counted.
  // A network of other than 64 bits is what an app counts by that says so.
  const bits = Number(/\/(\d\d)$/.exec(typed)?.[1] ?? 64);
  const bucket = bucketAddress(typed, {
    allowPrivate: true,
    ipv6Prefix: bits >= 32 && bits <= 64 ? bits : 64,
  });
  if (bucket !== null) return { per: "ip", bucket, typed };
  throw usageError(
    `${shown(typed)} is neither an IP address of a client, a user's id or email, nor global.`,
    "For example: 203.0.113.7, 2001:db8:1:2::/64, ada@example.com, global; unknown is the bucket of all unknown addresses.",
  );
}

/**
 * Looks up who is meant.
 * @throws VidopsError ERR_4007 (exit 3) for a user who does not exist.
 */
export async function findSubject(db: DatabaseClient, reference: SubjectReference): Promise<Subject> {
  const { per } = reference;
  if (per === "global")
    return { per, key: null, name: "everybody", word: "global", email: null, typed: null };
  if (per === "ip") {
    const { bucket, typed } = reference;
    const name = bucket === unknownBucket ? "unknown addresses" : bucket;
    return { per, key: bucket, name, word: bucket, email: null, typed: typed === bucket ? null : typed };
  }
  const { id, email } = await findUser(db, reference.user);
  return { per, key: id, name: email ?? id, word: email ?? id, email, typed: null };
}

/** Whose requests they are in one line: a user's id beside the email, the bucket beside what was typed. */
export function subjectText({ per, key, name, email, typed }: Subject): string {
  if (per === "user" && email !== null) return `${email} (${key})`;
  return typed === null ? name : `${name} (where ${typed} counts)`;
}

/** The same as JSON data. */
export function subjectData({ per, key, email, typed }: Subject): Record<string, unknown> {
  return { per, subject: key, email, typed };
}
