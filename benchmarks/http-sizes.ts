import { bundleSize } from "./bundle-size.ts";
import { type Comparison, compare } from "./measure.ts";

/** What an app may take of `@vidops/core/http`, and how many bytes of its bundle, gzipped, that may cost. */
export const httpBundles: Readonly<Record<string, { readonly source: string; readonly bound: number }>> = {
  "fetchWithRetry alone": {
    source: `export { fetchWithRetry } from "@vidops/core/http";`,
    bound: 3_000,
  },
  "fetchWithRetry, budget and breaker": {
    source: `export { createCircuitBreaker, createRetryBudget, fetchWithRetry } from "@vidops/core/http";`,
    bound: 4_500,
  },
};

/** As little of each as retries GET requests. */
const others: Readonly<Record<string, string>> = {
  ky: `export { default } from "ky";`,
  ofetch: `export { ofetch } from "ofetch";`,
  "p-retry": `export { default } from "p-retry";`,
  "cockatiel, retry": `export { ExponentialBackoff, handleAll, retry } from "cockatiel";`,
  "cockatiel, retry, timeout and breaker": `export { circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, timeout, wrap } from "cockatiel";`,
  "fetch-extras, retry": `export { withRetry } from "fetch-extras";`,
  "fetch-extras, retry and timeout": `export { withRetry, withTimeout } from "fetch-extras";`,
};

/** Bytes in an app's bundle: ours against what is allowed and against others. */
export async function sizeComparisons(say: (line: string) => void): Promise<Comparison[]> {
  say("bundles, minified by esbuild, gzip -9");
  const comparisons: Comparison[] = [];
  const sizes = Object.fromEntries(
    await Promise.all(
      Object.entries(others).map(
        async ([name, source]) => [name, await bundleSize(source, "dist", 9)] as const,
      ),
    ),
  );
  for (const [what, { source, bound }] of Object.entries(httpBundles)) {
    const value = await bundleSize(source, "dist", 9);
    const row = (baseline: string, baselineValue: number, held: Comparison["bound"]): Comparison =>
      compare({ what: `in a bundle: ${what}`, unit: "bytes", value, baseline, baselineValue, bound: held });
    comparisons.push(row("allowed", bound, { atMost: 1 }));
    for (const [name, size] of Object.entries(sizes)) comparisons.push(row(name, size, null));
  }
  return comparisons;
}
