import { sanitizeText } from "../output/sanitize.ts";

/** Something that may stand at the cursor. */
export interface Candidate {
  readonly value: string;
  /** Shown beside it by zsh and fish. */
  readonly description: string;
}

const longestValue = 200;

/**
 * A thing of the database by its name where a shell can take that as it is, else by its id: a name that holds control or bidi
 * characters, or is very long, is not put on a command line.
 */
export function namedCandidate(name: string, id: string, description: string): Candidate {
  if (name.length <= longestValue && !name.startsWith("-") && isPlain(name))
    return { value: name, description };
  return { value: id, description: name.slice(0, 60) };
}

/** Whether a value may be put on a command line: not where a terminal or a shell would see something else in it. */
export function isPlain(value: string): boolean {
  return value !== "" && value.trim() === value && sanitizeText(value) === value;
}

/** Those that begin with what was typed, in any case, each value once. */
export function beginningWith(candidates: readonly Candidate[], text: string): Candidate[] {
  const start = text.toLowerCase();
  const found = new Map<string, Candidate>();
  for (const candidate of candidates)
    if (candidate.value.toLowerCase().startsWith(start)) found.set(candidate.value, candidate);
  return [...found.values()];
}
