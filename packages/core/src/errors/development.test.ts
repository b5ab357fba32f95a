import { describe, expect, it } from "vitest";
import { inDevelopment } from "./development.ts";

const withMode = (mode: string | undefined): { process: { env: Record<string, string | undefined> } } => ({
  process: { env: { NODE_ENV: mode } },
});

describe("inDevelopment", () => {
  it("is true in development and tests, and nowhere else", () => {
    expect(inDevelopment(withMode("development"))).toBe(true);
    expect(inDevelopment(withMode("test"))).toBe(true);
    for (const mode of ["production", "staging", "", undefined])
      expect(inDevelopment(withMode(mode))).toBe(false);
  });

  it("is false where there is no environment, as in a browser or a Worker", () => {
    expect(inDevelopment({})).toBe(false);
  });

  it("does not look on Deno without the permission, which would stop and ask a person", () => {
    let looked = false;
    const runtime = (state: string): object => ({
      Deno: { permissions: { querySync: () => ({ state }) } },
      process: {
        env: {
          get NODE_ENV() {
            looked = true;
            return "test";
          },
        },
      },
    });
    expect(inDevelopment(runtime("prompt"))).toBe(false);
    expect(inDevelopment(runtime("denied"))).toBe(false);
    expect(looked).toBe(false);
    expect(inDevelopment(runtime("granted"))).toBe(true);
  });

  it("is false when the runtime refuses to tell", () => {
    const runtime = {
      get process(): never {
        throw new Error("NotCapable");
      },
    };
    expect(inDevelopment(runtime)).toBe(false);
  });
});
