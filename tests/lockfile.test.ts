import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { missingEntries, platformOfName } from "../scripts/complete-lockfile.mjs";

interface Entry {
  os?: string[];
  cpu?: string[];
  libc?: string[];
  integrity?: string;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8")) as {
  packages: Record<string, Entry>;
};

describe("package-lock.json", () => {
  it("names every platform package, so that npm ci takes it", () => {
    expect(Object.keys(missingEntries(lock))).toEqual([]);
  });

  it("reads platforms out of names as the packages themselves declare them", () => {
    const declared = Object.entries(lock.packages).filter(
      ([, entry]) => entry.integrity && entry.os && entry.cpu,
    );
    expect(declared.length).toBeGreaterThan(10);
    for (const [location, { os, cpu }] of declared) {
      const name = location.slice(location.lastIndexOf("node_modules/") + "node_modules/".length);
      const told = platformOfName(name);
      if (told !== null) expect({ name, os: told.os, cpu: told.cpu }).toEqual({ name, os, cpu });
    }
  });
});

describe("the check itself", () => {
  it("finds a platform package without an entry, and none that a parent's folder holds", () => {
    const packages = {
      "node_modules/fast": {
        optionalDependencies: { "fast-linux-arm64-musl": "1.2.3", "fast-win32-x64": "1.2.3" },
        dev: true,
      },
      "node_modules/fast/node_modules/fast-win32-x64": {},
      "node_modules/slow": { optionalDependencies: { colours: "^1.0.0" } },
    };
    expect(missingEntries({ packages })).toEqual({
      "node_modules/fast-linux-arm64-musl": {
        version: "1.2.3",
        cpu: ["arm64"],
        dev: true,
        libc: ["musl"],
        optional: true,
        os: ["linux"],
      },
    });
  });
});
