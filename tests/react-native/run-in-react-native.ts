import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";

/** What React Native 0.76 has of the web, older than any that is supported: no more than this is there. */
const globals = {
  ...{ Headers, Request, Response, URL, FormData, AbortController, atob, btoa },
  // Nothing but what XMLHttpRequest can do: neither `any` nor `timeout`.
  AbortSignal: class {},
};

/**
 * Bundles a module from what is built, and runs it in a context that has the language and React Native's globals alone.
 *
 * @param source the module's text, TypeScript; what it gives to `done` is the result
 * @param more further globals, e.g. a `fetch`
 * @returns the result
 */
export async function runInReactNative(source: string, more: Record<string, unknown>): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: "ts" },
    ...{
      bundle: true,
      write: false,
      format: "iife",
      platform: "browser",
      target: "es2022",
      logLevel: "error",
    },
  });
  return new Promise((resolve, reject) => {
    // Of React Native's URL, which has no static methods.
    class NativeUrl extends URL {}
    Object.defineProperty(NativeUrl, "parse", { value: undefined });
    const context = createContext({
      ...globals,
      ...{ URL: NativeUrl, setTimeout, clearTimeout, console },
      ...{ navigator: { product: "ReactNative" } },
      ...{ done: resolve, failed: reject },
      ...more,
    });
    context.globalThis = context;
    runInContext(outputFiles[0]?.text ?? "", context);
  });
}
