import type { ChainPlace } from "@vidops/core/admin";
import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";

/**
 * A place in the chain of acts, as `--head` prints it.
 * @throws CommandError exit 2.
 * @example parseChainPlace("12:9f86…", "--expect")
 */
export function parseChainPlace(text: string | undefined, name: string): ChainPlace | null {
  if (text === undefined) return null;
  const [, position = "", hash = ""] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (hash === "")
    throw usageError(
      `${name} must be a position and a hash, got ${shown(text)}.`,
      "As printed by: vidops actions verify --head",
    );
  return { position: Number(position), hash: hash.toLowerCase() };
}

/** A place as text, to be kept somewhere else. */
export function chainPlaceText({ position, hash }: ChainPlace): string {
  return `${position}:${hash}`;
}
