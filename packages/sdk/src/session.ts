import type { PasswordLogin } from "./auth-client.ts";
import type { SessionUser } from "./tokens.ts";

/** Who is signed in. */
export interface Session {
  /** The user of the session, without asking the server; null when nobody is signed in. */
  user(): Promise<SessionUser | null>;
}

/** The tokens of a session that the app got by itself, e.g. from a sign-in with Apple. */
export interface GivenTokens {
  readonly accessToken: string;
  /** Without it, the session ends with its token. */
  readonly refreshToken?: string | null | undefined;
}

/** A session that the client itself keeps. */
export interface OwnSession extends Session {
  /**
   * Signs in to an account. The guest who was there is kept for `account.handOver()`.
   * @throws VidopsError ERR_4008 `invalid_credentials` as Auth says it
   */
  signIn(login: PasswordLogin): Promise<SessionUser>;
  /** Makes an account and signs in to it; null when its address has to be confirmed first. */
  signUp(login: PasswordLogin): Promise<SessionUser | null>;
  /** Takes over a session that the app got by itself. */
  adopt(tokens: GivenTokens): Promise<SessionUser>;
  /** Ends the session on this device. A guest who signs out is gone for good, with all credits. */
  signOut(): Promise<void>;
}
