import { isValidationError } from "@vidops/core/errors";
import type { VideoProviders } from "@vidops/core/jobs";
import type { ProviderName, VideoProvider } from "@vidops/core/providers";
import type { CommandContext } from "./command-context.ts";
import { CommandError } from "./command-error.ts";
import { proxyFetch } from "./proxy-fetch.ts";

/**
 * The variable that holds a provider's key: the ones that their own SDKs read. Pika is reached through fal.
 * @see https://fal.ai/docs/documentation/model-apis/authentication
 * @see https://docs.dev.runwayml.com/guides/setup/
 */
const keyVariables: Readonly<Record<ProviderName, string>> = {
  fal: "FAL_KEY",
  runway: "RUNWAYML_API_SECRET",
  pika: "FAL_KEY",
};
const developmentVariable = "VIDOPS_DEVELOPMENT_PROVIDER_URL";

/** The providers that this run can ask. */
export interface OpenProviders {
  readonly providers: VideoProviders;
  /** Reaches the addresses of their videos. */
  readonly fetch: typeof fetch;
  /** True when they are the one of `vidops local`, whose videos are on this machine. */
  readonly development: boolean;
}

/** The variable whose key lets a provider be asked. */
export function providerKeyVariable(provider: ProviderName): string {
  return keyVariables[provider];
}

/**
 * Opens the providers whose keys the environment has; nothing is sent. With the development provider's URL, fal and pika are it.
 *
 * @param env the environment
 * @returns those that can be asked; none is no error
 * @throws CommandError CLI_CONFIG (exit 2) for a key or a URL that is none
 * @example const { providers } = await openProviders(session.context.env);
 */
export async function openProviders(env: CommandContext["env"]): Promise<OpenProviders> {
  const { createFal, createPika, createRunway, developmentFetch } = await import("@vidops/core/providers");
  const development = env[developmentVariable] || null;
  const throughProxy: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return ((await proxyFetch(url, env)) ?? fetch)(input, init);
  };
  const send =
    development === null
      ? throughProxy
      : named(developmentVariable, () => developmentFetch(development, throughProxy));
  const opened = (
    name: ProviderName,
    open: (options: { apiKey: string; http: { fetch: typeof fetch } }) => VideoProvider,
  ): VideoProviders => {
    const variable = keyVariables[name];
    // The development provider takes any key; a real one must not be sent there.
    const apiKey = development !== null && name !== "runway" ? "development" : env[variable];
    if (!apiKey) return {};
    return { [name]: named(variable, () => open({ apiKey, http: { fetch: send } })) };
  };
  return {
    providers: {
      ...opened("fal", createFal),
      ...opened("pika", createPika),
      ...opened("runway", createRunway),
    },
    fetch: send,
    development: development !== null,
  };
}

/** Says which variable it was, and never what it held. */
function named<T>(variable: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isValidationError(error)) throw error;
    throw new CommandError("CLI_CONFIG", `${variable} holds nothing that can be used.`, {
      hint: error.hint,
      reason: "invalid_provider_setting",
      cause: error,
    });
  }
}

/** What brings the providers that jobs need and that cannot be asked: "Set FAL_KEY." Null when all can. */
export function missingKeys(
  needed: Iterable<ProviderName>,
  providers: VideoProviders,
): { readonly names: readonly ProviderName[]; readonly variables: readonly string[] } | null {
  const names = [...new Set(needed)].filter((name) => providers[name] === undefined).sort();
  if (names.length === 0) return null;
  return { names, variables: [...new Set(names.map(providerKeyVariable))] };
}
