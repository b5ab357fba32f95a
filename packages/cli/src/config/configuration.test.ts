import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { secretKeyNamed as key, settingsFixture } from "../testing/settings-fixture.ts";

const settings = settingsFixture();
const { resolve, userFile, projectFile } = settings;

const prod = { url: "https://prod.supabase.co", secret_key: key("prod"), admin: "prod-admin@example.com" };
const staging = { url: "https://staging.supabase.co", secret_key: key("staging") };
const env = {
  SUPABASE_URL: "https://env.supabase.co",
  SUPABASE_SECRET_KEY: key("env"),
  VIDOPS_ADMIN: "env-admin@example.com",
};

describe("precedence", () => {
  it("takes the user file's default profile when nothing else speaks", () => {
    const path = userFile({ profile: "prod", profiles: { prod } });
    expect(resolve()).toMatchObject({
      url: { value: prod.url, source: `profile prod (url in ${path})` },
      secretKey: { value: prod.secret_key },
      admin: { value: prod.admin },
      timeoutSeconds: { value: 15, source: "default" },
      problem: null,
    });
  });

  it("takes the project file before the user file", () => {
    userFile({ profile: "prod", profiles: { prod: { ...prod, secret_key: undefined } } });
    const path = projectFile({
      url: "https://file.supabase.co",
      admin: "file-admin@example.com",
      timeout: 3,
    });
    expect(resolve()).toMatchObject({
      url: { value: "https://file.supabase.co", source: `url in ${path}` },
      admin: { value: "file-admin@example.com" },
      timeoutSeconds: { value: 3 },
    });
  });

  it("takes the environment before both files", () => {
    userFile({ profile: "prod", profiles: { prod } });
    projectFile({ url: "https://file.supabase.co", admin: "file-admin@example.com" });
    expect(resolve({ ...env, VIDOPS_TIMEOUT: "2.5" })).toMatchObject({
      url: { value: env.SUPABASE_URL, source: "SUPABASE_URL" },
      secretKey: { value: env.SUPABASE_SECRET_KEY, source: "SUPABASE_SECRET_KEY" },
      admin: { value: env.VIDOPS_ADMIN, source: "VIDOPS_ADMIN" },
      timeoutSeconds: { value: 2.5, source: "VIDOPS_TIMEOUT" },
      problem: null,
    });
  });

  it("takes --profile before the environment, so that --profile local never reaches production", () => {
    userFile({ profiles: { staging } });
    expect(resolve(env, { profile: "staging" })).toMatchObject({
      url: { value: staging.url },
      secretKey: { value: staging.secret_key },
      problem: null,
    });
  });

  it("takes --url before everything", () => {
    expect(resolve({ SUPABASE_SECRET_KEY: key("env") }, { url: "https://flag.supabase.co/" })).toMatchObject({
      url: { value: "https://flag.supabase.co", source: "--url" },
      secretKey: { source: "SUPABASE_SECRET_KEY" },
      problem: null,
    });
  });

  it("takes VIDOPS_PROFILE before the project file's profile, and that before the user's default", () => {
    userFile({
      profile: "prod",
      profiles: { prod, staging, third: { url: "https://third.supabase.co", secret_key: key("third") } },
    });
    projectFile({ profile: "staging" });
    expect(resolve().url?.value).toBe(staging.url);
    expect(resolve({ VIDOPS_PROFILE: "third" }).url?.value).toBe("https://third.supabase.co");
  });

  it("reads a profile's key from the variable that the profile names", () => {
    userFile({ profiles: { prod: { url: prod.url, secret_key_env: "PROD_KEY" } } }, 0o644);
    expect(resolve({ PROD_KEY: key("named") }, { profile: "prod" })).toMatchObject({
      secretKey: { value: key("named"), source: "profile prod (secret_key_env: PROD_KEY)" },
      problem: null,
    });
  });

  it("does not mix one source's token with another's key", () => {
    userFile({ profiles: { staging } });
    expect(
      resolve({ VIDOPS_ACCESS_TOKEN: "token-of-another-project" }, { profile: "staging" }).accessToken,
    ).toBeNull();
  });
});

describe("a key goes to its own project only", () => {
  it.each([
    ["--url on top of a profile with its key", {}, { profile: "prod", url: "https://other.supabase.co" }],
    ["SUPABASE_URL on top of the default profile's key", { SUPABASE_URL: "https://other.supabase.co" }, {}],
    ["--url on top of another SUPABASE_URL and its key", env, { url: "https://other.supabase.co" }],
  ])("refuses %s", (_, environment, flags) => {
    userFile({ profile: "prod", profiles: { prod } });
    expect(resolve(environment, flags).problem).toMatchObject({
      code: "CLI_CONFIG",
      reason: "key_of_another_project",
    });
  });

  it("refuses a key beside no URL of its own in a profile", () => {
    userFile({ profiles: { bare: { secret_key: key("bare") } } });
    expect(resolve({ SUPABASE_URL: "https://other.supabase.co" }, { profile: "bare" }).problem).toMatchObject(
      { reason: "key_of_another_project" },
    );
  });

  it("refuses a legacy key that names another project", () => {
    const payload = Buffer.from(JSON.stringify({ role: "service_role", ref: "abcdefgh" })).toString(
      "base64url",
    );
    const jwt = `eyJhbGciOiJIUzI1NiJ9.${payload}.c2lnbmF0dXJl`;
    const settings = { SUPABASE_SERVICE_ROLE_KEY: jwt };
    expect(resolve({ ...settings, SUPABASE_URL: "https://other.supabase.co" }).problem).toMatchObject({
      reason: "key_of_another_project",
    });
    expect(resolve({ ...settings, SUPABASE_URL: "https://abcdefgh.supabase.co" }).problem).toBeNull();
  });

  it("refuses a user's token that another project issued", () => {
    const payload = Buffer.from(JSON.stringify({ iss: "https://abcdefgh.supabase.co/auth/v1" })).toString(
      "base64url",
    );
    const token = { VIDOPS_ACCESS_TOKEN: `eyJhbGciOiJIUzI1NiJ9.${payload}.c2lnbmF0dXJl` };
    const other = { reason: "key_of_another_project" };
    expect(resolve(token, { url: "https://other.supabase.co" }).problem).toMatchObject(other);
    const withKey = { ...token, SUPABASE_SECRET_KEY: key("env") };
    expect(resolve(withKey, { url: "https://other.supabase.co" }).problem).toMatchObject(other);
    expect(resolve(token, { url: "https://abcdefgh.supabase.co" }).problem).toBeNull();
  });

  it.each([
    ["secret key", { SUPABASE_SECRET_KEY: key("env") }],
    ["access token", { VIDOPS_ACCESS_TOKEN: "aaaaaaaa.bbbb.cccc" }],
  ])("refuses a %s of the environment at a URL that only a project file names", (_, environment) => {
    projectFile({ url: "https://evil.example" });
    const configuration = resolve(environment);
    expect(configuration.isOwnProject).toBe(false);
    expect(configuration.problem).toMatchObject({
      reason: "key_of_another_project",
      hint: "If that is your project, say so: SUPABASE_URL=https://evil.example",
    });
    expect(resolve({ ...environment, SUPABASE_URL: "https://evil.example/" }).problem).toBeNull();
    expect(resolve(environment, { url: "https://evil.example" }).problem).toBeNull();
  });

  it("takes the same URL written otherwise", () => {
    userFile({ profile: "prod", profiles: { prod } });
    expect(resolve({}, { url: `${prod.url}/` }).problem).toBeNull();
  });
});

describe("files", () => {
  it("refuses a user file with secrets that others can read, and says chmod 600", () => {
    const path = userFile({ profile: "prod", profiles: { prod } }, 0o644);
    expect(resolve().problem).toMatchObject({ reason: "file_permissions", hint: `Run: chmod 600 ${path}` });
  });

  it("only warns of it when the file is not used", () => {
    userFile({ profiles: { prod } }, 0o640);
    const configuration = resolve(env);
    expect(configuration.problem).toBeNull();
    expect(configuration.warnings).toEqual([expect.stringContaining("others can read it")]);
  });

  it.each([
    ["a key", { secret_key: key("x") }],
    ["the name of a variable with a key", { secret_key_env: "AWS_SECRET_ACCESS_KEY" }],
    ["a key under another name", { admin: key("x") }],
    ["a token", { access_token: "abc" }],
  ])("refuses %s in the project file", (_, content) => {
    projectFile(content);
    expect(() => resolve(env)).toThrow(/holds a secret or names one/);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an unknown setting", '{"colour":true}'],
    ["a setting of another type", '{"url":1}'],
  ])("refuses a project file with %s", (_, text) => {
    writeFileSync(join(settings.cwd, "vidops.config.json"), text);
    expect(() => resolve(env)).toThrow(/vidops\.config\.json/);
  });

  it("uses the profile local only when told to on the command line or in the environment", () => {
    userFile({
      profile: "local",
      profiles: { local: { url: "http://127.0.0.1:54321", secret_key: key("local") } },
    });
    expect(() => resolve()).toThrow(/only when asked for/);
    expect(resolve({}, { profile: "local" }).url?.value).toBe("http://127.0.0.1:54321");
  });

  it("says which profiles there are when one is unknown", () => {
    userFile({ profiles: { prod, staging } });
    expect(() => resolve({}, { profile: "prd" })).toThrow(
      expect.objectContaining({ hint: "Known profiles: prod, staging." }),
    );
  });
});

describe("the environment", () => {
  it("warns when the two names of the key differ, and uses the newer", () => {
    const configuration = resolve({ ...env, SUPABASE_SERVICE_ROLE_KEY: key("legacy") });
    expect(configuration.secretKey?.value).toBe(env.SUPABASE_SECRET_KEY);
    expect(configuration.warnings).toHaveLength(1);
  });

  it.each([
    "http://user:hunter2@127.0.0.1:1",
    "https://abc.supabase.co/?x=hunter2",
    "postgres://u:a/hunter2@db:5432",
  ])("does not show what is secret in the URL %s, which it refuses", (url) => {
    const configuration = resolve({ SUPABASE_URL: url });
    expect(configuration.problem).toMatchObject({ reason: "invalid_url" });
    expect(JSON.stringify(configuration)).not.toContain("hunter2");
  });

  it.each(["0", "-1", "abc", "1e3", "99999", "Infinity"])("refuses VIDOPS_TIMEOUT=%s", (timeout) => {
    expect(() => resolve({ ...env, VIDOPS_TIMEOUT: timeout })).toThrow(
      /VIDOPS_TIMEOUT must be a number of seconds/,
    );
  });
});
