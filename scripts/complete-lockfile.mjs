/**
 * Gives every optional platform package that package-lock.json names an entry of its own.
 *
 * Why: npm writes no entry for a platform package it did not see while it resolved (an incomplete mirror, or a
 * lockfile made beside an existing node_modules), and `npm ci` then refuses the whole file ("Missing: … from lock
 * file"). An entry needs the version, which the parent pins, and the platform, which the name tells. It has no
 * integrity hash; `npm install` on a complete registry adds that.
 *
 * `node scripts/complete-lockfile.mjs` mends; `--check` writes nothing and exits 1 when something is missing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = ["arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const exactVersion = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

/**
 * Reads the platform out of a package's name.
 *
 * @param {string} name for example "@rollup/rollup-linux-arm-musleabihf"
 * @returns {{ os?: string[], cpu?: string[], libc?: string[] } | null} null when the name tells no platform
 */
export function platformOfName(name) {
  const words = name
    .replace(/^@[^/]+\//, "")
    .replace("windows", "win32")
    .replace("aarch64", "arm64")
    .replace(/-64$/, "-x64")
    .replace(/linux-(\w+)-android/, "$1-android")
    .split(/[-_.]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (cpu.length === 0 && words.includes("arm")) cpu.push("arm");
  if (cpu.length === 0 && words.includes("universal")) cpu.push("arm64", "x64");
  if (os.length === 0 && cpu[0] !== "wasm32") return null;
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu"))
      ? ["glibc"]
      : [];
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 && os[0] === "linux" ? { libc } : {}),
    ...(os.length > 0 ? { os } : {}),
  };
}

/**
 * Finds the entries that are missing.
 *
 * @param {{ packages: Record<string, any> }} lock a parsed package-lock.json, version 2 or 3
 * @returns {Record<string, object>} new entries by their key in `packages`
 */
export function missingEntries(lock) {
  /** @type {Record<string, object>} */
  const missing = {};
  for (const [location, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(lock.packages, location, name)) continue;
      const platform = platformOfName(name);
      if (platform === null || !exactVersion.test(range)) continue;
      missing[`node_modules/${name}`] = {
        version: range,
        ...(platform.cpu ? { cpu: platform.cpu } : {}),
        ...(entry.dev === true ? { dev: true } : {}),
        ...(platform.libc ? { libc: platform.libc } : {}),
        optional: true,
        ...(platform.os ? { os: platform.os } : {}),
      };
    }
  }
  return missing;
}

/**
 * Node's own search: the package's node_modules, then each folder above it.
 *
 * @param {Record<string, unknown>} packages
 * @param {string} location
 * @param {string} name
 */
function resolves(packages, location, name) {
  for (let at = location; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    if (packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === "") return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock);
  const names = Object.keys(missing);
  if (names.length === 0) {
    console.log("package-lock.json names every platform package.");
  } else if (process.argv.includes("--check")) {
    console.error(
      `package-lock.json has no entry for ${names.length} platform packages, so \`npm ci\` refuses it:\n` +
        `  ${names.join("\n  ")}\nTo mend: node scripts/complete-lockfile.mjs`,
    );
    process.exitCode = 1;
  } else {
    const root = lock.packages[""];
    const packages = { ...lock.packages, ...missing };
    delete packages[""];
    lock.packages = {
      "": root,
      ...Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"))),
    };
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`package-lock.json: ${names.length} platform packages added.`);
  }
}
