import type { Session } from "@supabase/auth-js";
import { CommandError } from "../command-error.ts";
import type { CommandSession } from "../command-session.ts";
import { type AuthClient, authError } from "./auth-client.ts";
import { openBrowser } from "./browser.ts";
import type { SessionMaking } from "./hold-interruptions.ts";
import { startLoopback } from "./loopback.ts";

/** How a sign-in goes on with a project's Auth. */
export interface SignIn {
  readonly session: CommandSession;
  readonly client: AuthClient;
  /** The project's. */
  readonly url: string;
  readonly making: SessionMaking;
}

const browserTimeoutMs = 5 * 60_000;
const codeAttempts = 3;
/** What Auth says to a code that is of another PKCE challenge, or none of its own. */
const codeOfAnother = /^(?:flow_state_\w+|bad_code_verifier|validation_failed)$/;

/**
 * Signs in with email and password.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when Auth refuses them.
 */
export async function byPassword(
  { client, url, making }: SignIn,
  credentials: { readonly email: string; readonly password: string },
): Promise<Session> {
  const { data, error } = await making.request(() => client.auth.signInWithPassword(credentials));
  if (error === null) return data.session;
  const wrong = {
    message: "The email or the password is wrong.",
    hint: "Nothing was kept. Try again.",
  };
  throw authError(error, url, error.code === "invalid_credentials" ? wrong : null);
}

/**
 * Has Auth send a code by email, and signs in with it.
 * @param askCode asks the person; the argument tells which attempt it is, from 1.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when Auth sends none, or after three wrong codes.
 */
export async function byEmailedCode(
  { client, url, session, making }: SignIn,
  email: string,
  askCode: (attempt: number) => Promise<string>,
): Promise<Session> {
  const { error } = await client.auth.signInWithOtp({ email, options: { shouldCreateUser: false } });
  if (error !== null) throw authError(error, url);
  session.output.note(`A code is on its way to ${email}, if that is a user's address.`);
  for (let attempt = 1; ; attempt += 1) {
    const token = await askCode(attempt);
    const verified = await making.request(() => client.auth.verifyOtp({ email, token, type: "email" }));
    if (verified.data.session) return verified.data.session;
    const wrong = {
      message: "The code is wrong or has expired.",
      hint: "Have another one sent: sign in with --code again.",
    };
    const failure = authError(verified.error, url, wrong);
    if (!(failure instanceof CommandError) || attempt === codeAttempts) throw failure;
    session.output.note("That is not the code.");
  }
}

/**
 * Signs in through a provider in the browser, which comes back to a port of this machine (PKCE).
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the project does not offer it, when it is refused there, or when nobody
 *   comes back within five minutes.
 */
export async function byProvider(
  way: SignIn,
  provider: string,
  options: { readonly browser: boolean; readonly port: number },
): Promise<Session> {
  const { client, url, session } = way;
  await using loopback = await startLoopback(options.port, (code) => exchange(way, code));
  const started = await client.auth.signInWithOAuth({
    // The project knows its providers; their names here are those of this version of auth-js.
    provider: provider as Parameters<AuthClient["auth"]["signInWithOAuth"]>[0]["provider"],
    options: { redirectTo: loopback.redirectTo, skipBrowserRedirect: true },
  });
  if (started.error !== null) throw authError(started.error, url);
  const { output, context } = session;
  const isOpened = options.browser && (await openBrowser(started.data.url, context));
  await output.say([
    {
      kind: "line",
      text: isOpened
        ? "Go on in the browser. If it did not open:"
        : "Open this in a browser on this machine:",
    },
    { kind: "line", text: `  ${started.data.url}` },
  ]);
  // Awaited here: the port is closed when this returns.
  return await loopback.signedIn(browserTimeoutMs);
}

/** @returns null for a code that Auth gave to somebody else, or to nobody: the right one is still to come. */
async function exchange({ client, url, making }: SignIn, code: string): Promise<Session | null> {
  const { data, error } = await making.request(() => client.auth.exchangeCodeForSession(code));
  if (error === null) return data.session;
  if (codeOfAnother.test(error.code ?? "")) return null;
  throw authError(error, url);
}
