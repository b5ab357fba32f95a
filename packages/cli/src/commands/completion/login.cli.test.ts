import { expect, it } from "vitest";
import { loginFixture } from "../../testing/login-fixture.ts";

const home = loginFixture();
const question = ["__complete", "zsh", "users", "show", "ad"];

it("completes with a login that is kept in a file, as that admin", async () => {
  await home.keepLogin(home.admin);
  const run = await home.vidops(question);
  expect(run).toMatchObject({
    exitCode: 0,
    stderr: "",
    stdout: expect.stringMatching(/^ada@example\.com\t/),
  });
});

it("refreshes no login: with one that has ended nothing is completed, asked or changed", async () => {
  const tokens = await home.keepLogin(home.admin, { expiresAt: Math.floor(Date.now() / 1000) - 10 });
  home.stack.requests.length = 0;
  expect(await home.vidops(question)).toMatchObject({ exitCode: 0, stderr: "", stdout: "" });
  expect(home.stack.requests).toEqual([]);
  expect(await home.tokens()).toEqual(tokens);
});

it("completes no names for who is no admin", async () => {
  await home.keepLogin(home.user);
  expect(await home.vidops(question)).toMatchObject({ exitCode: 0, stderr: "", stdout: "" });
});
