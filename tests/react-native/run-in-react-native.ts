import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";

/** The signal of the npm package abort-controller, which React Native had up to 0.8x: no `reason`, `throwIfAborted`, `any`, `timeout`. */
class PolyfilledSignal {
  aborted = false;
  readonly listeners = new Set<(event: unknown) => void>();
  addEventListener(_type: "abort", listener: (event: unknown) => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: "abort", listener: (event: unknown) => void): void {
    this.listeners.delete(listener);
  }
}

class PolyfilledController {
  readonly signal = new PolyfilledSignal();
  abort(): void {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    for (const listener of [...this.signal.listeners]) listener({ type: "abort" });
  }
}

/** What older versions of React Native have of the web: no more than this is there. */
const globals = {
  ...{ Headers, Request, Response, URL, FormData, atob, btoa },
  ...{ AbortController: PolyfilledController, AbortSignal: PolyfilledSignal },
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
