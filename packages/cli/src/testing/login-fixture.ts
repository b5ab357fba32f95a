import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createTestStack, type TestStack, type TestStackOptions, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { writeLoginFile } from "../login/login-file.ts";
import { type LoginTokens, loginPath, readLoginRecord } from "../login/login-record.ts";
import { readTokens } from "../login/login-store.ts";
import { type Run, type RunOptions, runVidops, temporaryFolder } from "./run-vidops.ts";

/** A project whose admin has no secret key, and a home without a login. The getters work from `beforeAll` on. */
export interface LoginFixture {
  readonly stack: TestStack;
  /** ops@example.com */
  readonly admin: TestUser;
  /** ada@example.com, who is no admin. */
  readonly user: TestUser;
  /** The home of this test. */
  readonly folder: string;
  /** URL and publishable key; and no keychain. */
  settings(): Readonly<Record<string, string | undefined>>;
  /** Runs the built program in this home with these settings. */
  vidops(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Signs somebody in at Auth, and writes the login into this home as `vidops login` does. */
  keepLogin(
    account: TestUser,
    change?: Partial<LoginTokens> & { readonly url?: string },
  ): Promise<LoginTokens>;
  /** The tokens that this home has now, or null. */
  tokens(): Promise<LoginTokens | null>;
}

/**
 * Gives a test file a stack, and each test a home of its own.
 * @example
 * const home = loginFixture();
 * it("shows who is signed in", async () => {
 *   await home.keepLogin(home.admin);
 *   const run = await home.vidops(["whoami"]);
 * });
 */
export function loginFixture(options: TestStackOptions = {}): LoginFixture {
  const temporary = temporaryFolder();
  let made: { readonly stack: TestStack; readonly admin: TestUser; readonly user: TestUser } | null = null;
  let folder = "";
  const get = (): NonNullable<typeof made> => {
    if (made === null) throw new Error("the fixture is made in beforeAll: use it in a test or a hook");
    return made;
  };
  beforeAll(async () => {
    const stack = await createTestStack(options);
    const admin = await stack.createUser({ email: "ops@example.com", isAdmin: true });
    made = { stack, admin, user: await stack.createUser({ email: "ada@example.com" }) };
  });
  beforeEach(() => {
    folder = mkdtempSync(join(temporary.path, "home-"));
    get().stack.requests.length = 0;
    get().stack.faults.clear();
  });
  afterAll(async () => {
    temporary[Symbol.dispose]();
    await made?.stack[Symbol.asyncDispose]();
  });
  const context = (): { env: Record<string, string>; home: string; platform: string } => ({
    env: { XDG_CONFIG_HOME: join(folder, "config") },
    home: folder,
    platform: "linux",
  });
  const settings: LoginFixture["settings"] = () => ({
    SUPABASE_URL: get().stack.url,
    SUPABASE_PUBLISHABLE_KEY: get().stack.publishableKey,
    // The machine's own keychain is nothing for tests.
    ...fakeKeychain("absent", folder),
  });
  return {
    get stack() {
      return get().stack;
    },
    get admin() {
      return get().admin;
    },
    get user() {
      return get().user;
    },
    get folder() {
      return folder;
    },
    settings,
    vidops: (args, run = {}) => runVidops(args, { folder, ...run, env: { ...settings(), ...run.env } }),
    keepLogin: async (account, { url = get().stack.url, ...change } = {}) => {
      const tokens = { ...(await signInAtAuth(get().stack, account)), ...change };
      const { publishableKey } = get().stack;
      const who = { userId: account.id, email: account.email, signedInAt: new Date().toISOString() };
      writeLoginFile(context(), { url, place: "file", publishableKey, ...who }, tokens);
      get().stack.requests.length = 0;
      return tokens;
    },
    tokens: async () => {
      const record = readLoginRecord(context(), get().stack.url);
      return record && readTokens(context(), record);
    },
  };
}

/**
 * The environment in which the package of the keychain is replaced: `works` keeps secrets in a file of the folder, `trap` fails
 * when it is imported, the others are as real ones can be.
 */
export function fakeKeychain(
  kind: "works" | "absent" | "locked" | "hanging" | "trap",
  folder: string,
): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${new URL("./fake-keyring.ts", import.meta.url).href}`,
    FAKE_KEYRING: kind,
    FAKE_KEYRING_FILE: join(folder, "keyring.json"),
  };
}

/** The environment in which no file can be made or removed, as in a container; a mode would not keep root from it. */
export function readOnlyDisk(folder: string): Readonly<Record<string, string>> {
  const code = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    const { openSync } = fs;
    const refuse = (path) => { throw Object.assign(new Error("EROFS: read-only file system, '" + path + "'"), { code: "EROFS" }); };
    fs.openSync = (path, flags, ...rest) => (flags === "wx" ? refuse(path) : openSync(path, flags, ...rest));
    fs.rmSync = refuse;
    syncBuiltinESMExports();`;
  const keychain = fakeKeychain("absent", folder);
  const own = `--import=data:text/javascript,${encodeURIComponent(code)}`;
  return { ...keychain, NODE_OPTIONS: `${keychain.NODE_OPTIONS} ${own}` };
}

/** Where the login of a home is kept. */
export function loginFileOf(folder: string, url: string): string {
  return loginPath({ env: { XDG_CONFIG_HOME: join(folder, "config") }, home: folder }, url);
}

async function signInAtAuth({ url, publishableKey }: TestStack, account: TestUser): Promise<LoginTokens> {
  const response = await fetch(`${url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: publishableKey, "content-type": "application/json" },
    body: JSON.stringify({ email: account.email, password: account.password }),
  });
  const session = (await response.json()) as {
    access_token: string;
    refresh_token: string;
    expires_in: number;
  };
  if (!response.ok) throw new Error(`not signed in: ${JSON.stringify(session)}`);
  const expiresAt = Math.floor(Date.now() / 1000) + session.expires_in;
  return { accessToken: session.access_token, refreshToken: session.refresh_token, expiresAt };
}
