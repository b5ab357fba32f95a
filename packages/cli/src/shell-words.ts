/**
 * A word as a POSIX shell takes it literally.
 * @example quoteForShell("it's") // "'it'\\''s'"
 */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
