import { performance } from "node:perf_hooks";

/** One row of the table: a figure beside its baseline, measured in the same run. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly baseline: string;
  readonly baselineValue: number;
  /** value / baselineValue, or what the row says it is. */
  readonly ratio: number;
  /** What the ratio (or the value, where there is no baseline) has to keep; null for a row that only informs. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number } | null;
}

/** A benchmark: a name for the command line and the result file, and what it measures. */
export interface Benchmark {
  readonly name: string;
  run(say: (line: string) => void): Promise<Comparison[]>;
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) throw new Error("median of nothing");
  return sorted.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high;
}

/** The value that `share` (0 to 1) of all values do not pass. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error("percentile of nothing");
  return value;
}

/** Operations a second of `work` by so many callers at once, for a time. */
export async function throughput(
  callers: number,
  milliseconds: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let operations = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - started < milliseconds) {
        await work();
        operations += 1;
      }
    }),
  );
  return operations / ((performance.now() - started) / 1000);
}

/** Runs each of `measurements` in turn, several rounds, so that a drift of the machine meets all alike; medians by name. */
export async function inTurn<Name extends string>(
  rounds: number,
  measurements: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(measurements) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values.get(name)?.push(await measurements[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

/** A row whose ratio is value / baselineValue. */
export function compare(row: Omit<Comparison, "ratio">): Comparison {
  return { ...row, ratio: row.value / row.baselineValue };
}

/** Whether a row keeps its bound; true where it has none. */
export function holds({ ratio, bound }: Comparison): boolean {
  if (bound === null) return true;
  return "atLeast" in bound ? ratio >= bound.atLeast : ratio <= bound.atMost;
}
