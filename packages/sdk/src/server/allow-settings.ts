import { validationError } from "@vidops/core/errors";

/** Says which of a user's settings are ordered for a model; throws a `validationError` of field `settings` for what may not be. */
export type SettingsCheck = (
  settings: Readonly<Record<string, unknown>>,
  modelId: string,
) => Readonly<Record<string, unknown>>;

/** What costs an operator nothing, whatever a user sends. */
export const freeSettings: readonly string[] = ["aspect_ratio", "negative_prompt", "ratio", "seed"];

/**
 * Lets users set the named fields of a model's input, and no others. Providers bill by length, resolution, sound and number of
 * videos, and some let their safety checks be turned off: whoever may set those sets the operator's bill.
 *
 * @param names of the fields, as the provider has them
 * @returns the check, for `createHandlers`
 * @example
 * ```ts
 * createHandlers({ ...options, checkSettings: allowSettings("aspect_ratio", "seed", "style") });
 * ```
 */
export function allowSettings(...names: readonly string[]): SettingsCheck {
  return (settings) => {
    const other = Object.keys(settings).find((name) => !names.includes(name));
    if (other === undefined) return settings;
    const named = /^\w{1,50}$/.test(other) ? `"${other}"` : "a field";
    throw validationError(
      "settings",
      `has ${named}, which users may not set`,
      `Send ${names.join(", ")} alone.`,
    );
  };
}
