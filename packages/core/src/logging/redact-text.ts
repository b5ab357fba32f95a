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

/** Patterns of a name, a sign and a value. Made when first needed, so that a bundle may leave this module out. */
function namedPatterns(): SecretPattern[] {
  const endsName = String.raw`[\w-]{0,20}\\?["'\])]?`;
  const hiddenAlready = String.raw`(?!\s{0,3}(?:\[redacted|\w{1,10}[_ ]\[redacted))`;
  const sign = String.raw`\s{0,3}[:=]`;
  const value = String.raw`(?:\\?"[^"]+"?|'[^']+'?|[^\s"'&,;\\]{1,2000})`;
  const named = (name: string, itsSign: string, itsValue: string): SecretPattern => ({
    needs: [":", "="],
    pattern: new RegExp(`((?:${name})${endsName}${itsSign}${hiddenAlready}\\s{0,3})${itsValue}`, "gi"),
    replacement: `$1${REDACTED}`,
  });
  return [
    named(HIDDEN_NAME, sign, value),
    named(TOKEN_NAME, String.raw`(?:=|\s{0,3}[:=](?=\s{0,3}\\?["']))`, value),
    named(TOKEN_NAME, sign, String.raw`(?=[^\s"'&,;]{0,100}[0-9])[^\s"'&,;]{8,2000}`),
  ];
}

let secretPatterns: readonly SecretPattern[] | null = null;

interface SecretPattern {
  /** One of these is in every text that the pattern can match: most texts are then not searched. */
  readonly needs: readonly string[];
  readonly pattern: RegExp;
  readonly replacement: string;
}

// Wherever they stand: a token glued to a word is a token still. Bounded parts keep the time in proportion.
const PATTERNS: readonly SecretPattern[] = [
  {
    needs: ["PRIVATE KEY"],
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    replacement: REDACTED,
  },
  { needs: ["sb_secret_"], pattern: /sb_secret_[A-Za-z0-9_-]+/g, replacement: `sb_secret_${REDACTED}` },
  { needs: ["sbp_"], pattern: /sbp_[A-Za-z0-9_-]{8,}/g, replacement: `sbp_${REDACTED}` },
  {
    needs: ["eyJ"],
    pattern: /eyJ[A-Za-z0-9_-]{5,1000}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
    replacement: REDACTED,
  },
  // The keys of Stripe, OpenAI and others, GitHub, Slack, npm; of Google, AWS, Runway; of fal.
  {
    needs: ["sk_", "rk_", "sk-", "whsec_", "npm_", "gh", "xox"],
    pattern:
      /\b((?:sk|rk)_(?:live|test)_|whsec_|sk-|npm_|gh[pousr]_|github_pat_|xox[abprs]-)[A-Za-z0-9_-]{16,}/g,
    replacement: `$1${REDACTED}`,
  },
  {
    needs: ["AIza", "AKIA", "ASIA", "key_"],
    pattern: /\bAIza[A-Za-z0-9_-]{30,}|\bA[KS]IA[A-Z0-9]{16}\b|\bkey_[0-9a-f]{32,}/g,
    replacement: REDACTED,
  },
  {
    needs: [":"],
    pattern: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}:[0-9a-f]{16,}/gi,
    replacement: REDACTED,
  },
  // Receipts of Apple's and purchase tokens of Google's store.
  { needs: ["MI"], pattern: /\bMI[I-L][A-Za-z0-9+/_-]{100,}={0,2}/g, replacement: REDACTED },
  { needs: [".AO-"], pattern: /\b[a-z]{20,40}\.AO-[A-Za-z0-9_-]{20,}/g, replacement: REDACTED },
  {
    needs: [""],
    pattern: /\b(?:(bearer)\s+[A-Za-z0-9._~+/=-]{8,}|(basic)\s+[A-Za-z0-9+/=]{16,})/gi,
    replacement: `$1$2 ${REDACTED}`,
  },
  {
    needs: [":"],
    pattern: /\b(key)\s+[A-Za-z0-9_-]{3,}:[A-Za-z0-9_-]{3,}/gi,
    replacement: `$1 ${REDACTED}`,
  },
  {
    needs: ["://"],
    pattern: /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,100}):[^\s/@]{1,200}@/gi,
    replacement: `$1:${REDACTED}@`,
  },
  {
    needs: ["?", "&"],
    pattern: /([?&](?:key|sig|x-amz-(?:signature|credential|security-token))=)[^&#\s"']+/gi,
    replacement: `$1${REDACTED}`,
  },
  {
    needs: [":", "="],
    pattern:
      /(authorization\\?["']?\s{0,3}[:=](?!\s{0,3}\\?["']?(?:bearer|basic|key) \[))\s{0,3}\\?["']?[^"'\r\n,;\\]{1,2000}/gi,
    replacement: `$1 ${REDACTED}`,
  },
  {
    needs: [":"],
    pattern: /\b((?:set-)?cookie\s{0,3}:\s{0,3})[^\r\n]{1,4000}/gi,
    replacement: `$1${REDACTED}`,
  },
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
  secretPatterns ??= [...PATTERNS, ...namedPatterns()];
  for (const { needs, pattern, replacement } of secretPatterns) {
    if (needs.some((part) => clean.includes(part))) clean = clean.replace(pattern, replacement);
  }
  if (options.emails === true) clean = clean.replace(EMAIL, "[email]");
  if (text.length <= MAX_TEXT && clean.length <= MAX_TEXT * 2) return clean;
  return `${clean.slice(0, MAX_TEXT)}… [${text.length} characters in all]`;
}
