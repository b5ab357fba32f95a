/**
 * An option with its value, as words of a command; a value that looks like an option itself is joined to it.
 * @param value null leaves the option out.
 * @example optionWords("--reason", "--yes") // ["--reason=--yes"]
 */
export function optionWords(name: string, value: string | number | null): string[] {
  if (value === null) return [];
  const text = String(value);
  return text.startsWith("-") ? [`${name}=${text}`] : [name, text];
}

/**
 * A word as a POSIX shell takes it literally.
 * @example quoteForShell("it's") // "'it'\\''s'"
 */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
