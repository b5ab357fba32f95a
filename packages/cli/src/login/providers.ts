import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import { proxyFetch } from "../proxy-fetch.ts";
import type { AuthProject } from "./auth-client.ts";

/** What stands in the same list and is no page to sign in on. */
const noProviders: ReadonlySet<string> = new Set(["email", "phone", "anonymous_users"]);

/**
 * Checks that a project offers a provider, before a browser is opened on a page that says it does not.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) naming those it offers. Settings that cannot be read are no reason to stop.
 */
export async function requireProvider(
  provider: string,
  { url, publishableKey, timeoutSeconds }: AuthProject,
  { env }: Pick<CommandContext, "env">,
): Promise<void> {
  const send = (await proxyFetch(url, env)) ?? fetch;
  const settings = await send(`${url}/auth/v1/settings`, {
    headers: { apikey: publishableKey },
    redirect: "manual",
    signal: AbortSignal.timeout(Math.round(timeoutSeconds * 1000)),
  })
    .then((response) =>
      response.ok ? (response.json() as Promise<{ external?: Record<string, unknown> }>) : null,
    )
    .catch(() => null);
  const external = settings?.external;
  if (typeof external !== "object" || external === null || external[provider] === true) return;
  const offered = Object.keys(external).filter((name) => external[name] === true && !noProviders.has(name));
  throw new CommandError("CLI_NOT_ALLOWED", `The project does not offer to sign in with "${provider}".`, {
    hint:
      offered.length === 0
        ? "It offers no provider at all; sign in with a password, or with --code."
        : `It offers: ${offered.join(", ")}.`,
    reason: "provider_not_offered",
  });
}
