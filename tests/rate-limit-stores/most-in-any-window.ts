/** An admitted request, and the instants of one clock between which it was counted, in milliseconds. */
export interface TimedRequest {
  readonly before: number;
  readonly after: number;
  readonly cost: number;
}

/**
 * The most that was admitted in any one window, as far as it is certain: those are together in a window that cannot have been
 * further apart.
 *
 * @param requests what was admitted, in any order
 * @param windowMs the window's length in milliseconds
 * @returns the largest sum of costs
 */
export function mostInAnyWindow(requests: readonly TimedRequest[], windowMs: number): number {
  const sums = requests.map((first) =>
    requests
      .filter(({ before, after }) => before >= first.before && after - first.before < windowMs)
      .reduce((sum, { cost }) => sum + cost, 0),
  );
  return Math.max(0, ...sums);
}
