import { createTestStack } from "@vidops/local/testing";
import { expect, it } from "vitest";
import { askInDeno, statuses } from "../deno/ask-in-deno.ts";

it("is held exactly by two processes and 64 clients at once, in the endpoint that rate limits were first written for", async () => {
  await using stack = await createTestStack();
  // Whatever a client writes into X-Forwarded-For, it stays the same client.
  const requests = Array.from({ length: 32 }, (_, at) => ({
    headers: { "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": `198.51.100.${at}` },
  }));
  const plan = {
    imports: `
      import { createClient } from "@supabase/supabase-js";
      import { limitInEndpoint } from "./tests/first-usage/limit-in-endpoint.ts";
      const client = (setting) => createClient(setting.url, setting.secretKey);`,
    handler: "((db) => (request) => limitInEndpoint(request, db))(client(setting))",
    setting: { url: stack.url, secretKey: stack.secretKey },
    requests,
    startAt: Date.now() + 3000,
  };
  const answers = (await Promise.all([askInDeno(plan), askInDeno(plan)])).flat();
  expect(statuses(answers)).toEqual({ 200: 10, 429: 54 });
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body.error).toMatchObject({ code: "ERR_4004", message: expect.stringContaining("60 min") });
  expect(Number(refused?.headers["retry-after"])).toBeGreaterThan(3590);
  const [log] = await stack.sql`
    select sum(requests) filter (where allowed)::int as allowed, sum(requests) filter (where not allowed)::int as denied
    from public.rate_limit_log where ip_address = '203.0.113.7'`;
  expect(log).toEqual({ allowed: 10, denied: 54 });
});
