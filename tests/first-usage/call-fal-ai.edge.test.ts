import { expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";

it("the provider call that fetchWithRetry was first written for survives a busy provider in Deno, without any permission", async () => {
  const { code, stdout, stderr } = await runDeno(`
    import { callFalAI } from "./tests/first-usage/call-fal-ai.ts";

    Deno.env.get = (name) => (name === "FALAI_API_KEY" ? "id:word" : undefined);
    const arrived = [];
    globalThis.fetch = async (url, init) => {
      const request = new Request(url, init);
      arrived.push([request.url, request.headers.get("authorization"), await request.text()]);
      return arrived.length < 3
        ? new Response("busy", { status: 503, headers: { "retry-after-ms": "1" } })
        : Response.json({ request_id: "764cabcf" });
    };
    const job = await callFalAI("fal-ai/veo3.1", "a red kite", { duration: "8s" });
    console.log(JSON.stringify({ runtime: navigator.userAgent, job, arrived }));
  `);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const sent = ["https://fal.run/fal-ai/veo3.1", "Key id:word", '{"prompt":"a red kite","duration":"8s"}'];
  expect(JSON.parse(stdout)).toEqual({
    runtime: expect.stringMatching(/^Deno\//),
    job: { job_id: "764cabcf" },
    arrived: [sent, sent, sent],
  });
});
