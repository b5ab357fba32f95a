import { type Text, toned } from "../../output/document.ts";

/**
 * How a count stands to the one of the period before, in few characters.
 *
 * @param count of the period.
 * @param previous of the period before; null when that was not counted.
 * @example trendOf(56, 50) // "+12 %"
 */
export function trendOf(count: number, previous: number | null): Text {
  if (previous === null) return "";
  if (previous === 0) return count === 0 ? "" : toned("new", "bad");
  if (count === 0) return toned("gone", "good");
  const ratio = count / previous;
  if (ratio >= 10) return toned(`x${Math.round(ratio)}`, "bad");
  const percent = Math.round((ratio - 1) * 100);
  if (percent === 0) return "same";
  if (percent < 0) return toned(`${percent} %`, "good");
  return toned(`+${percent} %`, percent >= 100 ? "bad" : "warning");
}
