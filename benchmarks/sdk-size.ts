import { bundleSize, sdkBundles } from "./bundle-size.ts";
import { type Benchmark, compare } from "./measure.ts";

/** What `@vidops/sdk` adds to an app's bundle and to a function's, against what is allowed and against the Supabase client. */
export const sdkSize: Benchmark = {
  name: "sdk-size",
  async run(say) {
    say("bundles without @supabase/supabase-js, minified by esbuild, gzip -6");
    const unit = "bytes gzipped";
    const supabase = await bundleSize(`export * from "@supabase/supabase-js";`, "dist", 6, []);
    const rows = Object.entries(sdkBundles).map(async ([name, { source, bound }]) => {
      const what = `@vidops/sdk: ${name}`;
      const value = await bundleSize(source, "dist");
      return [
        compare({ what, unit, value, baseline: "allowed", baselineValue: bound, bound: { atMost: 1 } }),
        compare({
          what,
          unit,
          value,
          baseline: "@supabase/supabase-js",
          baselineValue: supabase,
          bound: null,
        }),
      ];
    });
    return (await Promise.all(rows)).flat();
  },
};
