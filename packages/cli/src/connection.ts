import type { Database } from "@vidops/core/database";
import { CommandError } from "./command-error.ts";
import { type CommandSession, missingSetting } from "./command-session.ts";
import { nextCommand } from "./commands/next-command.ts";
import { describeKey, requireKeyCharacters, requirePublishableKey } from "./config/project-key.ts";
import type { Sourced } from "./config/sourced.ts";
import type { OpenLogin } from "./login/current-login.ts";
import { type LoginRecord, loginName } from "./login/login-record.ts";
import { signInAgain } from "./login/sign-in-again.ts";
import { proxyFetch } from "./proxy-fetch.ts";

/** Whom a command speaks as: `person` prefers a signed-in admin's token or login, `service` the secret key. */
export type Speaker = "person" | "service";

/** The token of a signed-in admin. */
export interface PersonToken {
  /** Null for a login, whose token is read, and refreshed, when the database is opened. */
  readonly value: string | null;
  readonly source: string;
}

/** What is known before anything is sent. */
export interface ConnectionPlan {
  readonly url: Sourced<string>;
  readonly key: Sourced<string>;
  /** Null when a secret key speaks. */
  readonly accessToken: PersonToken | null;
  readonly login: LoginRecord | null;
  readonly timeoutSeconds: number;
  /** How the project is named to a person, e.g. "https://abc.supabase.co (profile prod)". */
  readonly project: string;
}

/**
 * Checks the settings for talking to the project, without sending anything.
 * @throws CommandError CLI_CONFIG (exit 2) for missing or contradicting settings, CLI_NOT_ALLOWED (exit 4) for a
 *   key that cannot do admin work.
 */
export function planConnection(session: CommandSession, speaker: Speaker): ConnectionPlan {
  const configuration = session.configuration();
  const { problem, url, secretKey, accessToken, publishableKey, profile, timeoutSeconds } = configuration;
  if (problem) throw problem;
  if (!url) throw missingSetting("No project URL is set.");
  const byKey = speaker === "service" && secretKey !== null;
  const login = byKey || accessToken ? null : configuration.login;
  const token = byKey ? null : login ? { value: null, source: loginName(login) } : accessToken;
  const ownKey = login && { value: login.publishableKey, source: loginName(login) };
  const key = token ? (publishableKey ?? ownKey ?? secretKey) : secretKey;
  if (!key && token) {
    throw new CommandError(
      "CLI_NOT_ALLOWED",
      `${token.source} says who you are, but the gateway of ${url.value} also wants an API key.`,
      {
        hint: "Set SUPABASE_PUBLISHABLE_KEY (Project Settings, API Keys); it is no secret.",
        reason: "no_key",
      },
    );
  }
  if (!key) {
    throw new CommandError("CLI_NOT_ALLOWED", `No key is set for ${url.value}.`, {
      hint: `Sign in with \`${nextCommand(["login"], session.flags)}\`, or set SUPABASE_SECRET_KEY (Project Settings, API Keys).`,
      reason: "no_key",
    });
  }
  for (const { value, source } of [key, ...(token ? [token] : [])])
    if (value !== null) requireKeyCharacters({ value, source });
  if (token && publishableKey) requirePublishableKey(publishableKey);
  if (!token) refusePublicKey(key);
  return {
    url,
    key,
    accessToken: token,
    login,
    timeoutSeconds: timeoutSeconds.value,
    project:
      profile && url.source.startsWith("profile ") ? `${url.value} (profile ${profile.value})` : url.value,
  };
}

/**
 * Opens the database of a plan; nothing is sent yet.
 * @param observe is shown each response, e.g. for its Date header; it must not read the body.
 * @example const db = await openDatabase(session, planConnection(session, "service"));
 */
export async function openDatabase(
  session: CommandSession,
  plan: ConnectionPlan,
  observe?: (response: Response) => void,
): Promise<Database> {
  const [{ createDatabase }, fetchThroughProxy, login] = await Promise.all([
    import("@vidops/core/database"),
    proxyFetch(plan.url.value, session.context.env),
    openLogin(session, plan),
  ]);
  const speaker = plan.accessToken?.source ?? `key of ${plan.key.source}`;
  session.output.detail(`project ${plan.project}, ${speaker}, run ${session.runId}`);
  let send = fetchThroughProxy;
  if (login) send = login.renewing(send ?? fetch);
  if (observe) send = observed(send ?? fetch, observe);
  return createDatabase({
    url: plan.url.value,
    key: plan.key.value,
    timeoutMs: Math.max(1, Math.round(plan.timeoutSeconds * 1000)),
    runId: session.runId,
    accessToken: login?.accessToken ?? plan.accessToken?.value ?? null,
    credential: plan.login && { name: `your ${loginName(plan.login)}`, renewal: signInAgain(session.flags) },
    ...(send ? { fetch: send } : {}),
  });
}

async function openLogin(session: CommandSession, plan: ConnectionPlan): Promise<OpenLogin | null> {
  const { login, key, timeoutSeconds } = plan;
  if (login === null) return null;
  const { openLogin: open } = await import("./login/current-login.ts");
  return open(session, login, { publishableKey: key.value, timeoutSeconds });
}

function observed(send: typeof fetch, observe: (response: Response) => void): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    observe(response);
    return response;
  };
}

function refusePublicKey(key: Sourced<string>): void {
  const { kind } = describeKey(key.value);
  if (kind !== "publishable" && kind !== "anon") return;
  throw new CommandError(
    "CLI_NOT_ALLOWED",
    `${key.source} holds a ${kind} key, which apps ship to everybody; it cannot do admin work.`,
    {
      hint: "Use the secret key (sb_secret_…, or the legacy service_role key): Project Settings, API Keys.",
      reason: "public_key",
    },
  );
}
