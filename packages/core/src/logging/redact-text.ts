const REDACTED = "[redacted]";

/** How much of one text is kept. */
export const MAX_TEXT = 4_096;

/** What to take out besides secrets. */
export interface RedactOptions {
  /** Whether email addresses go too. Default false. */
  emails?: boolean;
  /** How many characters of text a whole value may hold. Default 65 536. */
  maxText?: number;
}

// Values that follow a name, as in a URL's query, a header, JSON inside text, or a sentence. After "token: " a plain word is
// taken for prose ("token: expired"); after the name of a password nothing is.
const HIDDEN_NAME =
  "pass(?:word|wd|phrase)|pwd|secret|(?:api|access|private|signing|encryption)[ _-]?key|service[_-]?role[_-]?key|(?:fal|pika|runway(?:ml)?)[ _-]?key|credentials?";
const TOKEN_NAME = "token|jwt|receipt(?:[ _-]?data)?|cookie|signature";
const ENDS_NAME = String.raw`[\w-]{0,20}\\?["'\])]?`;
const QUOTED = String.raw`\\?"[^"]{1,2000}"|'[^']{1,2000}'`;

function named(name: string, value: string, sign: string = String.raw`\s{0,3}[:=]`): RegExp {
  const hiddenAlready = String.raw`(?!\s{0,3}(?:\[redacted|\w{1,10}[_ ]\[redacted))`;
  return new RegExp(String.raw`((?:${name})${ENDS_NAME}${sign}${hiddenAlready}\s{0,3})${value}`, "gi");
}

// Wherever they stand: a token glued to a word is a token still. Bounded parts keep the time in proportion.
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, REDACTED],
  [/sb_secret_[A-Za-z0-9_-]+/g, `sb_secret_${REDACTED}`],
  [/sbp_[A-Za-z0-9_-]{8,}/g, `sbp_${REDACTED}`],
  [/eyJ[A-Za-z0-9_-]{5,1000}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
  // The keys of Stripe, OpenAI and others, Google, AWS, GitHub, Slack, npm, Runway, fal.
  [
    /\b((?:sk|rk)_(?:live|test)_|whsec_|sk-|npm_|gh[pousr]_|github_pat_|xox[abprs]-)[A-Za-z0-9_-]{16,}/g,
    `$1${REDACTED}`,
  ],
  [/\bAIza[A-Za-z0-9_-]{30,}|\bA[KS]IA[A-Z0-9]{16}\b|\bkey_[0-9a-f]{32,}/g, REDACTED],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}:[0-9a-f]{16,}/gi, REDACTED],
  // Receipts of Apple's and purchase tokens of Google's store.
  [/\bMI[I-L][A-Za-z0-9+/_-]{100,}={0,2}/g, REDACTED],
  [/\b[a-z]{20,40}\.AO-[A-Za-z0-9_-]{20,}/g, REDACTED],
  [/\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(basic)\s+[A-Za-z0-9+/=]{16,}/gi, `$1 ${REDACTED}`],
  [/\b(key)\s+[A-Za-z0-9_-]{3,}:[A-Za-z0-9_-]{3,}/gi, `$1 ${REDACTED}`],
  [/([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}):[^\s/@]{1,200}@/gi, `$1:${REDACTED}@`],
  [/([?&](?:key|sig|x-amz-(?:signature|credential|security-token))=)[^&#\s"']+/gi, `$1${REDACTED}`],
  [
    /(authorization\\?["']?\s{0,3}[:=](?!\s{0,3}\\?["']?(?:bearer|basic|key) \[))\s{0,3}\\?["']?[^"'\r\n,;\\]{1,2000}/gi,
    `$1 ${REDACTED}`,
  ],
  [/\b((?:set-)?cookie\s{0,3}:\s{0,3})[^\r\n]{1,4000}/gi, `$1${REDACTED}`],
  [named(HIDDEN_NAME, String.raw`(?:${QUOTED}|[^\s"'&,;\\]{1,2000})`), `$1${REDACTED}`],
  [
    named(
      TOKEN_NAME,
      String.raw`(?:${QUOTED}|[^\s"'&,;\\]{1,2000})`,
      String.raw`(?:=|\s{0,3}[:=](?=\s{0,3}\\?["']))`,
    ),
    `$1${REDACTED}`,
  ],
  [named(TOKEN_NAME, String.raw`(?=[^\s"'&,;]{0,100}[0-9])[^\s"'&,;]{8,2000}`), `$1${REDACTED}`],
];

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;

/**
 * Takes secrets out of one piece of text and cuts it to a bounded length.
 *
 * @param text any text, e.g. the message of an error
 * @param options whether email addresses go too
 * @returns the text, at most some 4,100 characters
 * @example
 * ```ts
 * redactText("got Bearer abcdefgh1234"); // "got Bearer [redacted]"
 * redactText("GET /x?api_key=abc&page=2"); // "GET /x?api_key=[redacted]&page=2"
 * ```
 */
export function redactText(text: string, options: RedactOptions = {}): string {
  // More than what is kept is searched, so that a secret across the cut is still whole enough to be seen.
  let clean = text.slice(0, MAX_TEXT * 2);
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement);
  if (options.emails === true) clean = clean.replace(EMAIL, "[email]");
  if (text.length <= MAX_TEXT && clean.length <= MAX_TEXT * 2) return clean;
  return `${clean.slice(0, MAX_TEXT)}… [${text.length} characters in all]`;
}
