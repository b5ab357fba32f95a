import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDeno } from "../tests/deno/run-deno.ts";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: { error: { code: string; message: string; details?: unknown; request_id?: string } };
}

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** Serves a handler in Deno, which may reach this stack alone, and sends it requests. */
async function serve(
  handler: string,
  requests: readonly { headers?: Record<string, string>; body?: unknown }[],
): Promise<Answer[]> {
  const { host } = new URL(stack.url);
  const project = { url: stack.url, publishableKey: stack.publishableKey, secretKey: stack.secretKey };
  const source = `
    import { createDatabase } from "@vidops/core/database";
    import { withErrors } from "@vidops/core/error-log";
    import { upscaleVideo } from "./examples/upscale-video.ts";

    const project = ${JSON.stringify(project)};
    const work = [];
    globalThis.EdgeRuntime = { waitUntil: (promise) => work.push(promise) };
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ${handler});
    const answers = [];
    for (const { headers = {}, body } of ${JSON.stringify(requests)}) {
      const response = await fetch(\`http://127.0.0.1:\${server.addr.port}/functions/v1/upscale-video\`, {
        method: "POST",
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      answers.push({
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.json(),
      });
    }
    await Promise.all(work);
    await server.shutdown();
    console.log("ANSWERS " + JSON.stringify(answers));
  `;
  const run = await runDeno(source, { permissions: [`--allow-net=${host},127.0.0.1`] });
  // Beside the lines of the log.
  const line = run.stdout.split("\n").find((text) => text.startsWith("ANSWERS "));
  if (run.code !== 0 || line === undefined) throw new Error(`Deno ended with ${run.code}:\n${run.stderr}`);
  return JSON.parse(line.slice("ANSWERS ".length)) as Answer[];
}

async function createJob(userId: string, status = "completed"): Promise<string> {
  const [model] = await stack.sql`
    insert into public.models (name, category, cost_per_generation, provider, provider_model_id)
    values ('Test', 'video', 4, 'fal', 'fal-ai/test') returning id`;
  const [job] = await stack.sql`
    insert into public.video_jobs (user_id, model_id, prompt, status, completed_at)
    values (${userId}, ${model?.id}, 'a lake', ${status}, ${status === "completed" ? new Date() : null})
    returning job_id`;
  return String(job?.job_id);
}

const tokenOf = (user: { accessToken: string }): Record<string, string> => ({
  authorization: `Bearer ${user.accessToken}`,
});

describe("an Edge Function of the examples, in Deno", () => {
  it("takes the credits once, then tells a Turkish user in Turkish that they are not enough, and operators why", async () => {
    const user = await stack.createUser({ credits: 6, columns: { language: "tr" } });
    const [first, second] = [await createJob(user.id), await createJob(user.id)];
    const headers = { ...tokenOf(user), "accept-language": "en-US,en;q=0.9" };
    const [paid, repeated, refused] = await serve("upscaleVideo(project)", [
      { headers, body: { job_id: first } },
      { headers, body: { job_id: first } },
      { headers, body: { job_id: second } },
    ]);
    expect([paid, repeated]).toMatchObject([
      { status: 200, body: { started: true, credits_remaining: 2 } },
      { status: 200, body: { started: true, credits_remaining: 2 } },
    ]);
    expect(refused).toMatchObject({
      status: 402,
      headers: { "content-language": "tr" },
      body: {
        error: {
          code: "ERR_4001",
          message:
            "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
        },
      },
    });
    const requestId = refused?.body.error.request_id ?? "";
    expect(refused?.headers["x-request-id"]).toBe(requestId);
    const rows = await stack.sql`
      select error_code, endpoint, user_id, language, status, request_data from public.error_log
      where request_id = ${requestId}`;
    expect([...rows]).toEqual([
      {
        error_code: "ERR_4001",
        endpoint: "upscale-video",
        user_id: user.id,
        language: "tr",
        status: 402,
        request_data: { input: { job_id: second } },
      },
    ]);
  });

  it("answers each kind of refusal with its code, in the language of the profile, or of the request before it is known", async () => {
    const user = await stack.createUser({ credits: 6, columns: { language: "es" } });
    const other = await stack.createUser({ credits: 6 });
    const answers = await serve("upscaleVideo(project)", [
      { headers: { "accept-language": "tr" }, body: {} },
      { headers: { authorization: `Bearer ${user.accessToken}x`, "accept-language": "tr" }, body: {} },
      { headers: tokenOf(user), body: "not json" },
      { headers: tokenOf(user), body: { job_id: await createJob(other.id) } },
      { headers: tokenOf(user), body: { job_id: await createJob(user.id, "processing") } },
    ]);
    expect(
      answers.map(({ status, headers, body }) => [status, body.error.code, headers["content-language"]]),
    ).toEqual([
      [401, "ERR_4005", "tr"],
      [401, "ERR_4005", "tr"],
      [400, "ERR_4008", "es"],
      [404, "ERR_4007", "es"],
      [409, "ERR_4014", "es"],
    ]);
    const [balance] = await stack.sql`select credits_remaining from public.users where id = ${user.id}`;
    expect(balance).toEqual({ credits_remaining: 6 });
  });

  it("turns a unique violation of Postgres into a calm sentence for the user and the full story for operators", async () => {
    await stack.createUser({ columns: { device_id: "device-of-another" } });
    const user = await stack.createUser();
    const handler = `withErrors(async () => {
      const { error } = await createDatabase({ url: project.url, key: project.secretKey })
        .from("users").update({ device_id: "device-of-another" }).eq("id", ${JSON.stringify(user.id)});
      if (error) throw error;
      return Response.json({});
    }, { db: createDatabase({ url: project.url, key: project.secretKey }), waitUntil: (promise) => work.push(promise) })`;
    const [answer] = await serve(handler, [{ headers: { "accept-language": "tr-TR,tr;q=0.9,en;q=0.8" } }]);
    expect(answer).toMatchObject({
      status: 409,
      headers: { "content-language": "tr" },
      body: { error: { code: "ERR_4009", message: expect.stringMatching(/^Bu kayıt zaten var/) } },
    });
    // The database's own words are for operators alone.
    expect(JSON.stringify(answer)).not.toMatch(/device|users|unique|23505/i);
    const rows = await stack.sql`
      select error_code, endpoint, error_details from public.error_log
      where request_id = ${answer?.body.error.request_id ?? ""}`;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ error_code: "ERR_4009", endpoint: "POST /functions/v1/upscale-video" });
    expect(JSON.stringify(rows[0]?.error_details)).toMatch(/users_device_id_key/);
  });
});
