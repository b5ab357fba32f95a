import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach } from "vitest";
import { type Configuration, resolveConfiguration } from "../config/configuration.ts";
import { temporaryFolder } from "./run-vidops.ts";

/** A home and a project folder of each test's own, and the settings that come of what is written there. */
export interface SettingsFixture {
  readonly home: string;
  /** Deep down in the project. */
  readonly cwd: string;
  resolve(env?: Record<string, string>, flags?: { url?: string; profile?: string }): Configuration;
  /** Writes the user file. @returns its path. */
  userFile(content: object, mode?: number): string;
  /** Writes the project file. @returns its path. */
  projectFile(content: object): string;
}

/** Makes the fixture of a test file. */
export function settingsFixture(): SettingsFixture {
  const temporary = temporaryFolder();
  afterAll(() => temporary[Symbol.dispose]());
  let [home, cwd, count] = ["", "", 0];
  beforeEach(() => {
    count += 1;
    home = join(temporary.path, `home${count}`);
    cwd = join(temporary.path, `project${count}`, "deep", "down");
    mkdirSync(join(home, ".config", "vidops"), { recursive: true });
    mkdirSync(cwd, { recursive: true });
  });
  return {
    get home() {
      return home;
    },
    get cwd() {
      return cwd;
    },
    resolve: (env = {}, flags = {}) =>
      resolveConfiguration(
        { env, home, cwd, platform: "linux" },
        { url: flags.url ?? null, profile: flags.profile ?? null },
      ),
    userFile: (content, mode = 0o600) => {
      const path = join(home, ".config", "vidops", "config.json");
      writeFileSync(path, JSON.stringify(content));
      chmodSync(path, mode);
      return path;
    },
    projectFile: (content) => {
      const path = join(cwd, "..", "..", "vidops.config.json");
      writeFileSync(path, JSON.stringify(content));
      return path;
    },
  };
}

/** A secret key by a name. */
export function secretKeyNamed(name: string): string {
  return `sb_secret_${name.padEnd(24, "0")}`;
}
