/**
 * The folder of Android's resources for a language. The short form knows a language and a region of two letters; a script,
 * a region in digits, and variants need the long one.
 *
 * @param isDefault whether it is what Android falls back to.
 * @example androidFolder("es-419", false) // "values-b+es+419"
 */
export function androidFolder(language: string, isDefault: boolean): string {
  if (isDefault) return "values";
  const [spoken, ...rest] = new Intl.Locale(language).baseName.split("-");
  const [region] = rest;
  if (region === undefined) return `values-${spoken}`;
  return rest.length === 1 && /^[A-Z]{2}$/.test(region)
    ? `values-${spoken}-r${region}`
    : `values-b+${[spoken, ...rest].join("+")}`;
}
