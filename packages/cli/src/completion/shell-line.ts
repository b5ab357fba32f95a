/** The word at the end of a command line that is being typed. */
export interface TypedWord {
  /** What it means so far, without quotes and backslashes. */
  readonly text: string;
  /** The quote that is still open. */
  readonly quote: "'" | '"' | null;
  /** The characters of `text` that bash leaves alone: what it completes begins behind its last word break. */
  readonly kept: number;
}

/**
 * Reads a line of a POSIX shell up to the cursor. Variables and the like are not expanded: nothing that was typed is run.
 *
 * @param breaks characters at which bash divides words for completion (COMP_WORDBREAKS).
 * @example readShellLine('vidops models show "Kling 2', ":") // before: ["vidops", "models", "show"], word: Kling 2
 */
export function readShellLine(
  line: string,
  breaks: string,
): { readonly before: readonly string[]; readonly word: TypedWord } {
  const before: string[] = [];
  let text = "";
  let quote: TypedWord["quote"] = null;
  let kept = 0;
  let begun = false;
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? "";
    const next = line[at + 1];
    if (quote === null && /[ \t\n]/.test(letter)) {
      if (begun) before.push(text);
      [text, kept, begun] = ["", 0, false];
      continue;
    }
    begun = true;
    if (quote === "'" ? letter === "'" : quote === '"' && letter === '"') quote = null;
    else if (quote === null && (letter === "'" || letter === '"')) {
      quote = letter;
      kept = text.length;
    } else if (
      letter === "\\" &&
      quote !== "'" &&
      (quote === null || (next !== undefined && '"\\$`'.includes(next)))
    ) {
      text += next ?? "";
      at += 1;
    } else {
      // These two divide words, and begin the second (readline's rl_special_prefixes).
      if (quote === null && breaks.includes(letter)) kept = text.length + ("$@".includes(letter) ? 0 : 1);
      text += letter;
    }
  }
  return { before, word: { text, quote, kept } };
}

/**
 * A value as bash takes it in the place of the word that is typed.
 * @example bashReplacement("Kling 2.1", { text: "kl", quote: null, kept: 0 }) // "Kling\\ 2.1"
 */
export function bashReplacement(value: string, { quote, kept }: TypedWord): string {
  const rest = value.slice(kept);
  if (quote === "'") return rest.replaceAll("'", "'\\''");
  if (quote === '"') return rest.replaceAll(/[\\"$`]/g, "\\$&");
  return rest.replaceAll(/[\s!"#$&'()*;<>?[\\\]^`{|}~]/g, "\\$&");
}
