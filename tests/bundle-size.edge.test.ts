import { expect, it } from "vitest";
import { bundleSize, errorBundles, sdkBundles } from "../benchmarks/bundle-size.ts";

// A bundler can leave out of a built package only what stands in a file of its own.
it.each(Object.entries({ ...errorBundles, ...sdkBundles }))(
  "what is built costs no more than is promised: %s",
  async (_, { source, bound }) => {
    expect(await bundleSize(source, "dist")).toBeLessThanOrEqual(bound);
  },
);
