import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

it("the endpoint that rate limits were first written for holds its limit over two Edge Functions in Deno", async () => {
  const { host } = new URL(stack.url);
  const run = (): ReturnType<typeof runDeno> =>
    runDeno(
      `
      import { createDatabase } from "@vidops/core/database";
      import { limitInEndpoint } from "./tests/first-usage/limit-in-endpoint.ts";

      const db = createDatabase({ url: "${stack.url}", key: "${stack.secretKey}" });
      const request = () => new Request("https://abc.functions.supabase.co/generate-video", {
        headers: { "CF-Connecting-IP": "203.0.113.7" },
      });
      const statuses = [];
      for (let i = 0; i < 8; i++) statuses.push((await limitInEndpoint(request(), db)).status);
      console.log(JSON.stringify(statuses));
    `,
      { permissions: [`--allow-net=${host}`] },
    );
  const runs = await Promise.all([run(), run()]);
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: "" }));
  const statuses = runs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(6);
});
