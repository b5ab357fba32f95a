import type { Session } from "@supabase/auth-js";
import { findAdmin } from "@vidops/core/admin";
import { createDatabase } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import { CommandError } from "../../command-error.ts";
import { type CommandSession, missingSetting } from "../../command-session.ts";
import { requirePublishableKey } from "../../config/project-key.ts";
import { type AuthProject, createAuthClient, tokensOf } from "../../login/auth-client.ts";
import { endSession, sessionLeft } from "../../login/end-session.ts";
import { holdWhileMakingSession, stopIfInterrupted } from "../../login/hold-interruptions.ts";
import { withLock } from "../../login/login-lock.ts";
import { type LoginPlace, type LoginTokens, loginLock, readLoginRecord } from "../../login/login-record.ts";
import { keepLogin, tokensToEnd } from "../../login/login-store.ts";
import { requireProvider } from "../../login/providers.ts";
import { byEmailedCode, byPassword, byProvider, type SignIn } from "../../login/ways-to-sign-in.ts";
import { line } from "../../output/document.ts";
import { askConsent, askingObstacle, declined } from "../../prompts/consent.ts";
import { proxyFetch } from "../../proxy-fetch.ts";
import { nextCommand } from "../next-command.ts";
import type { LoginInput } from "./login-input.ts";
import { askCode, askEmail, askPassword, readPassword } from "./login-questions.ts";

/** Who signed in, where, and where that is kept. */
export interface LoginReport {
  readonly url: string;
  readonly userId: string;
  readonly email: string | null;
  readonly place: LoginPlace;
  /** When the first access token ends, ISO 8601. It is renewed by itself. */
  readonly tokenExpiresAt: string;
}

/**
 * Signs in, checks that the user is an admin, and keeps the login.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) for wrong credentials and for who is no admin; then nothing is kept, and the
 *   session is ended at Auth. CLI_INTERRUPTED (exit 130) on Ctrl-C.
 */
export async function login(input: LoginInput, session: CommandSession): Promise<LoginReport> {
  const project = projectOf(session);
  const { url } = project;
  const { context, output } = session;
  await nameProject(session);
  if (input.way === "provider") await requireProvider(input.provider, project, context);
  const client = await createAuthClient(project, context);
  using making = holdWhileMakingSession(context);
  const signedIn = await signIn(input, { session, client, url, making });
  const tokens = tokensOf(signedIn, context.now());
  const end = (ended: LoginTokens): Promise<void> =>
    endSession(client, ended, context.now()).catch((error) => output.warn(sessionLeft(url, error)));
  try {
    const email = await requireAdminOf(signedIn, project, session);
    const { publishableKey } = project;
    const signedInAt = context.now().toISOString();
    const record = { url, userId: signedIn.user.id, email, publishableKey, signedInAt };
    const kept = await withLock(loginLock(context, url), async () => {
      stopIfInterrupted(context);
      const before = readLoginRecord(context, url);
      const replaced = before && (await tokensToEnd(context, before).catch(() => null));
      return { replaced, ...(await keepLogin(context, { record, tokens })) };
    });
    if (kept === null) throw lockedOut(url);
    if (kept.warning !== null) output.warn(kept.warning);
    // The session that was kept before could be ended by nobody any more.
    if (kept.replaced) await end(kept.replaced);
    const tokenExpiresAt = new Date(tokens.expiresAt * 1000).toISOString();
    return { url, userId: record.userId, email, place: kept.place, tokenExpiresAt };
  } catch (error) {
    await end(tokens);
    throw error;
  }
}

/** Says where one signs in, before anything is typed; a project that only a checkout names is asked about. */
async function nameProject(session: CommandSession): Promise<void> {
  const { url, isOwnProject } = session.configuration();
  if (url === null) return;
  await session.output.say([line(`Signing in at ${url.value}  (${url.source})`)]);
  if (isOwnProject) return;
  const obstacle = askingObstacle(session);
  if (obstacle === null) {
    if (await askConsent(session, "A project file may be anybody's. Is that your project?")) return;
    throw declined();
  }
  throw new CommandError(
    "CLI_CONSENT_NEEDED",
    `Only ${url.source} names this project, which may be anybody's, and ${obstacle}. Nothing was sent.`,
    { hint: `If it is your project, say so: --url ${url.value}`, reason: "consent_needed" },
  );
}

function projectOf(session: CommandSession): AuthProject {
  const { url, publishableKey, timeoutSeconds, login: known, problem } = session.configuration();
  if (url === null) throw missingSetting("No project URL is set.");
  // A key of another project, or a file that others can read, is nothing to who signs in anew.
  if (problem && !["key_of_another_project", "file_permissions"].includes(problem.reason)) throw problem;
  const key = publishableKey?.value ?? known?.publishableKey;
  if (key === undefined) {
    throw new CommandError("CLI_CONFIG", `The publishable key of ${url.value} is not set.`, {
      hint: "Set SUPABASE_PUBLISHABLE_KEY, or publishable_key in the profile (Project Settings, API Keys); it is no secret, and is needed once.",
      reason: "missing_setting",
    });
  }
  requirePublishableKey({ value: key, source: publishableKey?.source ?? "the login" });
  return { url: url.value, publishableKey: key, timeoutSeconds: timeoutSeconds.value };
}

async function signIn(input: LoginInput, way: SignIn): Promise<Session> {
  const { session } = way;
  if (input.way === "provider") return byProvider(way, input.provider, input);
  const email = input.email ?? (await askEmail(session));
  if (input.way === "code") return byEmailedCode(way, email, (attempt) => askCode(session, attempt));
  const password = input.fromStdin ? await readPassword() : await askPassword(session, email);
  return byPassword(way, { email, password });
}

async function requireAdminOf(
  { user, access_token }: Session,
  { url, publishableKey, timeoutSeconds }: AuthProject,
  session: CommandSession,
): Promise<string | null> {
  const db = createDatabase({
    url,
    key: publishableKey,
    accessToken: access_token,
    timeoutMs: Math.max(1, Math.round(timeoutSeconds * 1000)),
    runId: session.runId,
    fetch: (await proxyFetch(url, session.context.env)) ?? fetch,
  });
  try {
    const admin = await findAdmin(db, user.id);
    return admin.email ?? user.email ?? null;
  } catch (error) {
    if (!isVidopsError(error) || (error.code !== "ERR_4006" && error.code !== "ERR_4012")) throw error;
    const name = user.email ?? user.id;
    const isBanned = error.code === "ERR_4012";
    throw new CommandError(
      "CLI_NOT_ALLOWED",
      isBanned ? `${name} is banned at ${url}.` : `${name} is not an admin of ${url}.`,
      {
        hint: isBanned
          ? `Nothing was kept. Another admin can unban: ${nextCommand(["users", "unban", name], session.flags)}`
          : `Nothing was kept. An admin can make you one: ${nextCommand(["users", "grant-admin", name], session.flags)}`,
        reason: error.reason,
        cause: error,
      },
    );
  }
}

function lockedOut(url: string): CommandError {
  return new CommandError("CLI_CONFIG", `Another vidops changes the login at ${url}, and takes too long.`, {
    hint: "Try again in a moment.",
    reason: "login_locked",
    retryable: true,
  });
}
