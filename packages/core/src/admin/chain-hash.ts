import type { ChainRow } from "./read-chain.ts";

const encoder = new TextEncoder();
const hex: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The hash that a row must have, computed here from what it says: a database that lies is not believed. */
export async function hashOf({
  previousHash,
  text,
}: Pick<ChainRow, "previousHash" | "text">): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(previousHash + text));
  let digits = "";
  for (const byte of new Uint8Array(digest)) digits += hex[byte];
  return digits;
}

/** Whether a row's text is about that row: it begins with the version of its form, the position and the id. */
export function namesItself({ position, id, text }: ChainRow): boolean {
  const [, ofPosition, ofId] = /^\[\d+, (\d+), (\d+), /.exec(text) ?? [];
  return ofPosition === String(position) && ofId === id;
}

/** A row's text as it was when it stood at another position. */
export function textAt(position: number, text: string): string {
  return text.replace(/^(\[\d+, )\d+/, (_, start: string) => `${start}${position}`);
}
