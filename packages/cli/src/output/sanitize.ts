// Prompts, emails and error details were typed by strangers. A terminal obeys escape codes and a reader is
// fooled by bidi marks, so both are taken out at the one place where text leaves for a screen.

// Biome's rule against control characters in expressions is about accidents; here they are the subject.
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these characters are what is matched
/** CSI, OSC/DCS/PM/APC strings with their end (or without one), and two-character escapes. */
const escapeSequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)?|\u001b[ -/]*[0-~]?/g;
const lineBreaksAndTabs = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const controls = /[\u0000-\u001f\u007f-\u009f]/g;
/** Bidi embeddings, overrides, isolates and marks, the byte order mark, and invisible tag characters. */
const invisible =
  /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const unsafeInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: end of the list

/**
 * Text a terminal can show safely on one line: no escape sequences, control or bidi characters; line breaks
 * and tabs become one space. Joiners that emoji and scripts need stay.
 * @example sanitizeText("a\u001b[31mred\u202e") // "ared"
 */
export function sanitizeText(text: string): string {
  return text
    .toWellFormed()
    .replace(escapeSequences, "")
    .replace(lineBreaksAndTabs, " ")
    .replace(controls, "")
    .replace(invisible, "");
}

/**
 * JSON text whose values are unchanged for a parser, and harmless for a terminal: what JSON leaves bare
 * (C1 controls, bidi marks) is written as \uXXXX. `JSON.stringify` has escaped the rest already.
 */
export function escapeJsonForTerminal(json: string): string {
  return json.replace(
    unsafeInJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
