import { describe, expect, it } from "vitest";
import { bundleSize, errorBundles } from "../benchmarks/bundle-size.ts";

describe("@vidops/core/errors in a browser", () => {
  it.each(Object.entries(errorBundles))(
    "costs no more than is promised: %s",
    async (_, { source, bound }) => {
      const size = await bundleSize(source, "sources");
      expect(size).toBeGreaterThan(100);
      expect(size).toBeLessThanOrEqual(bound);
    },
  );
});
