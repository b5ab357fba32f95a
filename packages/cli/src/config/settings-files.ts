import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import { localProfilePath, projectFileName, userFilePath } from "./config-paths.ts";

/** One profile of the user file: a project and who one is there. */
export interface Profile {
  readonly url?: string;
  readonly admin?: string;
  readonly timeout?: number;
  readonly publishable_key?: string;
  readonly secret_key?: string;
  /** Name of the environment variable that holds the secret key. */
  readonly secret_key_env?: string;
  readonly access_token?: string;
  /** Name of the environment variable that holds the access token. */
  readonly access_token_env?: string;
}

export interface UserFile {
  readonly path: string;
  /** The profile used when none is named. */
  readonly profile: string | null;
  readonly profiles: Readonly<Record<string, Profile>>;
  /** What is wrong with the file's permissions, if anything. */
  readonly permissionProblem: CommandError | null;
}

export interface ProjectFile {
  readonly path: string;
  readonly profile?: string;
  readonly url?: string;
  readonly admin?: string;
  readonly timeout?: number;
}

const profileKeys = [
  "url",
  "admin",
  "timeout",
  "publishable_key",
  "secret_key",
  "secret_key_env",
  "access_token",
  "access_token_env",
];
const projectKeys = ["profile", "url", "admin", "timeout"];
const looksSecret = /sb_secret_|eyJ[\w-]+\.[\w-]+\./;

/**
 * The user's file, or null when there is none.
 * @throws CommandError CLI_CONFIG when it cannot be read or holds something else than it should.
 */
export function readUserFile(context: Pick<CommandContext, "env" | "home" | "platform">): UserFile | null {
  const path = userFilePath(context);
  const content = readJsonObject(path);
  if (content === null) return null;
  refuseUnknownKeys(path, content, ["profile", "profiles"]);
  const profiles: Record<string, Profile> = {};
  const listed = content.profiles ?? {};
  if (!isObject(listed)) throw fileError(path, "profiles must be an object of profiles by name.");
  for (const [name, profile] of Object.entries(listed)) {
    if (!isObject(profile)) throw fileError(path, `profiles.${name} must be an object.`);
    profiles[name] = checkFields(path, profile, profileKeys, `profiles.${name}.`) as Profile;
  }
  const chosen = content.profile ?? null;
  if (chosen !== null && typeof chosen !== "string") throw fileError(path, "profile must be a text.");
  const holdsSecrets = Object.values(profiles).some((profile) => profile.secret_key ?? profile.access_token);
  return {
    path,
    profile: chosen,
    profiles,
    permissionProblem: holdsSecrets ? permissionProblem(path, context.platform) : null,
  };
}

/**
 * The project's file nearest up from the current folder, or null. It may say which project and who, but hold
 * no secret nor the name of a variable with one: it comes with a checkout, and a checkout may be anybody's.
 * @throws CommandError CLI_CONFIG for secrets and for what it should not hold.
 */
export function readProjectFile(context: Pick<CommandContext, "cwd">): ProjectFile | null {
  for (let folder = context.cwd; ; folder = dirname(folder)) {
    const path = join(folder, projectFileName);
    const content = readJsonObject(path);
    if (content !== null) {
      const secret = Object.entries(content).find(
        ([key, value]) => /secret|token|key|password/i.test(key) || looksSecret.test(String(value)),
      );
      if (secret) {
        throw fileError(
          path,
          `it holds a secret or names one (${secret[0]}), and a project file is shared.`,
          "Move it to the environment (SUPABASE_SECRET_KEY) or to a profile of the user file. If it was a key, replace the key.",
        );
      }
      return { path, ...checkFields(path, content, projectKeys, "") };
    }
    if (dirname(folder) === folder) return null;
  }
}

/** The profile that a running `vidops local start` has written, or null. */
export function readLocalProfile(
  context: Pick<CommandContext, "env" | "home">,
): { path: string; profile: Profile } | null {
  const path = localProfilePath(context);
  const content = readJsonObject(path);
  if (content === null) return null;
  const { pid, ...profile } = content;
  if (typeof pid === "number" && !isRunning(pid)) return null;
  return { path, profile: checkFields(path, profile, profileKeys, "") as Profile };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readJsonObject(path: string): Record<string, unknown> | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw fileError(path, `it cannot be read (${code}).`);
  }
  try {
    const content: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    if (isObject(content)) return content;
  } catch {
    throw fileError(path, "it is not JSON.");
  }
  throw fileError(path, "it must hold one JSON object.");
}

function checkFields(
  path: string,
  content: Record<string, unknown>,
  allowed: readonly string[],
  prefix: string,
): Record<string, never> {
  refuseUnknownKeys(path, content, allowed, prefix);
  for (const [key, value] of Object.entries(content)) {
    const wanted = key === "timeout" ? "number" : "string";
    if (typeof value !== wanted || value === "")
      throw fileError(
        path,
        `${prefix}${key} must be a ${wanted === "number" ? "number of seconds" : "text"}.`,
      );
  }
  return content as Record<string, never>;
}

function refuseUnknownKeys(
  path: string,
  content: Record<string, unknown>,
  allowed: readonly string[],
  prefix = "",
): void {
  const unknown = Object.keys(content).find((key) => !allowed.includes(key) && key !== "$schema");
  if (unknown !== undefined)
    throw fileError(
      path,
      `it holds ${prefix}${unknown}, which means nothing.`,
      `Known: ${allowed.join(", ")}.`,
    );
}

function permissionProblem(path: string, platform: string): CommandError | null {
  if (platform === "win32") return null;
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return null;
  return new CommandError(
    "CLI_CONFIG",
    `${path} holds secrets and others can read it (mode ${mode.toString(8)}).`,
    {
      hint: `Run: chmod 600 ${path}`,
      reason: "file_permissions",
    },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fileError(path: string, problem: string, hint: string | null = null): CommandError {
  return new CommandError("CLI_CONFIG", `${path}: ${problem}`, { hint, reason: "invalid_settings_file" });
}
