import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeKeychain, loginFileOf, loginFixture, readOnlyDisk } from "../testing/login-fixture.ts";
import type { RunOptions } from "../testing/run-vidops.ts";

const home = loginFixture();

function refreshes(): number {
  return home.stack.requests.filter(({ search }) => search.includes("grant_type=refresh_token")).length;
}

function path(): string {
  return loginFileOf(home.folder, home.stack.url);
}

describe("a login whose token is about to end", () => {
  it("is renewed before the command's own request, once, and without a word", async () => {
    const before = await home.keepLogin(home.admin, { expiresAt: Math.floor(Date.now() / 1000) + 30 });
    expect(await home.vidops(["limits", "list"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(refreshes()).toBe(1);
    const after = await home.tokens();
    expect(after?.refreshToken).not.toBe(before.refreshToken);
    expect(after?.expiresAt).toBeGreaterThan(Date.now() / 1000 + 3000);
    await home.vidops(["limits", "list"]);
    expect(refreshes()).toBe(1);
  });

  it("is renewed in the middle of a command that goes on", async () => {
    await home.keepLogin(home.admin, { expiresAt: Math.floor(Date.now() / 1000) + 63 });
    const run = await home.vidops(["errors", "tail", "--interval", "1s"], {
      onStart: (child) => {
        const timer = setInterval(() => {
          const asked = home.stack.requests.findLastIndex(({ path }) => path.startsWith("/rest/v1/"));
          const renewed = home.stack.requests.findIndex(({ path }) => path === "/auth/v1/token");
          if (renewed === -1 || asked < renewed + 2) return;
          clearInterval(timer);
          child.kill("SIGINT");
        }, 20);
        child.on("close", () => clearInterval(timer));
      },
    });
    expect([0, 130]).toContain(run.exitCode);
    expect(refreshes()).toBe(1);
    expect(home.stack.requests.every(({ status }) => status === null || status < 400)).toBe(true);
  });

  it("is left as it is while more than a minute is left", async () => {
    await home.keepLogin(home.admin, { expiresAt: Math.floor(Date.now() / 1000) + 90 });
    await home.vidops(["limits", "list"]);
    expect(refreshes()).toBe(0);
  });

  it("is renewed by one of many commands that begin at once; the others take what it stored", async () => {
    await home.keepLogin(home.admin, { expiresAt: 1 });
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => home.vidops(["limits", "list", "--json"])),
    );
    expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
      Array.from({ length: 8 }, () => ({ exitCode: 0, stderr: "" })),
    );
    expect(refreshes()).toBe(1);
    expect(existsSync(`${path()}.lock`)).toBe(false);
  });

  it("is renewed although a process that was killed in the middle has left its lock", async () => {
    await home.keepLogin(home.admin, { expiresAt: 1 });
    const pid = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
    writeFileSync(`${path()}.lock`, JSON.stringify({ id: "gone", pid, host: hostname() }));
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });

  it("ends with exit 75 when Auth cannot be reached, sends no more, and can be renewed later", async () => {
    const before = await home.keepLogin(home.admin, { expiresAt: 1 });
    for (const kind of ["cut-before-forward", "502-html"] as const) {
      home.stack.requests.length = 0;
      home.stack.faults.next({ path: "/auth/v1/token", kind });
      const run = await home.vidops(["limits", "list", "--json"]);
      expect(run.exitCode).toBe(75);
      expect(run.json().error).toMatchObject({ code: "ERR_6005", reason: "auth_unreachable" });
      expect(home.stack.requests.length).toBe(1);
    }
    expect(await home.tokens()).toEqual(before);
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });

  it("is over with exit 4 when Auth refuses, deletes nothing, and a new login mends it", async () => {
    const before = await home.keepLogin(home.admin, { expiresAt: 1, refreshToken: "unknown-one-1" });
    const run = await home.vidops(["limits", "list", "--json"]);
    expect(run.exitCode).toBe(4);
    expect(run.json().error).toMatchObject({
      message: `Your login at ${home.stack.url} has ended.`,
      hint: "Sign in again: vidops login",
    });
    expect(await home.tokens()).toEqual(before);
    const { email, password } = home.admin;
    await home.vidops(["login", "--email", email, "--password-stdin"], { input: password });
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });

  it("leads the way out to its own project", async () => {
    await home.keepLogin(home.admin, { expiresAt: 1, refreshToken: "unknown-one-1" });
    const run = await home.vidops(["limits", "list", "--json", "--url", home.stack.url]);
    expect(run.json().error.hint).toBe(`Sign in again: vidops login --url ${home.stack.url}`);
  });

  it("says which folder cannot be written when it could not be kept, and sends nothing", async () => {
    const before = await home.keepLogin(home.admin, { expiresAt: 1 });
    const env = readOnlyDisk(home.folder);
    const run = await home.vidops(["limits", "list", "--json"], { env });
    expect(run.exitCode).toBe(2);
    expect(run.json().error).toMatchObject({
      reason: "login_not_written",
      hint: expect.stringContaining("VIDOPS_ACCESS_TOKEN"),
    });
    expect(home.stack.requests).toEqual([]);
    expect(await home.tokens()).toEqual(before);
    const shown = await home.vidops(["whoami", "--json"], { env });
    expect(shown.json().data).toMatchObject({
      login: { email: "ops@example.com" },
      problem: { code: "CLI_CONFIG" },
    });
  });

  it("is finished on Ctrl-C, so that the one refresh is not lost", async () => {
    const before = await home.keepLogin(home.admin, { expiresAt: 1 });
    const run = await home.vidops(["limits", "list"], {
      onStart: (child) => {
        const timer = setInterval(() => {
          if (refreshes() === 0) return;
          clearInterval(timer);
          child.kill("SIGINT");
        }, 1);
      },
    });
    expect([0, 130]).toContain(run.exitCode);
    expect((await home.tokens())?.refreshToken).not.toBe(before.refreshToken);
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });
});

describe("a login that the project does not accept", () => {
  it("says so, and how to sign in again: exit 4", async () => {
    const { accessToken } = await home.keepLogin(home.admin);
    // As of a local stack that was started anew: its keys are others.
    const change = { accessToken: `${accessToken.slice(0, -8)}AAAAAAAA`, refreshToken: "unknown-one-1" };
    await home.keepLogin(home.admin, change);
    const run = await home.vidops(["limits", "list", "--json"]);
    expect(run.exitCode).toBe(4);
    expect(run.json().error).toMatchObject({
      code: "ERR_4005",
      message: "The project does not accept your login (ops@example.com).",
      hint: "Sign in again: vidops login",
    });
    expect((await home.vidops(["whoami"])).stdout).toContain("Sign in again: vidops login");
  });
});

describe("a token that is refused before this machine thinks that it ends", () => {
  it("is renewed once, and the request is sent again", async () => {
    const { accessToken } = await home.keepLogin(home.admin);
    await home.keepLogin(home.admin, { accessToken: `${accessToken.slice(0, -8)}AAAAAAAA` });
    expect(await home.vidops(["limits", "list"])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(refreshes()).toBe(1);
    await home.vidops(["limits", "list"]);
    expect(refreshes()).toBe(1);
  });
});

describe("who speaks", () => {
  it("is the login before a secret key, and an access token before the login", async () => {
    await home.keepLogin(home.admin);
    const role = async (env: Record<string, string>) =>
      (await home.vidops(["whoami", "--json"], { env })).json().data.server;
    expect(await role({ SUPABASE_SECRET_KEY: home.stack.secretKey })).toMatchObject({ role: "admin" });
    const token = home.user.accessToken;
    expect(await role({ VIDOPS_ACCESS_TOKEN: token })).toMatchObject({ status: "refused" });
  });

  it("is the login also where the key in the environment is of another project", async () => {
    await home.keepLogin(home.admin);
    const env = {
      SUPABASE_URL: "https://prod.supabase.co",
      SUPABASE_SECRET_KEY: `sb_secret_${"x".repeat(24)}`,
    };
    const run = await home.vidops(["whoami", "--json", "--url", home.stack.url], { env });
    expect(run.json().data).toMatchObject({
      secret_key: null,
      problem: null,
      server: { status: "accepted" },
    });
  });

  it("is nobody when others can read the login: exit 2 with the way to mend it", async () => {
    await home.keepLogin(home.admin);
    execFileSync("chmod", ["644", path()]);
    const run = await home.vidops(["limits", "list"]);
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`chmod 600 ${path()}`) });
    expect(home.stack.requests).toEqual([]);
  });

  it("is not the login of another project under this project's name", async () => {
    await home.keepLogin(home.admin, { url: "https://other.supabase.co" });
    copyFileSync(loginFileOf(home.folder, "https://other.supabase.co"), path());
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(4);
    expect(home.stack.requests).toEqual([]);
  });
});

describe("a login in the keychain", () => {
  function withKeychain(kind: Parameters<typeof fakeKeychain>[0]): RunOptions {
    return { env: fakeKeychain(kind, home.folder) };
  }

  async function signIn(): Promise<void> {
    const { email, password } = home.admin;
    const args = ["login", "--email", email, "--password-stdin", "--json"];
    const run = await home.vidops(args, { ...withKeychain("works"), input: password });
    expect(run.stderr).toBe(`Signing in at ${home.stack.url}  (SUPABASE_URL)\n`);
    expect(run.json().data.stored_in).toBe("keychain");
  }

  it("has no token in a file, is used and renewed, and is gone from the keychain after logout", async () => {
    await signIn();
    expect(readFileSync(path(), "utf8")).not.toContain("token");
    expect(await home.vidops(["limits", "list"], withKeychain("works"))).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    const keyring = join(home.folder, "keyring.json");
    writeFileSync(keyring, readFileSync(keyring, "utf8").replace(/(expires_at\\?":)\d+/, "$11"));
    home.stack.requests.length = 0;
    expect(await home.vidops(["limits", "list"], withKeychain("works"))).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    expect(refreshes()).toBe(1);
    expect((await home.vidops(["logout"], withKeychain("works"))).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(keyring, "utf8"))).toEqual({});
  });

  it.each([
    ["locked", /cannot be read: The keychain is locked/],
    ["hanging", /cannot be read: it did not answer within 3 s/],
  ] as const)("that is %s by then ends in exit 4 with a way out, in time", async (kind, says) => {
    await signIn();
    home.stack.requests.length = 0;
    const begun = Date.now();
    const run = await home.vidops(["limits", "list"], withKeychain(kind));
    expect(Date.now() - begun).toBeLessThan(8000);
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringMatching(says) });
    expect(run.stderr).toContain("vidops login");
    expect(home.stack.requests).toEqual([]);
    expect((await home.vidops(["whoami", "--json"], withKeychain(kind))).json().data.login).toMatchObject({
      email: "ops@example.com",
      token_expires_at: null,
    });
    expect((await home.vidops(["limits", "list"], withKeychain("works"))).exitCode).toBe(0);
  });

  it.each(["locked", "hanging"] as const)(
    "that is %s at login gives way to a file, with a warning",
    async (kind) => {
      const { email, password } = home.admin;
      const args = ["login", "--email", email, "--password-stdin"];
      const run = await home.vidops(args, { ...withKeychain(kind), input: password });
      expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("no keychain can be used") });
      expect((await home.vidops(["limits", "list"], withKeychain(kind))).exitCode).toBe(0);
    },
  );

  it("is not imported by a command without a login, nor with one in a file", async () => {
    await home.keepLogin(home.admin);
    expect(await home.vidops(["limits", "list"], withKeychain("trap"))).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });
});
