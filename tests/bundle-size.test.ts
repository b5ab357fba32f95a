import { describe, expect, it } from "vitest";
import { bundleSize, errorBundles, sdkBundles } from "../benchmarks/bundle-size.ts";

describe.each([
  ["@vidops/core/errors", errorBundles],
  ["@vidops/sdk", sdkBundles],
])("%s in a bundle", (_, bundles) => {
  it.each(Object.entries(bundles))("costs no more than is promised: %s", async (_, { source, bound }) => {
    const size = await bundleSize(source, "sources");
    expect(size).toBeGreaterThan(100);
    expect(size).toBeLessThanOrEqual(bound);
  });
});
