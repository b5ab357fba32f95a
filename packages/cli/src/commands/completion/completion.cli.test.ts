import { describe, expect, it } from "vitest";
import { modelFixture } from "../../testing/model-fixture.ts";
import type { RunOptions } from "../../testing/run-vidops.ts";
import { hasShell, typeInShell } from "../../testing/type-in-shell.ts";
import { shells } from "./scripts.ts";

const models = modelFixture();

/** What `vidops __complete` answers for the words of a line, the last of which is being typed. */
async function answer(words: readonly string[], options: RunOptions = {}): Promise<string> {
  const run = await models.vidops(["__complete", "zsh", ...words], options);
  expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  return run.stdout;
}

describe("completion", () => {
  it.each(shells)("prints the script of %s alone on stdout, and inside JSON when asked", async (shell) => {
    const run = await models.vidops(["completion", shell]);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toMatch(new RegExp(`^(#compdef vidops\\n)?# vidops completion for ${shell}\\n`));
    const { data } = (await models.vidops(["completion", shell, "--json"])).json();
    expect(data).toEqual({ shell, script: run.stdout });
  });

  it.each([["tcsh"], [""], ["BASH"]])("has none for %j: exit 2", async (shell) => {
    const run = await models.vidops(["completion", shell]);
    expect(run).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("bash, zsh, fish"),
    });
  });
});

describe.each(shells)("in %s", (shell) => {
  it.skipIf(!hasShell(shell))(
    "Tab completes a command, an option, and a model's name with spaces",
    async () => {
      const id = await models.model("Kling 2.1 (HD): $HOME 'x'");
      await models.model("Veo 3 Fast");
      await models.model("Veo 3 Quality");
      const screen = await typeInShell(
        shell,
        [
          ["vidops mod\t", /models /],
          ["sho\t", /show /],
          ["kl\t", /x/],
          ["--ou\t", /--output /],
          ["js\t", /json/],
          ["\r", /"data"/],
          ["vidops models show ve\t", /3/],
          ["F\t", /ast/],
          ["\r", /last used/],
        ],
        { folder: models.folder, env: models.settings() },
      );
      expect(screen).toContain(`"id":"${id}"`);
      expect(screen).toMatch(/Veo 3 Fast\r?\n {2}id/);
      expect(screen).not.toContain("error:");
    },
  );

  it.skipIf(!hasShell(shell))(
    "Tab inside quotes, and of an email, gives what the shell reads as one word",
    async () => {
      await models.model("Kling 2.1");
      const screen = await typeInShell(
        shell,
        [
          ['vidops models show "kl\t', /2\.1/],
          ["\r", /last used/],
          ["vidops credits show ada@\t", /example\.com/],
          ["\r", /balance/],
        ],
        { folder: models.folder, env: models.settings() },
      );
      expect(screen).not.toContain("error:");
    },
  );
});

describe("what a shell is answered", () => {
  it("is emails and ids by their beginning, pending requests and the latest acts", async () => {
    const { sql } = models.stack;
    expect(await answer(["users", "show", "ad"])).toMatch(/^ada@example\.com\t\d+ credits\n/);
    expect(await answer(["users", "show", ""])).toBe("");
    expect(await answer(["users", "show", models.user.id.slice(0, 8)])).toContain(
      `${models.user.id}\tada@example.com\n`,
    );
    const id = await models.model("Kling");
    await models.vidops(["models", "disable", id, "--reason", "an\u001b[31m outage", "--yes"]);
    const [act] = await sql`select max(id)::text as id from admin_actions`;
    expect(await answer(["actions", "undo", ""])).toMatch(
      new RegExp(`^${act?.id}\tmodel_disable: an outage\n`),
    );
    expect(await answer(["approvals", "show", ""])).toBe("");
  });

  it("is a model's id where its name would do harm on a command line", async () => {
    const id = await models.model("\u001b]0;pwned\u0007\u202ereversed");
    expect(await answer(["models", "show", id.slice(0, 4)])).toBe("");
    expect((await answer(["models", "show", ""])).split("\n")[0]).toBe(`${id}\treversed`);
  });

  it("is nothing, soon and silently, where the database hangs, fails, refuses or is not set", async () => {
    await models.model("Kling");
    const started = performance.now();
    models.stack.faults.next({ path: "/rest/v1/rpc/list_model_usage", kind: "hang" });
    expect(await answer(["models", "show", ""])).toBe("");
    expect(performance.now() - started).toBeLessThan(2_000);
    models.stack.faults.next({ path: "/rest/v1/rpc/list_model_usage", kind: "502-html" });
    expect(await answer(["models", "show", ""])).toBe("");
    for (const env of [
      { SUPABASE_SECRET_KEY: models.stack.anonKey },
      { SUPABASE_SECRET_KEY: undefined },
      { SUPABASE_URL: undefined },
      { SUPABASE_URL: "http://127.0.0.1:9" },
      { VIDOPS_PROFILE: "nobody" },
    ])
      expect(await answer(["models", "show", ""], { env })).toBe("");
    expect(await answer(["models", "sh"], { env: { SUPABASE_URL: undefined } })).toMatch(/^show\t/);
  });

  it("is nothing to a broken question", async () => {
    for (const args of [[], ["bash"], ["zsh"], ["nonsense", "x"], ["bash", '"']]) {
      const run = await models.vidops(["__complete", ...args]);
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });
});
