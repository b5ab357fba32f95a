import type { CommandContext } from "../command-context.ts";
import { sanitizeText } from "../output/sanitize.ts";
import { beginningWith, type Candidate, isPlain } from "./candidate.ts";
import { valueSource } from "./completed-values.ts";
import { databaseCandidates } from "./database-candidates.ts";
import { type LinePlace, placeOnLine } from "./line-place.ts";
import { bashReplacement, readShellLine, type TypedWord } from "./shell-line.ts";

/** The answer for a place where the name of a file stands: shells complete those themselves. */
const files = ":files";

/** What a shell asks, as its script hands it over. */
interface Question {
  readonly before: readonly string[];
  readonly word: TypedWord;
}

/**
 * Answers a shell that asks what may stand at the cursor: `__complete bash LINE BREAKS`, with the line up to the cursor, or
 * `__complete zsh WORD…` and `__complete fish WORD…`, with the words behind `vidops`, the cursor's last.
 *
 * @returns one candidate a line; for zsh and fish with a tab and its description. `:files` alone: let the shell complete a file.
 */
export async function complete(args: readonly string[], context: CommandContext): Promise<string> {
  const [shell, ...rest] = args;
  const { before, word } = shell === "bash" ? questionOfBash(rest) : questionOfWords(rest);
  const place = await placeOnLine(before, word.text);
  const all = place.candidates ?? (await valuesAt(place, word.text.slice(place.prefix.length), context));
  if (all === files) return `${files}\n`;
  const found = beginningWith(
    all
      .filter(({ value }) => isPlain(value))
      .map(({ value, description }) => ({ value: `${place.prefix}${value}`, description })),
    word.text,
  );
  if (shell === "bash") return found.map(({ value }) => `${bashReplacement(value, word)}\n`).join("");
  return found.map(({ value, description }) => `${value}\t${sanitizeText(description)}\n`).join("");
}

function questionOfBash([line = "", breaks = ""]: readonly string[]): Question {
  const { before, word } = readShellLine(line, breaks);
  return { before: before.slice(1), word };
}

function questionOfWords(words: readonly string[]): Question {
  return { before: words.slice(0, -1), word: { text: words.at(-1) ?? "", quote: null, kept: 0 } };
}

async function valuesAt(
  place: LinePlace,
  text: string,
  context: CommandContext,
): Promise<readonly Candidate[] | typeof files> {
  const plain = (words: readonly string[]): Candidate[] => words.map((value) => ({ value, description: "" }));
  if (place.choices.length > 0) return plain(place.choices);
  const source = valueSource(place.path, place.name);
  if (source === null) return [];
  if ("words" in source) return plain(source.words);
  if ("rows" in source) return databaseCandidates(source.rows, text, context, place);
  if (source.from === "files") return files;
  if (source.from === "profiles") {
    const { readLocalProfile, readUserFile } = await import("../config/settings-files.ts");
    const names = Object.keys(readUserFile(context)?.profiles ?? {});
    return plain(readLocalProfile(context) === null ? names : [...names, "local"]);
  }
  const { catalogue } = await import("@vidops/core/errors");
  return Object.entries(catalogue).map(([value, { name }]) => ({ value, description: name }));
}
