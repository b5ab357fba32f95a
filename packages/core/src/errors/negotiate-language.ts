import { fallbackLanguage, languages } from "./languages.ts";

/** Between which languages to choose. */
export interface NegotiationOptions {
  /** The languages that can be answered, as BCP 47 tags, the preferred first. Default: `en`, `tr`, `es`. */
  readonly supported?: readonly string[] | undefined;
  /** What to answer when nothing fits. Default: `en`. */
  readonly fallback?: string | undefined;
}

interface LanguageRange {
  /** In lower case; `*` for any. */
  readonly tag: string;
  /** 0 (refused) to 1. */
  readonly weight: number;
}

/** What is read of a header. Browsers send some 30 to 100 characters; the rest of a longer one is not looked at. */
const MAX_LENGTH = 2_048;

// RFC 9110 section 12.4.2 (weight) and RFC 4647 section 2.1 (language-range). Anchored and without nested repeats: linear.
const RANGE =
  /^[ \t]*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,8})[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i;

/**
 * Chooses the language of an answer from an `Accept-Language` header: the range with the highest weight that fits a
 * supported language, earlier ranges first among equals. A range fits its own tag, a longer supported one
 * (`es` → `es-MX`), and by leaving off regions a shorter one (`tr-TR` → `tr`). `;q=0` refuses, `*` is any language
 * that the header does not name. Malformed elements are passed over; at most 2,048 characters are read.
 *
 * @param header the header's value, or null
 * @param options the supported languages and the fallback
 * @returns one of `supported` in its own spelling, or the fallback
 * @see RFC 9110 section 12.5.4, RFC 4647 section 3.4
 * @example
 * ```ts
 * negotiateLanguage("tr-TR,tr;q=0.9,en;q=0.8"); // "tr"
 * negotiateLanguage("de, fr;q=0.5", { supported: ["en", "fr"] }); // "fr"
 * negotiateLanguage(null); // "en"
 * ```
 */
export function negotiateLanguage(
  header: string | null | undefined,
  { supported = languages, fallback = fallbackLanguage }: NegotiationOptions = {},
): string {
  if (typeof header !== "string" || header === "") return fallback;
  const ranges = parseRanges(header);
  const refused = new Set(ranges.filter(({ weight }) => weight === 0).map(({ tag }) => tag));
  const open = refused.size === 0 ? supported : supported.filter((tag) => !isRefused(tag, ranges, refused));
  // Sorting is stable, so equal weights keep the order of the header.
  const wanted = ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) {
    const found = tag === "*" ? unnamed(open, ranges) : lookup(tag, open);
    if (found !== undefined) return found;
  }
  return fallback;
}

/**
 * Finds the supported language for one that is known, such as a user's profile says: `"TR"`, `"tr_TR"` and `"tr-TR"`
 * are `tr`.
 *
 * @param language a BCP 47 tag in any case, or null
 * @param supported the languages that can be answered
 * @returns the one of `supported`, or undefined when none fits
 */
export function supportedLanguage(
  language: string | null | undefined,
  supported: readonly string[],
): string | undefined {
  if (typeof language !== "string" || language.length > 100) return undefined;
  if (supported.includes(language)) return language;
  const tag = language.trim().replaceAll("_", "-").toLowerCase();
  return tag === "" || tag === "*" ? undefined : lookup(tag, supported);
}

function parseRanges(header: string): LanguageRange[] {
  const read = header.length > MAX_LENGTH ? header.slice(0, MAX_LENGTH) : header;
  const elements = read.split(",");
  // What the cut went through might be another language than it looks.
  if (header.length > MAX_LENGTH) elements.pop();
  const ranges: LanguageRange[] = [];
  for (const element of elements) {
    const match = RANGE.exec(element);
    if (match?.[1] !== undefined)
      ranges.push({ tag: match[1].toLowerCase(), weight: Number(match[2] ?? "1") });
  }
  return ranges;
}

/** RFC 4647 lookup: the tag, or one that is more precise, then the same with its last subtag left off. */
function lookup(range: string, supported: readonly string[]): string | undefined {
  for (let tag = range; tag !== ""; tag = shorter(tag)) {
    const fitting = supported.filter((language) => covers(tag, language));
    if (fitting.length > 0) return closest(range, tag, fitting);
  }
  return undefined;
}

/** The tag itself, else the one that is written in the same script: who asks for zh-TW cannot read zh-Hans. */
function closest(range: string, tag: string, fitting: readonly string[]): string | undefined {
  if (fitting.length === 1) return fitting[0];
  const exact = fitting.find((language) => language.toLowerCase() === tag);
  return exact ?? fitting.find((language) => scriptOf(language) === scriptOf(range)) ?? fitting[0];
}

function scriptOf(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).maximize().script;
  } catch {
    return undefined;
  }
}

function shorter(tag: string): string {
  return tag.slice(0, Math.max(0, tag.lastIndexOf("-")));
}

function covers(range: string, language: string): boolean {
  const tag = language.toLowerCase();
  return tag === range || tag.startsWith(`${range}-`);
}

/** The most precise range that covers a language decides whether it is refused. */
function isRefused(
  language: string,
  ranges: readonly LanguageRange[],
  refused: ReadonlySet<string>,
): boolean {
  let decisive = "";
  for (const { tag } of ranges)
    if (tag !== "*" && tag.length > decisive.length && covers(tag, language)) decisive = tag;
  return refused.has(decisive);
}

/** The first supported language that the header does not name, neither itself nor by what a range falls back to. */
function unnamed(supported: readonly string[], ranges: readonly LanguageRange[]): string | undefined {
  return supported.find(
    (language) =>
      !ranges.some(
        ({ tag, weight }) =>
          tag !== "*" && (covers(tag, language) || (weight > 0 && covers(language.toLowerCase(), tag))),
      ),
  );
}
