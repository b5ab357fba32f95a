import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);

/** The Bun that npm brought for this platform, found without the install script of the `bun` package. */
export function bunProgram(): string {
  const { platform, arch, report } = process;
  const system = platform === "win32" ? "windows" : platform;
  const processor = arch === "arm64" ? "aarch64" : arch;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = platform === "linux" && header.glibcVersionRuntime === undefined ? "-musl" : "";
  return require.resolve(
    `@oven/bun-${system}-${processor}${libc}/bin/bun${platform === "win32" ? ".exe" : ""}`,
  );
}

/** The workerd that npm brought for this platform, found without the install script of the `workerd` package. */
export function workerdProgram(): string {
  return (require("workerd") as { default: string }).default;
}

/**
 * A Chromium or Chrome of this machine: what VIDOPS_CHROMIUM names, what is in the PATH, what Playwright installed.
 *
 * @returns its path, or null when there is none
 */
export function chromiumProgram(): string | null {
  const { VIDOPS_CHROMIUM: named, PATH = "" } = process.env;
  if (named !== undefined && named !== "") return named;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe"];
  const candidates = [
    ...PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    chromium.executablePath(),
  ];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
