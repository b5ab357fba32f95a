import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import type { GlobalFlags } from "../global-flags.ts";
import { brokenLogin, type LoginRecord, readLoginRecord } from "../login/login-record.ts";
import { describeKey } from "./project-key.ts";
import { normalizeProjectUrl } from "./project-url.ts";
import { readSettingsLayers, type SettingsLayer } from "./settings-layers.ts";
import type { Sourced } from "./sourced.ts";

/** All settings with their provenance. `problem` is what stops a command that needs the project. */
export interface Configuration {
  readonly profile: Sourced<string> | null;
  readonly url: Sourced<string> | null;
  /** Whether the user has named the URL, or signed in there; a project file alone may name anybody's. */
  readonly isOwnProject: boolean;
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
 * that layer's URL only, or to one that the user has named; a project file may choose among these. A login is for its URL, wherever that comes from; a key of another project is nothing to it.
 *
 * @throws CommandError CLI_CONFIG for settings that cannot be read at all.
 */
export function resolveConfiguration(
  context: Pick<CommandContext, "env" | "home" | "cwd" | "platform">,
  flags: Pick<GlobalFlags, "profile" | "url">,
): Configuration {
  const { layers, profile, permissionProblem, ...read } = readSettingsLayers(context, flags);
  const warnings = [...read.warnings];
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
  const { normalized, problem: urlProblem } = normalize(url);
  const login = normalized && readLoginRecord(context, normalized.value);
  const broken = normalized && brokenLogin(context, normalized.value, login);
  if (broken !== null) warnings.push(`${broken} \`vidops logout\` removes it.`);
  const isOwnProject =
    normalized === null ||
    login !== null ||
    layers.some(
      (layer) => !layer.isShared && normalize(layer.url ?? null).normalized?.value === normalized.value,
    );
  const found = { ...configuration, url: normalized ?? withoutSecrets(url), login, isOwnProject };
  const problem = urlProblem ?? permissionProblem ?? keyProblem(found, identity);
  const isOther = problem?.reason === "key_of_another_project";
  if (login === null || !isOther || found.accessToken !== null) return { ...found, problem };
  const publishableKey = identity?.publishableKey ? null : found.publishableKey;
  return { ...found, secretKey: null, publishableKey, problem: null };
}

function normalize(url: Sourced<string> | null): {
  readonly normalized: Sourced<string> | null;
  readonly problem: CommandError | null;
} {
  try {
    const normalized = url && { ...url, value: normalizeProjectUrl(url.value, url.source) };
    return { normalized, problem: null };
  } catch (error) {
    if (error instanceof CommandError) return { normalized: null, problem: error };
    throw error;
  }
}

/** What somebody put into a URL that is refused for it, e.g. a password, is not to be shown. */
function withoutSecrets(url: Sourced<string> | null): Sourced<string> | null {
  return url && { ...url, value: url.value.replace(/\/\/.*@/s, "//").replace(/[?#].*$/s, "") };
}

function keyProblem(
  { url, secretKey, accessToken, isOwnProject }: Omit<Configuration, "problem">,
  identity: SettingsLayer | undefined,
): CommandError | null {
  const keys = [secretKey, accessToken].filter((key) => key !== null);
  const [first] = keys;
  if (url === null || identity === undefined || first === undefined) return null;
  const own = identity.url && normalize(identity.url);
  if (own?.problem) return own.problem;
  if (own?.normalized && own.normalized.value !== url.value) {
    return keyOfAnother(
      `The key of ${first.source} belongs to ${own.normalized.value}, but ${url.source} says ${url.value}.`,
      "A key is sent to its own project only. Give the key and the URL together: choose the profile of that project, or set SUPABASE_URL and SUPABASE_SECRET_KEY.",
    );
  }
  if (own === undefined && identity.profileName !== null) {
    return keyOfAnother(
      `Profile ${identity.profileName} has a key but no URL; ${url.source} does not go with it.`,
      "Add the project's url to the profile, beside its key.",
    );
  }
  if (!isOwnProject) {
    return keyOfAnother(
      `${first.source} is not sent to ${url.value}: only ${url.source} says so, which may be anybody's.`,
      `If that is your project, say so: SUPABASE_URL=${url.value}`,
    );
  }
  const host = /^https:\/\/([a-z0-9]+)\.supabase\.(?:co|in)$/.exec(url.value)?.[1];
  for (const { value, source } of keys) {
    const ref = describeKey(value).projectRef;
    if (ref !== null && host !== undefined && ref !== host) {
      return keyOfAnother(
        `The key of ${source} was made for project ${ref}, but the URL is ${url.value}.`,
        "Use the key and the URL of one project.",
      );
    }
  }
  return null;
}

function keyOfAnother(message: string, hint: string): CommandError {
  return new CommandError("CLI_CONFIG", message, { hint, reason: "key_of_another_project" });
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
