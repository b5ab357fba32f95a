import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Name } from "./contenders.ts";

/** As little of each as does the job, with the client of its store; Express itself is not counted. */
const sources: Readonly<Record<Name, string>> = {
  checkRateLimit: `
    export { createDatabase } from "@vidops/core/database";
    export { checkRateLimit } from "@vidops/core/rate-limit";`,
  "the first function": `
    export { createClient } from "@supabase/supabase-js";
    export { firstCheckRateLimit } from "./benchmarks/first-rate-limiter.ts";`,
  "rate-limiter-flexible": `
    export { Pool } from "pg";
    export { default } from "rate-limiter-flexible/lib/RateLimiterPostgres.js";`,
  "express-rate-limit": `export { rateLimit } from "express-rate-limit";`,
  "@upstash/ratelimit": `
    export { Ratelimit } from "@upstash/ratelimit";
    export { Redis } from "@upstash/redis";`,
};

/** The size of a bundle for Node, minified and gzipped, in whole kB. */
export async function bundleProbe(name: Name): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: sources[name],
      resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
      loader: "ts",
    },
    ...{ bundle: true, minify: true, write: false, format: "esm", platform: "node", target: "es2022" },
    external: ["pg-native", "cloudflare:sockets"],
    conditions: ["vidops-source"],
    logLevel: "error",
  });
  return (gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length / 1_000).toFixed(0);
}
