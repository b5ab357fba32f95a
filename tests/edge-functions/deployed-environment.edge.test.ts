import { describe, expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";

const hosted = {
  SUPABASE_URL: "https://abcdefgh.supabase.co",
  SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: "sb_publishable_of_a_test" }),
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: "sb_secret_of_a_test" }),
};

/** What the functions make of an environment: the answers of one that needs no database, or why they do not start. */
async function boot(env: Record<string, string>): Promise<unknown> {
  const source = `
    try {
      const { handlers } = await import("./supabase/functions/_shared/handlers.ts");
      const ask = async (name, init) =>
        (await handlers[name](new Request("https://abcdefgh.supabase.co/functions/v1/" + name, init))).status;
      const webhook = "provider-webhook?provider=fal&job=0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
      const post = { method: "POST", body: "{}" };
      console.log(JSON.stringify({
        preflight: await ask("generate-video", { method: "OPTIONS" }),
        anonymous: await ask("get-user-credits"),
        unsigned: (await handlers["provider-webhook"](new Request("https://abcdefgh.supabase.co/" + webhook, post))).status,
      }));
    } catch (error) {
      console.log(JSON.stringify({ refused: error.field ?? error.message, code: error.code }));
    }`;
  const { stdout, stderr } = await runDeno(source, { permissions: ["--allow-env"], env });
  const line = stdout.trim().split("\n").at(-1) ?? "";
  expect(line, stderr).toMatch(/^\{/);
  return JSON.parse(line);
}

describe("the functions where they are deployed", () => {
  it("start with what Supabase sets, and nothing else", async () => {
    expect(await boot(hosted)).toEqual({ preflight: 204, anonymous: 401, unsigned: 404 });
  });

  it("start with the legacy keys as well", async () => {
    const { SUPABASE_URL } = hosted;
    const keys = { SUPABASE_ANON_KEY: "anon_of_a_test", SUPABASE_SERVICE_ROLE_KEY: "service_of_a_test" };
    expect(await boot({ SUPABASE_URL, ...keys })).toMatchObject({ anonymous: 401 });
  });

  it("take webhooks of the providers that they have keys of", async () => {
    expect(
      await boot({ ...hosted, FAL_KEY: "id:secret", RUNWAYML_API_SECRET: "key_of_a_test" }),
    ).toMatchObject({
      unsigned: 401,
    });
  });

  it.each([
    [
      "a provider for development that is not on this machine",
      { VIDOPS_DEVELOPMENT_PROVIDER_URL: "http://fal.example" },
    ],
    ["a provider for development, in a project", { VIDOPS_DEVELOPMENT_PROVIDER_URL: "http://127.0.0.1:9" }],
    ["keys that are no JSON", { SUPABASE_SECRET_KEYS: "sb_secret_of_a_test" }],
    ["keys that are null", { SUPABASE_SECRET_KEYS: "null" }],
    [
      "an app of which nothing is sold",
      { APPLE_BUNDLE_ID: "com.example.app", APPLE_ROOT_CERTIFICATE: "AAAA" },
    ],
    ["a trust that nobody knows", { VIDOPS_TRUST: "everybody" }],
    ["credits that are no number", { VIDOPS_INITIAL_CREDITS: "many" }],
    [
      "a key of Apple that is none",
      { APPLE_TEAM_ID: "SE9N6X5V7C", APPLE_KEY_ID: "GG8TWG834Q", APPLE_PRIVATE_KEY: "x" },
    ],
  ])("do not start with %s", async (_, env) => {
    expect(await boot({ ...hosted, FAL_KEY: "id:secret", ...env })).toMatchObject({ code: "ERR_4008" });
  });

  it("believe device ids that nobody proved on this machine alone", async () => {
    const urls = ["http://127.0.0.1:54321", "http://localhost:54321", "http://127.0.0.1/"];
    const others = [
      "https://abcdefgh.supabase.co",
      "http://kong:8000",
      "http://127.0.0.1.example",
      "https://127.0.0.1",
    ];
    const source = `import { isLocal } from "./supabase/functions/_shared/settings.ts"; console.log(isLocal);`;
    const told = async (SUPABASE_URL: string, more: Record<string, string>): Promise<string> => {
      const env = { ...hosted, ...more, SUPABASE_URL };
      const { stdout } = await runDeno(source, { permissions: ["--allow-env"], env });
      return stdout.trim();
    };
    const local = [...urls, ...others].map((url) => told(url, { VIDOPS_LOCAL: "1" }));
    expect(await Promise.all(local)).toEqual([...urls.map(() => "true"), ...others.map(() => "false")]);
    // A server of one's own may have such an address as well.
    expect(await Promise.all(urls.map((url) => told(url, {})))).toEqual(urls.map(() => "false"));
  });
});
