import { build } from "esbuild";
import { gzipSync } from "node:zlib";
const r = await build({ stdin: { contents: process.argv[2] ?? `export * from "@vidops/sdk/server";`, resolveDir: process.cwd(), loader: "ts" }, bundle: true, minify: true, write: false, format: "esm", platform: "browser", target: "es2022", metafile: true, logLevel: "error", external: ["@supabase/postgrest-js"] });
const out = Object.values(r.metafile.outputs)[0]!;
const inputs = Object.entries(out.inputs).map(([k, v]) => [v.bytesInOutput, k] as const).sort((a, b) => b[0] - a[0]);
console.log("total", out.bytes, gzipSync(r.outputFiles[0]!.contents, {level:6}).length);
console.log(inputs.slice(0, 45).map(([b, k]) => `${b} ${k}`).join("\n"));
