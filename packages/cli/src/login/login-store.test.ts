import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeychainOptions } from "./keychain.ts";
import { loginPath, readLoginRecord } from "./login-record.ts";
import { forgetLogin, keepLogin, keepTokens, type LoginContext, readTokens } from "./login-store.ts";

const url = "https://abc.supabase.co";
const who = {
  url,
  userId: "u1",
  email: "ada@example.com",
  publishableKey: "sb_publishable_x",
  signedInAt: "2026-11-25T09:00:00Z",
};
const tokens = { accessToken: "access-1", refreshToken: "refresh-1", expiresAt: 4_000_000_000 };
const renewed = { accessToken: "access-2", refreshToken: "refresh-2", expiresAt: 4_000_003_600 };

let home: string;
let context: LoginContext;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "vidops-logins-"));
  context = {
    env: { XDG_CONFIG_HOME: join(home, "config"), PATH: process.env.PATH },
    home,
    platform: "linux",
  };
});
afterEach(() => rmSync(home, { recursive: true }));

/** A keychain in the manner of the real one: a program that is asked on stdin and answers on stdout. */
function keychain(behaviour: string, timeoutMs = 3000): KeychainOptions {
  const program = join(home, `keychain-${Math.random()}.mjs`);
  writeFileSync(
    program,
    `import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
     const { action, account, secret } = JSON.parse(readFileSync(0, "utf8"));
     const file = ${JSON.stringify(join(home, "keychain-"))} + encodeURIComponent(account);
     const answer = (value) => process.stdout.write(JSON.stringify(value));
     ${behaviour}`,
  );
  return { env: context.env, program, timeoutMs };
}

const works = `
  if (action === "set") writeFileSync(file, secret);
  if (action === "delete") rmSync(file, { force: true });
  answer({ ok: true, secret: action === "get" && existsSync(file) ? readFileSync(file, "utf8") : null });`;
const broken: readonly (readonly [string, string, RegExp])[] = [
  ["locked", `answer({ ok: false, message: "The keychain is locked." })`, /locked/],
  [
    "absent",
    `answer({ ok: false, message: "DBus error: set your DBUS_SESSION_BUS_ADDRESS" })`,
    /none that runs/,
  ],
  ["hanging", `await new Promise(() => setInterval(() => {}, 1000))`, /did not answer within 0.3 s/],
  ["crashing", `process.kill(process.pid, "SIGSEGV")`, /ended without an answer/],
];

function textOf(): string {
  return readFileSync(loginPath(context, url), "utf8");
}

describe("a login in the keychain", () => {
  it("is one of its own for each folder of settings, and is nobody else's", async () => {
    const good = keychain(works);
    const second = { ...context, env: { ...context.env, XDG_CONFIG_HOME: join(home, "second") } };
    const grace = { ...who, userId: "u2", email: "grace@example.com" };
    await keepLogin(context, { record: who, tokens }, good);
    await keepLogin(second, { record: grace, tokens: renewed }, good);
    expect(await readTokens(context, { ...who, place: "keychain" }, good)).toEqual(tokens);
    expect(await forgetLogin(second, { ...grace, place: "keychain" }, good)).toBeNull();
    expect(await readTokens(context, { ...who, place: "keychain" }, good)).toEqual(tokens);
    // Whatever put them there: tokens of somebody else would act in a name that is not shown.
    const claims = Buffer.from(JSON.stringify({ sub: "u2" })).toString("base64url");
    await keepLogin(
      context,
      { record: who, tokens: { ...tokens, accessToken: `eyJhbGciOiJIUzI1NiJ9.${claims}.x` } },
      good,
    );
    await expect(readTokens(context, { ...who, place: "keychain" }, good)).rejects.toMatchObject({
      reason: "login_missing",
    });
  });

  it("has no token in any file, and is read back from there", async () => {
    const good = keychain(works);
    expect(await keepLogin(context, { record: who, tokens }, good)).toEqual({
      place: "keychain",
      warning: null,
    });
    expect(textOf()).not.toMatch(/access-1|refresh-1/);
    const record = readLoginRecord(context, url);
    if (record === null) return expect.unreachable("there is no record");
    expect(record).toEqual({ ...who, place: "keychain" });
    expect(await readTokens(context, record, good)).toEqual(tokens);
    expect(await keepTokens(context, record, renewed, good)).toBeNull();
    expect(await readTokens(context, record, good)).toEqual(renewed);
    expect(await forgetLogin(context, record, good)).toBeNull();
    expect(readLoginRecord(context, url)).toBeNull();
    await expect(readTokens(context, record, good)).rejects.toMatchObject({ reason: "login_missing" });
  });

  it.each(broken)("goes into a file with a warning where the keychain is %s", async (_, behaviour, says) => {
    const kept = await keepLogin(context, { record: who, tokens }, keychain(behaviour, 300));
    expect(kept).toEqual({ place: "file", warning: expect.stringMatching(says) });
    expect(kept.warning).toContain(loginPath(context, url));
    const record = readLoginRecord(context, url);
    expect(record?.place).toBe("file");
    expect(record && (await readTokens(context, record))).toEqual(tokens);
  });

  it.each(broken)(
    "cannot be used while the keychain is %s, says so with a way out, and is not deleted",
    async (_, behaviour, says) => {
      await keepLogin(context, { record: who, tokens }, keychain(works));
      const record = readLoginRecord(context, url);
      if (record === null) return expect.unreachable("there is no record");
      await expect(readTokens(context, record, keychain(behaviour, 300))).rejects.toMatchObject({
        code: "CLI_NOT_ALLOWED",
        message: expect.stringMatching(says),
        hint: expect.stringContaining("vidops login"),
      });
      expect(await readTokens(context, record, keychain(works))).toEqual(tokens);
    },
  );

  it.each(broken)(
    "keeps renewed tokens in a file when the keychain is %s by then: the old ones are worth nothing",
    async (_, behaviour, says) => {
      await keepLogin(context, { record: who, tokens }, keychain(works));
      const before = readLoginRecord(context, url);
      expect(before && (await keepTokens(context, before, renewed, keychain(behaviour, 300)))).toMatch(says);
      const record = readLoginRecord(context, url);
      expect(record && (await readTokens(context, record))).toEqual(renewed);
    },
  );

  it.each(broken)(
    "is forgotten here, with a warning of what is left, when the keychain is %s",
    async (_, behaviour, says) => {
      await keepLogin(context, { record: who, tokens }, keychain(works));
      const record = readLoginRecord(context, url);
      expect(record && (await forgetLogin(context, record, keychain(behaviour, 300)))).toMatch(says);
      expect(readLoginRecord(context, url)).toBeNull();
    },
  );
});

describe("a login in a file", () => {
  const inFile = { ...who, place: "file" } as const;
  const none = (): KeychainOptions => keychain(`answer({ ok: false, message: "none" })`);

  it("is 0600 in a folder of 0700, also where the folder was open before", async () => {
    await keepLogin(context, { record: who, tokens }, none());
    const folder = join(home, "config", "vidops", "logins");
    chmodSync(folder, 0o755);
    await keepTokens(context, inFile, renewed);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(loginPath(context, url)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["https%3A%2F%2Fabc.supabase.co.json"]);
  });

  it("is not read when others can read it", async () => {
    await keepLogin(context, { record: who, tokens }, none());
    chmodSync(loginPath(context, url), 0o644);
    await expect(readTokens(context, inFile)).rejects.toMatchObject({
      code: "CLI_CONFIG",
      hint: `Run: chmod 600 ${loginPath(context, url)}`,
    });
    expect(await readTokens({ ...context, platform: "win32" }, inFile)).toEqual(tokens);
  });

  it("is that of its own project, whatever the file is called", async () => {
    await keepLogin(context, { record: who, tokens }, none());
    const other = "https://other.supabase.co";
    writeFileSync(loginPath(context, other), textOf(), { mode: 0o600 });
    expect(readLoginRecord(context, other)).toBeNull();
    expect(readLoginRecord(context, url)?.email).toBe("ada@example.com");
  });

  it.each(["", "{", "[]", "null", '{"url":1}', '{"url":"https://abc.supabase.co","place":"attic"}'])(
    "is none when the file holds %j",
    async (text) => {
      await keepLogin(context, { record: who, tokens }, none());
      writeFileSync(loginPath(context, url), text);
      expect(readLoginRecord(context, url)).toBeNull();
      await expect(readTokens(context, inFile)).rejects.toMatchObject({ reason: "login_missing" });
    },
  );

  it("says what to do when it cannot be written", async () => {
    writeFileSync(join(home, "config"), "a file where a folder should be");
    await expect(keepLogin(context, { record: who, tokens }, none())).rejects.toMatchObject({
      code: "CLI_CONFIG",
      reason: "login_not_written",
    });
    expect(existsSync(join(home, "config", "vidops"))).toBe(false);
  });
});
