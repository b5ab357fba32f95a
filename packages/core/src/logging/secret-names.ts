// Compared with the name in lower case without separators: "X-Api-Key" and "xApiKey" are both "xapikey".
const SECRET_PARTS = [
  "authorization",
  "apikey",
  "password",
  "passwd",
  "passcode",
  "pwd",
  "passphrase",
  "secret",
  "token",
  "receipt",
  "cookie",
  "credential",
  "signature",
  "privatekey",
  "accesskey",
  "signingkey",
  "encryptionkey",
  "falkey",
  "runwaykey",
  "pikakey",
  "servicerolekey",
  "jwt",
];

// Words that mean a secret only when they are the whole name and the value is text: `{ session: { id } }` is no secret, and
// neither is "monkey". `code` is none of them: it names the codes of errors everywhere.
const SECRET_WORDS = ["key", "sig", "auth", "otp", "pin", "sid", "session", "sessionid"];

// A secret is text: `max_tokens: 100` and `receipt_count: 2` are none. These are, typed as digits.
const SECRET_NUMBERS = ["pin", "otp", "password", "passcode"];

/**
 * Whether a value is to be hidden for the name that it stands under.
 *
 * @param name of a property, header, field or parameter, in any case and with any separators
 * @param value what stands under it
 * @example
 * ```ts
 * isSecret("X-Api-Key", "abc"); // true
 * isSecret("max_tokens", 100); // false
 * ```
 */
export function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === "boolean") return false;
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (typeof value === "number" || typeof value === "bigint") return SECRET_NUMBERS.includes(plain);
  return (
    SECRET_PARTS.some((part) => plain.includes(part)) ||
    (typeof value === "string" && SECRET_WORDS.includes(plain))
  );
}
