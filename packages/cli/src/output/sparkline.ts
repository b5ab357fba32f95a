const ticks = "▁▂▃▄▅▆▇█";

/**
 * Counts over time as a row of bars, oldest first, scaled to the largest of `scale`. What happened at all is seen: a slot
 * with one error beside one with ten thousand still stands above a slot with none. (That is why this is no package:
 * those draw both alike.)
 *
 * @param counts one for each slot of time, oldest first; where there are more than `width`, neighbours are added up, as
 *   many to each bar but perhaps the oldest.
 * @param width characters at most.
 * @example sparkline([0, 1, 4, 8], 4) // "▁▂▅█"
 */
export function sparkline(counts: readonly number[], width: number): string {
  const bars = mergeSlots(counts, width);
  const largest = Math.max(0, ...bars);
  return bars
    .map((count) => (count <= 0 ? 0 : Math.max(1, Math.round((count / largest) * (ticks.length - 1)))))
    .map((tick) => ticks[tick])
    .join("");
}

function mergeSlots(counts: readonly number[], width: number): number[] {
  const size = Math.ceil(counts.length / width);
  const bars: number[] = [];
  for (let end = counts.length; end > 0; end -= size)
    bars.unshift(counts.slice(Math.max(0, end - size), end).reduce((sum, count) => sum + count, 0));
  return bars;
}
