import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What an app may take of `@vidops/core/errors`, and how many bytes of its bundle, gzipped, that may cost. */
export const errorBundles: Readonly<Record<string, { readonly source: string; readonly bound: number }>> = {
  "everything, in three languages": {
    source: `export * from "@vidops/core/errors";`,
    bound: 15_000,
  },
  "codes and types only": {
    source: `
      import { ErrorCode, isErrorCode, type Language, type VariablesOf } from "@vidops/core/errors";
      export const isMissingCredits = (code: unknown): boolean => isErrorCode(code) && code === ErrorCode.ERR_4001;
    `,
    bound: 3_000,
  },
};

/**
 * What an app takes of `@vidops/sdk`, and how many bytes of its bundle, gzipped, that may cost. The Supabase client is the app's
 * own, and not counted.
 */
export const sdkBundles: Readonly<Record<string, { readonly source: string; readonly bound: number }>> = {
  "the client": { source: `export * from "@vidops/sdk";`, bound: 12_000 },
  "the client's errors alone": {
    source: `export { ErrorCode, isVidopsError, VidopsError } from "@vidops/sdk";`,
    bound: 700,
  },
  "the handlers": { source: `export * from "@vidops/sdk/server";`, bound: 60_000 },
};

/** The Supabase client, and the part of it that the core stands on. */
const supabaseClient = ["@supabase/supabase-js", "@supabase/postgrest-js"];

/**
 * Bundles a module for the browser, minified, as apps do.
 *
 * @param source its text, TypeScript; imports are resolved as from the repository's root
 * @param from whether the packages of this repository are taken as they are built, or from their sources
 * @param level of gzip; servers use 6 by default
 * @param outside packages that are not counted: those that the app has anyway
 * @returns the bundle's bytes, gzipped
 */
export async function bundleSize(
  source: string,
  from: "dist" | "sources",
  level = 6,
  outside: readonly string[] = supabaseClient,
): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: [...outside],
    conditions: from === "sources" ? ["vidops-source"] : [],
    // A chunk that is imported for nothing is left out; that is no cause for a warning.
    logLevel: "error",
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level }).length;
}
