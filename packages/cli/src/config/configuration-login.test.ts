import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeLoginFile } from "../login/login-file.ts";
import { loginPath } from "../login/login-record.ts";
import { secretKeyNamed as key, settingsFixture } from "../testing/settings-fixture.ts";

const settings = settingsFixture();
const { resolve, projectFile } = settings;
const env = { SUPABASE_URL: "https://env.supabase.co", SUPABASE_SECRET_KEY: key("env") };

describe("a login", () => {
  function signedIn(url: string): void {
    const who = {
      userId: "u1",
      email: "ada@example.com",
      publishableKey: "sb_publishable_own",
      signedInAt: "",
    };
    writeLoginFile({ env: {}, home: settings.home }, { url, place: "keychain", ...who }, null);
  }

  it("is that of the project alone, whatever the URL comes from", () => {
    signedIn("https://prod.supabase.co");
    expect(resolve({ SUPABASE_URL: "https://prod.supabase.co/" }).login).toMatchObject({ userId: "u1" });
    expect(resolve({}, { url: "https://prod.supabase.co/rest/v1" }).login).toMatchObject({ userId: "u1" });
    expect(resolve({ SUPABASE_URL: "https://other.supabase.co" }).login).toBeNull();
    expect(resolve().login).toBeNull();
  });

  it("makes the URL of a project file one's own", () => {
    projectFile({ url: "https://prod.supabase.co" });
    expect(resolve().isOwnProject).toBe(false);
    signedIn("https://prod.supabase.co");
    expect(resolve().isOwnProject).toBe(true);
  });

  it("is warned of when its file holds none", () => {
    signedIn("https://prod.supabase.co");
    writeFileSync(loginPath({ env: {}, home: settings.home }, "https://prod.supabase.co"), '{"url":');
    const { login, warnings } = resolve({ SUPABASE_URL: "https://prod.supabase.co" });
    expect(login).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("holds no login")]);
  });

  it("makes a key of another project no problem, and leaves that key out", () => {
    signedIn("https://prod.supabase.co");
    expect(resolve(env, { url: "https://prod.supabase.co" })).toMatchObject({
      login: { email: "ada@example.com" },
      secretKey: null,
      problem: null,
    });
    expect(resolve(env, { url: "https://other.supabase.co" }).problem).not.toBeNull();
  });

  it("does not excuse an access token of another project, which would speak before it", () => {
    signedIn("https://prod.supabase.co");
    const token = { SUPABASE_URL: "https://env.supabase.co", VIDOPS_ACCESS_TOKEN: "aaaaaaaa.bbbb.cccc" };
    expect(resolve(token, { url: "https://prod.supabase.co" }).problem).toMatchObject({
      reason: "key_of_another_project",
    });
  });
});
