import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  createTestStack,
  type DevelopmentProvider,
  startDevelopmentProvider,
  type TestStack,
} from "@vidops/local/testing";
import { createVidops } from "@vidops/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let stack: TestStack;
let provider: DevelopmentProvider;
let server: ChildProcess;
let origin = "";
beforeAll(async () => {
  stack = await createTestStack();
  provider = await startDevelopmentProvider({ seconds: 0.2 });
  await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id)
    values ('Kite', 4, 'fal', 'fal-ai/veo3.1')`;
  const program = fileURLToPath(new URL("./node-server.ts", import.meta.url));
  server = spawn(process.execPath, ["--conditions=vidops-source", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...{ PATH: process.env.PATH, PORT: "0", FAL_KEY: "development" },
      ...{ SUPABASE_URL: stack.url, SUPABASE_PUBLISHABLE_KEY: stack.publishableKey },
      ...{ SUPABASE_SECRET_KEY: stack.secretKey, VIDOPS_DEVELOPMENT_PROVIDER_URL: provider.url },
    },
  });
  origin = await listening(server);
});
afterAll(async () => {
  server?.kill("SIGKILL");
  await provider?.close();
  await stack?.[Symbol.asyncDispose]();
});

/** The address that a server prints when it is ready. What it prints later is its log. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
      const [, address] = /listening on (\S+)/.exec(printed) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`The server ended before it listened:\n${printed}`)));
  });
}

describe("a Node server of one's own", () => {
  it("serves the client as Supabase's functions do: a guest, a video, its file, the balance", async () => {
    const functions = `${stack.url}/functions/v1`;
    const vidops = createVidops({
      ...{ url: stack.url, key: stack.publishableKey },
      fetch: (to, init) => fetch(String(to).replace(functions, origin), init),
    });
    expect(await vidops.guest.start({ deviceId: "a-device" })).toMatchObject({ creditsGranted: 10 });
    const [model] = await vidops.models.list();
    const { jobId } = await vidops.videos.generate({ modelId: model?.id ?? "", prompt: "a red kite" });
    const { videoUrl } = await vidops.videos.waitFor(jobId);
    const file = await fetch(videoUrl ?? "");
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "video/mp4"]);
    expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    expect(await vidops.credits.balance({ maxAge: 0 })).toEqual({ creditsRemaining: 6, creditsTotal: 10 });
  });

  it("believes no address that the client names", async () => {
    const headers = {
      ...{ "x-client-address": "203.0.113.7", "x-forwarded-for": "203.0.113.8" },
      authorization: `Bearer ${(await stack.createUser()).accessToken}`,
    };
    const body = JSON.stringify({ device_id: "another-device" });
    expect((await fetch(`${origin}/device-check`, { method: "POST", headers, body })).status).toBe(200);
    // This machine's own address is none that limits count by.
    const subjects =
      await stack.sql`select distinct subject from vidops.rate_limit_state where subject like 'ip:%'`;
    expect(subjects.map(({ subject }) => subject)).toEqual(["ip:unknown"]);
  });

  it("answers what is no function with 404, and what is no JSON in vidops' words", async () => {
    expect((await fetch(`${origin}/constructor`)).status).toBe(404);
    const { accessToken } = await stack.createUser({ columns: { language: "tr" } });
    const answer = await fetch(`${origin}/device-check`, {
      method: "POST",
      headers: { authorization: `Bearer ${accessToken}` },
      body: "{",
    });
    expect([answer.status, answer.headers.get("content-language")]).toEqual([400, "tr"]);
    expect(await answer.json()).toMatchObject({ error: { code: "ERR_4008" } });
  });

  it("ends on SIGTERM by itself", async () => {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
