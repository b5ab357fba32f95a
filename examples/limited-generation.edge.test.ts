import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDeno } from "../tests/deno/run-deno.ts";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Null when it is no JSON. */
  readonly body: { started?: boolean; error?: { code: string; message: string; details?: unknown } } | null;
}

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/**
 * One process of an Edge Function in Deno, which may reach the stack alone. It begins to send its requests, all at once, when
 * `startAt` has come, so that several processes do it together. A provider of its own fails as long as it is told to.
 */
async function edgeProcess(plan: {
  handler: string;
  requests: readonly { headers?: Record<string, string>; method?: string; providerSays?: number }[];
  startAt?: number;
  inTurn?: boolean;
}): Promise<Answer[]> {
  const settings = { url: stack.url, secretKey: stack.secretKey };
  const source = `
    import { createClient } from "@supabase/supabase-js";
    import { limitedGeneration } from "./examples/limited-generation.ts";
    import { limitInEndpoint } from "./tests/first-usage/limit-in-endpoint.ts";
    let providerSays = 201;
    const provider = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(null, { status: providerSays }));
    const settings = { ...${JSON.stringify(settings)}, providerUrl: \`http://127.0.0.1:\${provider.addr.port}\` };
    const supabaseClient = createClient(settings.url, settings.secretKey);
    const work = [];
    globalThis.EdgeRuntime = { waitUntil: (promise) => work.push(promise) };
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ${plan.handler});
    const send = async ({ headers = {}, method = "POST" }) => {
      const response = await fetch(\`http://127.0.0.1:\${server.addr.port}/functions/v1/generate-video\`, { method, headers });
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json().catch(() => null) };
    };
    await new Promise((resolve) => setTimeout(resolve, ${plan.startAt ?? 0} - Date.now()));
    const requests = ${JSON.stringify(plan.requests)};
    const answers = [];
    if (${plan.inTurn === true}) {
      for (const request of requests) {
        providerSays = request.providerSays ?? 201;
        answers.push(await send(request));
        await Promise.all(work);
      }
    } else answers.push(...(await Promise.all(requests.map(send))));
    await Promise.all(work);
    await Promise.all([server.shutdown(), provider.shutdown()]);
    console.log("ANSWERS " + JSON.stringify(answers));
    Deno.exit(0);
  `;
  const { host } = new URL(stack.url);
  const run = await runDeno(source, { permissions: [`--allow-net=${host},127.0.0.1`, "--allow-env"] });
  const line = run.stdout.split("\n").find((text) => text.startsWith("ANSWERS "));
  if (run.code !== 0 || line === undefined) throw new Error(`Deno ended with ${run.code}:\n${run.stderr}`);
  return JSON.parse(line.slice("ANSWERS ".length)) as Answer[];
}

const from = (ip: string, more: Record<string, string> = {}): { headers: Record<string, string> } => ({
  headers: { "cf-connecting-ip": ip, ...more },
});
const statuses = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe("a limit, in Edge Functions", () => {
  it("is held exactly by two processes and 64 clients at once, in the endpoint that rate limits were first written for", async () => {
    // Whatever a client writes into X-Forwarded-For, it stays the same client.
    const requests = Array.from({ length: 32 }, (_, at) =>
      from("203.0.113.7", { "x-forwarded-for": `198.51.100.${at}` }),
    );
    const handler = "(request) => limitInEndpoint(request, supabaseClient)";
    const startAt = Date.now() + 3000;
    const processes = await Promise.all([1, 2].map(() => edgeProcess({ handler, requests, startAt })));
    expect(statuses(processes.flat())).toEqual({ 200: 10, 429: 54 });
    const refused = processes.flat().find(({ status }) => status === 429);
    expect(refused?.body?.error).toMatchObject({
      code: "ERR_4004",
      message: expect.stringContaining("60 min"),
    });
    expect(Number(refused?.headers["retry-after"])).toBeGreaterThan(3590);
    const [log] = await stack.sql`
      select sum(requests) filter (where allowed)::int as allowed, sum(requests) filter (where not allowed)::int as denied
      from public.rate_limit_log where ip_address = '203.0.113.7'`;
    expect(log).toEqual({ allowed: 10, denied: 54 });
  });

  it("gives the slot of a video back that could not be started, and refuses the eleventh in the client's language", async () => {
    const users = await Promise.all([1, 2, 3].map(() => stack.createUser()));
    const as = (at: number): { headers: Record<string, string> } =>
      from("203.0.113.8", {
        authorization: `Bearer ${users[at % 3]?.accessToken}`,
        "accept-language": "tr",
        "x-forwarded-for": "203.0.113.99",
      });
    const requests = [
      ...Array.from({ length: 3 }, (_, at) => ({ ...as(at), providerSays: 503 })),
      ...Array.from({ length: 11 }, (_, at) => as(at)),
    ];
    const answers = await edgeProcess({ handler: "limitedGeneration(settings)", requests, inTurn: true });
    expect(statuses(answers)).toEqual({ 200: 10, 429: 1, 502: 3 });
    const last = answers.at(-1);
    expect(last).toMatchObject({ status: 429, headers: { "content-language": "tr" } });
    expect(last?.headers["ratelimit-policy"]).toContain('"per_ip";q=10;w=3600');
    expect(last?.headers.ratelimit).toMatch(/"per_ip";r=0;t=\d+/);
    expect(Number(last?.headers["retry-after"])).toBeGreaterThan(3500);
  });

  it("keeps the slot of what the client got wrong, whom trying again would cost nothing", async () => {
    const users = await Promise.all([1, 2, 3].map(() => stack.createUser()));
    const requests = Array.from({ length: 11 }, (_, at) => ({
      ...from("203.0.113.10", { authorization: `Bearer ${users[at % 3]?.accessToken}` }),
      providerSays: 422,
    }));
    const answers = await edgeProcess({ handler: "limitedGeneration(settings)", requests, inTurn: true });
    expect(statuses(answers)).toEqual({ 400: 10, 429: 1 });
  });

  it("refuses a client without a token before anything is counted, whatever the method", async () => {
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    const answers = await edgeProcess({
      handler: "limitedGeneration(settings)",
      requests: [from("203.0.113.9"), { ...from("203.0.113.9", preflight), method: "OPTIONS" }],
    });
    expect(answers).toMatchObject([1, 2].map(() => ({ status: 401, body: { error: { code: "ERR_4005" } } })));
    expect(
      await stack.sql`select 1 from vidops.rate_limit_state where subject = 'ip:203.0.113.9'`,
    ).toHaveLength(0);
  });
});
