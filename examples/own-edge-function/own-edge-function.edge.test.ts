import { readFileSync } from "node:fs";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, askInDeno, type Question, statuses } from "../../tests/deno/ask-in-deno.ts";

let stack: TestStack;
let users: TestUser[];
beforeAll(async () => {
  stack = await createTestStack();
  users = await Promise.all(Array.from({ length: 15 }, () => stack.createUser()));
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** Asks the function, one request after the other. */
function ask(requests: readonly Question[]): Promise<Answer[]> {
  const { url, publishableKey, secretKey } = stack;
  return askInDeno({
    imports: `import { improvePrompt } from "./examples/own-edge-function/index.ts";`,
    handler: "improvePrompt({ ...setting, writerUrl: serviceUrl })",
    setting: { url, publishableKey, secretKey },
    inTurn: true,
    requests: requests.map((request) => ({ body: { prompt: "a lake" }, ...request })),
  });
}

const from = (ip: string, user?: TestUser): Record<string, string> => ({
  "cf-connecting-ip": ip,
  "x-forwarded-for": "203.0.113.99",
  "accept-language": "tr",
  ...(user !== undefined && { authorization: `Bearer ${user.accessToken}` }),
});

describe("an Edge Function of one's own, in Deno", () => {
  it("answers five times in a minute, then tells the user in their language how long to wait", async () => {
    const answers = await ask(Array.from({ length: 6 }, () => ({ headers: from("203.0.113.1", users[0]) })));
    expect(answers[0]).toMatchObject({ status: 200, body: { prompt: "as told" } });
    expect(statuses(answers)).toEqual({ 200: 5, 429: 1 });
    expect(answers[5]).toMatchObject({
      headers: { "content-language": "tr", "access-control-allow-origin": "*" },
      body: { error: { code: "ERR_4004", message: expect.stringMatching(/saniye|sn|dk/) } },
    });
    expect(Number(answers[5]?.headers["retry-after"])).toBeLessThanOrEqual(60);
  });

  it("gives back the slot of what the service could not do, and says so in the log under the request id", async () => {
    const headers = from("203.0.113.2", users[1]);
    const answers = await ask([
      ...Array.from({ length: 2 }, () => ({ headers, serviceSays: 503 })),
      ...Array.from({ length: 6 }, () => ({ headers })),
    ]);
    expect(statuses(answers)).toEqual({ 200: 5, 429: 1, 502: 2 });
    const { request_id: requestId, ...error } = answers[0]?.body.error ?? {};
    expect(error.code).toBe("ERR_5002");
    const [row] = await stack.sql`
      select endpoint, user_id, status from public.error_log where request_id = ${requestId}`;
    expect(row).toEqual({ endpoint: "improve-prompt", user_id: users[1]?.id, status: 502 });
  });

  it("keeps the slot of what the client got wrong, whom trying again would cost nothing", async () => {
    const headers = from("203.0.113.3", users[2]);
    const answers = await ask([
      { headers, serviceSays: 422 },
      ...["", " ", 7, "x".repeat(2_001)].map((prompt) => ({ headers, body: { prompt } })),
      { headers },
    ]);
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual([
      [400, "ERR_4003"],
      ...Array.from({ length: 4 }, () => [400, "ERR_4008"]),
      [429, "ERR_4004"],
    ]);
  });

  it("holds the limit of an address over many users", async () => {
    const requests = Array.from({ length: 61 }, (_, at) => ({
      headers: from("203.0.113.4", users[3 + (at % 12)]),
    }));
    const answers = await ask(requests);
    expect(statuses(answers)).toEqual({ 200: 60, 429: 1 });
    expect(answers.at(-1)?.headers["ratelimit-policy"]).toContain('"per_ip";q=60;w=3600');
  });

  it("refuses a client without a token before anything is counted, and lets pages of any origin ask", async () => {
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    const answers = await ask([
      { headers: from("203.0.113.5") },
      { headers: { ...from("203.0.113.5"), ...preflight }, method: "OPTIONS", body: undefined },
    ]);
    expect(answers).toMatchObject([
      { status: 401, body: { error: { code: "ERR_4005" } } },
      { status: 204, headers: { "access-control-allow-methods": "POST" } },
    ]);
    expect(
      await stack.sql`select 1 from vidops.rate_limit_state where subject = 'ip:203.0.113.5'`,
    ).toHaveLength(0);
  });
});

it("deno.json names the packages of this checkout", () => {
  const json = (path: string) =>
    JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
      readonly version: string;
      readonly imports: Readonly<Record<string, string>>;
    };
  const version = (name: string): string => json(`../../node_modules/${name}/package.json`).version;
  const { imports } = json("deno.json");
  for (const [name, target] of Object.entries(imports)) {
    const [, scope = ""] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
    expect(target).toBe(`npm:${scope}@${version(scope)}${name.slice(scope.length)}`);
  }
});
