import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import type { GlobalFlags } from "../global-flags.ts";
import { type LoginRecord, readLoginRecord } from "../login/login-record.ts";
import { describeKey } from "./project-key.ts";
import { normalizeProjectUrl } from "./project-url.ts";
import { readSettingsLayers, type SettingsLayer } from "./settings-layers.ts";
import type { Sourced } from "./sourced.ts";

/** All settings with their provenance. `problem` is what stops a command that needs the project. */
export interface Configuration {
  readonly profile: Sourced<string> | null;
  readonly url: Sourced<string> | null;
  readonly secretKey: Sourced<string> | null;
  readonly publishableKey: Sourced<string> | null;
  readonly accessToken: Sourced<string> | null;
  /** Who signed in at the URL with `vidops login`; what is set as access token comes before it. */
  readonly login: LoginRecord | null;
  /** The acting admin, an id or an email. */
  readonly admin: Sourced<string> | null;
  readonly timeoutSeconds: Sourced<number>;
  readonly warnings: readonly string[];
  readonly problem: CommandError | null;
}

const defaultTimeoutSeconds = 15;
const maximumTimeoutSeconds = 3600;

/**
 * Resolves the settings: flags, then environment, project file, user file, default. A profile counts where it
 * was chosen: `--profile` beats the environment, so that `--profile local` never reaches production.
 *
 * Who one is comes from one layer alone, the strongest that has a key or a token; and that layer's key goes to
 * that layer's URL only. A login is for its URL, wherever that comes from; a key of another project is nothing to it.
 *
 * @throws CommandError CLI_CONFIG for settings that cannot be read at all.
 */
export function resolveConfiguration(
  context: Pick<CommandContext, "env" | "home" | "cwd" | "platform">,
  flags: Pick<GlobalFlags, "profile" | "url">,
): Configuration {
  const { layers, profile, warnings, permissionProblem } = readSettingsLayers(context, flags);
  const first = <K extends "url" | "admin" | "timeout" | "publishableKey">(name: K) =>
    layers.map((layer) => layer[name]).find((value) => value !== undefined) ?? null;
  const url = first("url");
  const identity = layers.find((layer) => layer.secretKey ?? layer.accessToken);
  const configuration = {
    profile,
    url,
    secretKey: identity?.secretKey ?? null,
    accessToken: identity?.accessToken ?? null,
    publishableKey: identity?.publishableKey ?? first("publishableKey"),
    admin: first("admin"),
    timeoutSeconds: checkTimeout(first("timeout") ?? { value: defaultTimeoutSeconds, source: "default" }),
    warnings,
  };
  const result = checked(configuration, identity, permissionProblem);
  const login = result.url === null ? null : readLoginRecord(context, result.url.value);
  const isOther = result.problem?.reason === "key_of_another_project";
  if (login === null || !isOther || result.accessToken !== null) return { ...result, login };
  const publishableKey = identity?.publishableKey ? null : result.publishableKey;
  return { ...result, login, secretKey: null, publishableKey, problem: null };
}

type Unchecked = Omit<Configuration, "problem" | "login">;

function checked(
  configuration: Unchecked,
  identity: SettingsLayer | undefined,
  permissionProblem: CommandError | null,
): Omit<Configuration, "login"> {
  try {
    const url = configuration.url && {
      ...configuration.url,
      value: normalizeProjectUrl(configuration.url.value, configuration.url.source),
    };
    const problem = permissionProblem ?? keyProblem({ ...configuration, url }, identity);
    return { ...configuration, url, problem };
  } catch (error) {
    if (error instanceof CommandError) return { ...configuration, problem: error };
    throw error;
  }
}

function keyProblem(
  { url, secretKey, accessToken }: Unchecked,
  identity: SettingsLayer | undefined,
): CommandError | null {
  if (url === null || identity === undefined) return null;
  const key = secretKey ?? accessToken;
  if (key === null) return null;
  const own = identity.url && normalizeProjectUrl(identity.url.value, identity.url.source);
  if (own !== undefined && own !== url.value) {
    return new CommandError(
      "CLI_CONFIG",
      `The key of ${key.source} belongs to ${own}, but ${url.source} says ${url.value}.`,
      {
        hint: "A key is sent to its own project only. Give the key and the URL together: choose the profile of that project, or set SUPABASE_URL and SUPABASE_SECRET_KEY.",
        reason: "key_of_another_project",
      },
    );
  }
  if (own === undefined && identity.profileName !== null) {
    return new CommandError(
      "CLI_CONFIG",
      `Profile ${identity.profileName} has a key but no URL; ${url.source} does not go with it.`,
      {
        hint: `Add the project's url to the profile, beside its key.`,
        reason: "key_of_another_project",
      },
    );
  }
  const ref = describeKey(key.value).projectRef;
  const host = /^https:\/\/([a-z0-9]+)\.supabase\.(?:co|in)$/.exec(url.value)?.[1];
  if (ref !== null && host !== undefined && ref !== host) {
    return new CommandError(
      "CLI_CONFIG",
      `The key of ${key.source} was made for project ${ref}, but the URL is ${url.value}.`,
      {
        hint: "Use the key and the URL of one project.",
        reason: "key_of_another_project",
      },
    );
  }
  return null;
}

function checkTimeout(timeout: Sourced<string | number>): Sourced<number> {
  const value =
    typeof timeout.value === "string" && !/^\d+(\.\d+)?$/.test(timeout.value.trim())
      ? Number.NaN
      : Number(timeout.value);
  if (value > 0 && value <= maximumTimeoutSeconds) return { value, source: timeout.source };
  throw new CommandError(
    "CLI_CONFIG",
    `${timeout.source} must be a number of seconds, more than 0 and at most ${maximumTimeoutSeconds}.`,
    {
      hint: "For example: VIDOPS_TIMEOUT=30",
      reason: "invalid_timeout",
    },
  );
}
