/** The codes that the client gives by itself, where no server has said anything. */
export type OwnCode =
  | "ERR_4004"
  | "ERR_4005"
  | "ERR_4006"
  | "ERR_4008"
  | "ERR_4009"
  | "ERR_4014"
  | "ERR_6003"
  | "ERR_6005"
  | "ERR_6006"
  | "ERR_6007";

/**
 * What users read then. These are the messages of `@vidops/core/errors`, which a test holds them to: all of that catalogue is
 * more than an app should load for the few moments in which no server can be asked. That of ERR_4004 is the one of ERR_6008,
 * since nobody has said how long to wait.
 */
export const ownMessages: Readonly<Record<"en" | "tr" | "es", Readonly<Record<OwnCode, string>>>> = {};

/**
 * The message for a user where no server has written one.
 *
 * @param code one of the client's own
 * @param language the app's: a BCP 47 tag, or what Accept-Language takes; English for one that is not known
 * @returns one sentence or two
 * @example
 * ```ts
 * ownMessage("ERR_4005", "tr-TR"); // "Devam etmek için lütfen giriş yapın."
 * ```
 */
export function ownMessage(code: OwnCode, language: string | null | undefined): string {
  const tag = /^[a-z]+/.exec(language?.toLowerCase() ?? "")?.[0] ?? "";
  return (Object.hasOwn(ownMessages, tag) ? ownMessages[tag as "en"] : ownMessages.en)[code];
}
