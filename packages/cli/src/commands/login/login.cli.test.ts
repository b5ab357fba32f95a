import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loginFileOf, loginFixture } from "../../testing/login-fixture.ts";
import { runVidops } from "../../testing/run-vidops.ts";

const home = loginFixture();

function byStdin(account: { email: string; password: string }, args: readonly string[] = []) {
  return home.vidops(["login", "--email", account.email, "--password-stdin", ...args], {
    input: `${account.password}\n`,
  });
}

function path(): string {
  return loginFileOf(home.folder, home.stack.url);
}

describe("login", () => {
  it("keeps the login in a 0600 file in a 0700 folder where there is no keychain, and says so once", async () => {
    const run = await byStdin(home.admin);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain("Signed in as ops@example.com.");
    expect(run.stderr).toMatch(
      /^Signing in at http\S+ {2}\(SUPABASE_URL\)\nwarning: no keychain .* kept in .* unencrypted/,
    );
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path())).mode & 0o777).toBe(0o700);
    const { accessToken, refreshToken } = (await home.tokens()) ?? {};
    for (const token of [accessToken, refreshToken, home.admin.password])
      expect(run.stdout + run.stderr).not.toContain(token);
    expect((await home.vidops(["limits", "list"])).stderr).toBe("");
  });

  it("gives one JSON document without a token", async () => {
    const run = await byStdin(home.admin, ["--json"]);
    expect(run.json().data).toEqual({
      url: home.stack.url,
      user_id: home.admin.id,
      email: "ops@example.com",
      stored_in: "file",
      token_expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  });

  it("makes every later command speak as the admin, without the publishable key being set again", async () => {
    await byStdin(home.admin);
    const run = await runVidops(["whoami", "--json"], {
      folder: home.folder,
      env: { SUPABASE_URL: home.stack.url },
    });
    expect(run.json().data).toMatchObject({
      secret_key: null,
      login: { email: "ops@example.com", user_id: home.admin.id, stored_in: "file", path: path() },
      server: { status: "accepted", role: "admin" },
    });
  });

  it.each([
    ["a wrong password", { password: "wrong" }, "invalid_credentials"],
    ["an unknown address", { email: "nobody@example.com" }, "invalid_credentials"],
  ])("refuses %s with exit 4, in one message for both, and keeps nothing", async (_, change, reason) => {
    const run = await byStdin({ ...home.admin, ...change }, ["--json"]);
    expect(run.exitCode).toBe(4);
    expect(run.json().error).toMatchObject({ reason, message: "The email or the password is wrong." });
    expect(existsSync(path())).toBe(false);
  });

  it("refuses an ordinary user and a banned admin clearly, keeps nothing, and ends the session at Auth", async () => {
    const banned = await home.stack.createUser({ isAdmin: true });
    await home.stack.sql`update users set banned_at = now() where id = ${banned.id}`;
    for (const [account, says] of [
      [home.user, `ada@example.com is not an admin of ${home.stack.url}.`],
      [banned, "is banned"],
    ] as const) {
      const run = await byStdin(account);
      expect(run).toMatchObject({ exitCode: 4, stdout: "", stderr: expect.stringContaining(says) });
      expect(existsSync(path())).toBe(false);
      const [left] = await home.stack
        .sql`select count(*)::int as sessions from auth.sessions where user_id = ${account.id}`;
      expect(left).toEqual({ sessions: 0 });
    }
  });

  it("takes the place of the login before it, whose session is ended", async () => {
    const second = await home.stack.createUser({ email: "second@example.com", isAdmin: true });
    await home.keepLogin(home.admin);
    const before = await home.stack.sql`select id from auth.sessions where user_id = ${home.admin.id}`;
    await byStdin(second);
    expect((await home.vidops(["whoami", "--json"])).json().data.login.email).toBe("second@example.com");
    const after = await home.stack.sql`select id from auth.sessions where user_id = ${home.admin.id}`;
    expect(after.length).toBe(before.length - 1);
  });

  it("ends the session of the login before it also when that one's access token has expired", async () => {
    await home.stack.sql`delete from auth.sessions`;
    await home.keepLogin(home.admin, { expiresAt: 1 });
    expect((await byStdin(home.admin)).exitCode).toBe(0);
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(1);
  });

  it("leaves no session behind when the login cannot be kept", async () => {
    await home.stack.sql`delete from auth.sessions`;
    mkdirSync(join(home.folder, "config", "vidops"), { recursive: true });
    writeFileSync(join(home.folder, "config", "vidops", "logins"), "a file in the way");
    const run = await byStdin(home.admin, ["--json"]);
    expect(run.exitCode).toBe(2);
    expect(run.json().error).toMatchObject({ code: "CLI_CONFIG", reason: "login_not_written" });
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(0);
  });

  it("says so when a session that is not kept could not be ended", async () => {
    home.stack.faults.next({ path: "/auth/v1/logout", kind: "cut-before-forward" });
    const run = await byStdin(home.user);
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("lives on there") });
  });

  it.each(["/auth/v1/token", "/rest/v1/"])(
    "leaves no session behind on Ctrl-C while %s answers",
    async (at) => {
      await home.stack.sql`delete from auth.sessions`;
      const args = ["login", "--email", home.admin.email, "--password-stdin"];
      const run = await home.vidops(args, {
        input: home.admin.password,
        onStart: (child) => {
          const timer = setInterval(() => {
            if (!home.stack.requests.some(({ path }) => path.startsWith(at))) return;
            clearInterval(timer);
            child.kill("SIGINT");
          }, 1);
          child.on("close", () => clearInterval(timer));
        },
      });
      const sessions = (await home.stack.sql`select id from auth.sessions`).length;
      // A login that was kept before the signal came is none that was left behind.
      if (existsSync(path())) expect(sessions).toBe(1);
      else expect({ exitCode: run.exitCode, sessions }).toEqual({ exitCode: 130, sessions: 0 });
    },
  );

  it("says that the project cannot be reached on a closed port, with exit 75", async () => {
    const run = await home.vidops(["login", "--email", "a@b.c", "--password-stdin", "--json"], {
      env: { SUPABASE_URL: "http://127.0.0.1:1" },
      input: "x",
    });
    expect(run.exitCode).toBe(75);
    expect(run.json().error).toMatchObject({ code: "ERR_6005", retryable: true });
  });

  it("says that what answers is not Supabase", async () => {
    home.stack.faults.next({ path: "/auth/v1/", kind: "502-html" });
    expect((await byStdin(home.admin)).exitCode).toBe(75);
  });

  it("keeps nothing when the database cannot be asked whether the user is an admin", async () => {
    home.stack.faults.next({ path: "/rest/v1/", kind: "cut-before-forward" });
    expect((await byStdin(home.admin)).exitCode).toBe(75);
    expect(existsSync(path())).toBe(false);
  });

  it("names the way to set the publishable key when it is missing, before anything is sent", async () => {
    const run = await home.vidops(["login", "--email", "a@b.c", "--password-stdin"], {
      env: { SUPABASE_PUBLISHABLE_KEY: undefined },
      input: "x",
    });
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("SUPABASE_PUBLISHABLE_KEY") });
    expect(home.stack.requests).toEqual([]);
  });

  it.each([
    [["--password-stdin"], "needs --email"],
    [["--email", "a@b.c", "--password-stdin", "--code"], "Choose one"],
    [["--email", "ada"], "not an email address"],
    [["--email", "a@b.c"], "Signing in asks you something, but there is no terminal"],
    [["--code", "--email", "a@b.c"], "no terminal"],
    [["--email", "a@b.c", "--provider", "github"], "--email is not for --provider"],
    [["--provider", "git hub"], "not a provider"],
    [["--provider", "github"], "--no-browser"],
    [["--provider", "github", "--no-browser", "--port", "0"], "--port"],
    [["--port", "80"], "--port is for --provider"],
    [["--no-browser"], "--no-browser is for --provider"],
    [["--password", "x"], "unknown option"],
  ])("refuses %j before anything is sent", async (args, says) => {
    const run = await home.vidops(["login", ...args], { input: "" });
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr.toLowerCase()).toContain(says.toLowerCase());
    expect(home.stack.requests).toEqual([]);
  });

  it.each([
    ["a secret key", `sb_secret_${"x".repeat(24)}`, "holds a secret key"],
    ["a line break", "sb_publishable_x\nX-Evil: 1", "characters no key has"],
  ])("refuses %s as the publishable key, before anything is sent or kept", async (_, key, says) => {
    const run = await home.vidops(["login", "--email", "ops@example.com", "--password-stdin"], {
      env: { SUPABASE_PUBLISHABLE_KEY: key },
      input: home.admin.password,
    });
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(says) });
    expect(home.stack.requests).toEqual([]);
    expect(existsSync(path())).toBe(false);
  });

  it("sends no password to a project that only a project file names", async () => {
    writeFileSync(join(home.folder, "vidops.config.json"), JSON.stringify({ url: home.stack.url }));
    const args = ["login", "--email", "ops@example.com", "--password-stdin"];
    const env = { SUPABASE_URL: undefined };
    const input = home.admin.password;
    const run = await home.vidops([...args, "--yes"], { env, input });
    expect(run).toMatchObject({ exitCode: 7, stderr: expect.stringContaining("vidops.config.json") });
    expect(run.stderr).toContain(`--url ${home.stack.url}`);
    expect(home.stack.requests).toEqual([]);
    expect((await home.vidops([...args, "--url", home.stack.url], { env, input })).exitCode).toBe(0);
    // Who has signed in there knows the project.
    expect((await home.vidops(args, { env, input })).exitCode).toBe(0);
  });

  it("takes a password with spaces and other letters as it is, and refuses none", async () => {
    const password = "  çok gizli 🔑 ";
    const account = await home.stack.createUser({ email: "spaces@example.com", password, isAdmin: true });
    expect((await byStdin(account)).exitCode).toBe(0);
    expect((await byStdin({ ...account, password: "" })).exitCode).toBe(2);
  });
});
