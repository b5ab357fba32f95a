import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LoginTokens } from "../../login/login-record.ts";
import { loginFileOf, loginFixture, readOnlyDisk } from "../../testing/login-fixture.ts";

const home = loginFixture();

function path(): string {
  return loginFileOf(home.folder, home.stack.url);
}

describe("logout", () => {
  it("revokes the session at Auth and deletes it here; other sessions of the admin stay", async () => {
    const mine = await home.keepLogin(home.admin);
    const other = await home.keepLogin(home.admin);
    await home.keepLogin(home.admin, mine);
    const run = await home.vidops(["logout", "--json"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.json().data).toEqual({
      url: home.stack.url,
      email: "ops@example.com",
      user_id: home.admin.id,
      signed_out: true,
      revoked: true,
    });
    expect(existsSync(path())).toBe(false);
    const accepts = async ({ accessToken }: LoginTokens): Promise<boolean> => {
      const headers = { apikey: home.stack.publishableKey, authorization: `Bearer ${accessToken}` };
      return (await fetch(`${home.stack.url}/auth/v1/user`, { headers })).ok;
    };
    expect([await accepts(mine), await accepts(other)]).toEqual([false, true]);
  });

  it("revokes also when the access token has expired meanwhile", async () => {
    await home.stack.sql`delete from auth.sessions`;
    await home.keepLogin(home.admin, { expiresAt: 1 });
    expect((await home.vidops(["logout", "--json"])).json().data.revoked).toBe(true);
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(0);
  });

  it("revokes also when Auth's clock says that the access token has ended", async () => {
    await home.stack.sql`delete from auth.sessions`;
    const { accessToken } = await home.keepLogin(home.admin);
    await home.stack.sql`delete from auth.sessions`;
    await home.keepLogin(home.admin, { accessToken: `${accessToken.slice(0, -8)}AAAAAAAA` });
    expect((await home.vidops(["logout", "--json"])).json().data.revoked).toBe(true);
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(0);
  });

  it("does not say that a session was revoked whose tokens Auth does not know", async () => {
    const { accessToken } = await home.keepLogin(home.admin);
    const change = { accessToken: `${accessToken.slice(0, -8)}AAAAAAAA` };
    await home.keepLogin(home.admin, change);
    home.stack.faults.next({ path: "/auth/v1/token", kind: "502-html" });
    const run = await home.vidops(["logout", "--json"]);
    expect(run.json().data.revoked).toBe(false);
    expect(run.stderr).toContain("lives on there");
  });

  it("knows that a session which was ended elsewhere has ended", async () => {
    await home.keepLogin(home.admin);
    await home.stack.sql`delete from auth.sessions`;
    const run = await home.vidops(["logout", "--json"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.json().data.revoked).toBe(true);
  });

  it("deletes the login when Auth cannot be reached, and says that the session lives on", async () => {
    await home.keepLogin(home.admin);
    home.stack.faults.next({ path: "/auth/v1/logout", kind: "cut-before-forward" });
    const run = await home.vidops(["logout"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("lives on there") });
    expect(run.stdout).toContain("from this machine only");
    expect(existsSync(path())).toBe(false);
  });

  it("revokes a login that others can read: that one first of all", async () => {
    await home.stack.sql`delete from auth.sessions`;
    await home.keepLogin(home.admin);
    chmodSync(path(), 0o644);
    const run = await home.vidops(["logout", "--json"]);
    expect(run.json().data).toMatchObject({ signed_out: true, revoked: true });
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(0);
    expect(existsSync(path())).toBe(false);
  });

  it("removes a file that holds no login any more, and says so", async () => {
    await home.keepLogin(home.admin);
    writeFileSync(path(), readFileSync(path(), "utf8").slice(0, 60));
    expect((await home.vidops(["whoami"])).stderr).toContain("`vidops logout` removes it");
    const run = await home.vidops(["logout"]);
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("It was removed.") });
    expect(existsSync(path())).toBe(false);
    expect((await home.vidops(["whoami"])).stderr).toBe("");
  });

  it("revokes at Auth also where nothing can be written", async () => {
    await home.stack.sql`delete from auth.sessions`;
    await home.keepLogin(home.admin);
    const run = await home.vidops(["logout", "--json"], { env: readOnlyDisk(home.folder) });
    expect(run.stderr).toContain(`${path()} is still there`);
    expect(run.json().data).toMatchObject({ signed_out: true, revoked: true });
    expect((await home.stack.sql`select id from auth.sessions`).length).toBe(0);
  });

  it("does nothing where nobody is signed in, and leaves the login of another project", async () => {
    const tokens = await home.keepLogin(home.admin, { url: "https://other.supabase.co" });
    expect((await home.vidops(["logout", "--json"])).json().data).toMatchObject({ signed_out: false });
    expect(home.stack.requests).toEqual([]);
    expect(readFileSync(loginFileOf(home.folder, "https://other.supabase.co"), "utf8")).toContain(
      tokens.refreshToken,
    );
  });
});
