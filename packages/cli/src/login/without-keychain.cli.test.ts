import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loginFixture } from "../testing/login-fixture.ts";

const home = loginFixture();

/** Has the program, and each Node that it starts, write down whether the keychain's package is asked for. */
function watched(): { readonly env: Record<string, string>; asked(): boolean } {
  const path = join(home.folder, "asked");
  const code =
    'import { registerHooks } from "node:module"; import { writeFileSync } from "node:fs";' +
    `registerHooks({ resolve(name, context, next) { if (name.includes("keyring")) writeFileSync(${JSON.stringify(path)}, ""); return next(name, context); } });`;
  return {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` },
    asked: () => existsSync(path) && readFileSync(path, "utf8") === "",
  };
}

it.each([
  ["a login in a file", ["models", "list", "--json"]],
  ["a login in a file", ["whoami", "--json"]],
  ["no login", ["models", "--help"]],
  ["a secret key", ["models", "list", "--json"]],
  ["a login in a file", ["__complete", "zsh", "models", "show", ""]],
])("with %s, %j costs no keychain", async (how, args) => {
  const { env, asked } = watched();
  if (how === "a login in a file") await home.keepLogin(home.admin);
  const key = how === "a secret key" ? { SUPABASE_SECRET_KEY: home.stack.secretKey } : {};
  const run = await home.vidops(args, { env: { ...env, ...key } });
  expect(run.exitCode, run.stderr).toBe(0);
  expect(asked()).toBe(false);
});

it("is something this test would see", async () => {
  const { env, asked } = watched();
  const password = home.admin.password;
  await home.vidops(["login", "--email", home.admin.email, "--password-stdin"], { env, input: password });
  expect(asked()).toBe(true);
});
