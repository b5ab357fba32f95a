import stringWidth from "string-width";

const ascii = /^[ -~]*$/;

/**
 * Cells of a terminal that sanitised text takes: Chinese, Japanese, Korean and emoji take two each, combining marks none.
 * The table library measures with the same package, so what is cut to a width is also padded to it.
 * @example displayWidth("数字") // 4
 */
export function displayWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/**
 * Shortens sanitised text to a width, marking the cut. No character is cut in two, also none of several code points.
 * @param maximum cells kept at most.
 * @param keep which end stays; of a path it is the last words that tell it apart.
 * @example truncate("数字数字", 5) // "数字…"
 */
export function truncate(text: string, maximum: number, keep: "start" | "end" = "start"): string {
  if (displayWidth(text) <= maximum) return text;
  const parts = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  if (keep === "end") parts.reverse();
  const kept: string[] = [];
  let room = maximum - 1;
  for (const part of parts) {
    room -= displayWidth(part);
    if (room < 0) break;
    kept.push(part);
  }
  return keep === "start" ? `${kept.join("")}…` : `…${kept.reverse().join("")}`;
}
