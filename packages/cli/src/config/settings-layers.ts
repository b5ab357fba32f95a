import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import type { GlobalFlags } from "../global-flags.ts";
import { type Profile, readLocalProfile, readProjectFile, readUserFile } from "./settings-files.ts";
import type { Sourced } from "./sourced.ts";

/** What one source says. The list of layers is ordered, strongest first. */
export interface SettingsLayer {
  /** Set for a profile: its key belongs to its URL. */
  readonly profileName: string | null;
  /** Comes with a checkout, which may be anybody's. */
  readonly isShared?: true;
  readonly url?: Sourced<string>;
  readonly secretKey?: Sourced<string>;
  readonly publishableKey?: Sourced<string>;
  readonly accessToken?: Sourced<string>;
  readonly admin?: Sourced<string>;
  readonly timeout?: Sourced<string | number>;
}

export interface SettingsLayers {
  readonly layers: readonly SettingsLayer[];
  readonly profile: Sourced<string> | null;
  readonly warnings: readonly string[];
  /** The chosen profile's file can be read by others. */
  readonly permissionProblem: CommandError | null;
}

const localProfileName = "local";

/**
 * Reads every source and orders them: flags, a profile chosen by flag, environment, a profile chosen there,
 * project file, a profile chosen there, the user's default profile.
 */
export function readSettingsLayers(
  context: Pick<CommandContext, "env" | "home" | "cwd" | "platform">,
  flags: Pick<GlobalFlags, "profile" | "url">,
): SettingsLayers {
  const { env } = context;
  const userFile = readUserFile(context);
  const projectFile = readProjectFile(context);
  const choices: (Sourced<string> & { rank: "flag" | "environment" | "project" | "user" })[] = [];
  if (flags.profile !== null) choices.push({ value: flags.profile, source: "--profile", rank: "flag" });
  if (env.VIDOPS_PROFILE)
    choices.push({ value: env.VIDOPS_PROFILE, source: "VIDOPS_PROFILE", rank: "environment" });
  if (projectFile?.profile)
    choices.push({ value: projectFile.profile, source: projectFile.path, rank: "project" });
  if (userFile?.profile) choices.push({ value: userFile.profile, source: userFile.path, rank: "user" });
  const chosen = choices[0];

  const warnings: string[] = [];
  const found = chosen ? findProfile(context, chosen, userFile) : null;
  if (userFile?.permissionProblem && found?.path !== userFile.path)
    warnings.push(userFile.permissionProblem.message);
  const profileLayer = chosen && found ? layerOfProfile(chosen.value, found, env) : null;
  const at = (rank: string): SettingsLayer[] => (profileLayer && chosen?.rank === rank ? [profileLayer] : []);
  return {
    layers: [
      ...(flags.url === null ? [] : [{ profileName: null, url: { value: flags.url, source: "--url" } }]),
      ...at("flag"),
      environmentLayer(env, warnings),
      ...at("environment"),
      ...(projectFile ? [layerOfProjectFile(projectFile)] : []),
      ...at("project"),
      ...at("user"),
    ],
    profile: chosen ? { value: chosen.value, source: chosen.source } : null,
    warnings,
    permissionProblem: found && found.path === userFile?.path ? userFile.permissionProblem : null,
  };
}

function findProfile(
  context: Pick<CommandContext, "env" | "home">,
  chosen: Sourced<string> & { rank: string },
  userFile: ReturnType<typeof readUserFile>,
): { path: string; profile: Profile } {
  if (chosen.value === localProfileName) {
    if (chosen.rank !== "flag" && chosen.rank !== "environment") {
      throw new CommandError(
        "CLI_CONFIG",
        `${chosen.source} chooses the profile "local", which is used only when asked for.`,
        {
          hint: "Say --profile local on the command line.",
          reason: "local_profile_not_chosen",
        },
      );
    }
    const local = readLocalProfile(context);
    if (local) return local;
  }
  const profile =
    userFile && Object.hasOwn(userFile.profiles, chosen.value) ? userFile.profiles[chosen.value] : undefined;
  if (userFile && profile) return { path: userFile.path, profile };
  const names = Object.keys(userFile?.profiles ?? {});
  throw new CommandError(
    "CLI_CONFIG",
    `There is no profile "${chosen.value}" (chosen by ${chosen.source}).`,
    {
      hint:
        chosen.value === localProfileName
          ? "Start the local stack: vidops local start"
          : names.length > 0
            ? `Known profiles: ${names.join(", ")}.`
            : "There are no profiles yet; see the README for the user file.",
      reason: "unknown_profile",
    },
  );
}

function layerOfProfile(
  name: string,
  { path, profile }: { path: string; profile: Profile },
  env: CommandContext["env"],
): SettingsLayer {
  const source = (field: string): string => `profile ${name} (${field} in ${path})`;
  const own = (
    field: "url" | "admin" | "publishable_key" | "secret_key" | "access_token",
  ): Sourced<string> | undefined => {
    const value = profile[field];
    return value === undefined ? undefined : { value, source: source(field) };
  };
  const fromVariable = (field: "secret_key_env" | "access_token_env"): Sourced<string> | undefined => {
    const variable = profile[field];
    const value = variable === undefined ? undefined : env[variable]?.trim();
    return value ? { value, source: `profile ${name} (${field}: ${variable})` } : undefined;
  };
  return {
    profileName: name,
    ...optional("url", own("url")),
    ...optional("admin", own("admin")),
    ...optional("publishableKey", own("publishable_key")),
    ...optional("secretKey", own("secret_key") ?? fromVariable("secret_key_env")),
    ...optional("accessToken", own("access_token") ?? fromVariable("access_token_env")),
    ...(profile.timeout === undefined
      ? {}
      : { timeout: { value: profile.timeout, source: source("timeout") } }),
  };
}

function layerOfProjectFile(file: NonNullable<ReturnType<typeof readProjectFile>>): SettingsLayer {
  return {
    profileName: null,
    isShared: true,
    ...(file.url === undefined ? {} : { url: { value: file.url, source: `url in ${file.path}` } }),
    ...(file.admin === undefined ? {} : { admin: { value: file.admin, source: `admin in ${file.path}` } }),
    ...(file.timeout === undefined
      ? {}
      : { timeout: { value: file.timeout, source: `timeout in ${file.path}` } }),
  };
}

function environmentLayer(env: CommandContext["env"], warnings: string[]): SettingsLayer {
  const read = (...names: string[]): Sourced<string> | undefined => {
    const name = names.find((candidate) => env[candidate]?.trim());
    return name === undefined ? undefined : { value: env[name]?.trim() ?? "", source: name };
  };
  const [secret, legacy] = [read("SUPABASE_SECRET_KEY"), read("SUPABASE_SERVICE_ROLE_KEY")];
  if (secret && legacy && secret.value !== legacy.value) {
    warnings.push("SUPABASE_SECRET_KEY and SUPABASE_SERVICE_ROLE_KEY differ; SUPABASE_SECRET_KEY is used.");
  }
  return {
    profileName: null,
    ...optional("url", read("SUPABASE_URL")),
    ...optional("secretKey", secret ?? legacy),
    ...optional("publishableKey", read("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY")),
    ...optional("accessToken", read("VIDOPS_ACCESS_TOKEN")),
    ...optional("admin", read("VIDOPS_ADMIN")),
    ...optional("timeout", read("VIDOPS_TIMEOUT")),
  };
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
