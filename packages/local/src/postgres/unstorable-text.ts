/** Whether Postgres refused a text because of the character U+0000, which it cannot hold: 22021, and 22P05 in jsonb. */
export function isUnstorableText(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === "22021" || code === "22P05";
}
