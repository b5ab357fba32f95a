/** How deep settings may be nested; providers take some three levels. */
const mostDepth = 32;
/** Bytes of settings as JSON. */
const mostBytes = 65_536;

/**
 * Says what is wrong with the settings of a generation, which go to the provider as they are. Nothing here calls itself, so that
 * no nesting, however deep, ends the process.
 *
 * @param settings the value that JSON.parse gave
 * @returns the end of a sentence that begins with the field, or null when they may be sent
 * @example
 * ```ts
 * settingsFault({ duration: "8s" }); // null
 * ```
 */
export function settingsFault(settings: unknown): string | null {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    return "is not a JSON object";
  let level: readonly unknown[] = [settings];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > mostDepth) return `is nested more than ${mostDepth} deep`;
    const inner: unknown[] = [];
    for (const container of level) {
      for (const [name, value] of Object.entries(container as object)) {
        if (!isStorable(name) || !isStorable(value))
          return "holds a number or a character that cannot be stored";
        if (typeof value === "object" && value !== null) inner.push(value);
      }
    }
    level = inner;
  }
  const { byteLength } = new TextEncoder().encode(JSON.stringify(settings));
  return byteLength > mostBytes ? `has more than ${mostBytes} bytes` : null;
}

/** jsonb has no NUL, no half of a surrogate pair, and no infinity, which is what JSON.parse makes of 1e999. */
function isStorable(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  return typeof value !== "number" || Number.isFinite(value);
}
