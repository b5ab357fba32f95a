import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";

// Deno sends a POST again by itself when a connection that it kept is reset: https://github.com/denoland/deno/issues/35610

let server: Server;
let address: string;
let posts: number;

beforeEach(async () => {
  posts = 0;
  server = createServer((socket) => {
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const post = text.includes("POST ");
      // A whole request: a body ends with its brace, or with the last chunk.
      if (!post && text.endsWith("\r\n\r\n")) {
        text = "";
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"status":"IN_QUEUE"}');
      } else if (post && /\}(?:\r\n0\r\n\r\n)?$/.test(text)) {
        posts += 1;
        socket.resetAndDestroy();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const run = (call: string): ReturnType<typeof runDeno> =>
  runDeno(
    `
    import { createFal } from "@vidops/core/providers";

    const there = (url) => "http://${address}" + new URL(url).pathname;
    const fal = createFal({
      apiKey: "id:word",
      http: { fetch: (url, init) => fetch(there(url), init), initialDelay: 0, random: () => 0 },
    });
    const job = { provider: "fal", id: "764cabcf", model: "fal-ai/veo3.1" };
    // Its connection is kept, and is the one that is used next.
    const { status } = await fal.status(job);
    const error = await ${call}.then(() => null, (reason) => reason);
    console.log(JSON.stringify({ status, code: error?.code ?? null, name: error?.name ?? null }));
  `,
    { permissions: [`--allow-net=${address}`] },
  );

it("a submit is sent once in Deno too, which would send it again on a connection that it kept", async () => {
  const { code, stdout, stderr } = await run(`fal.submit({ model: job.model, prompt: "a red kite" })`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual({ status: "queued", code: "ERR_6006", name: "ProviderError" });
  expect(posts).toBe(1);
});

it("the same sent as text arrives twice: when it does not any more, the detour may go", async () => {
  const call = `fetch(there("https://x.example/y"), { method: "POST", body: '{"prompt":"a red kite"}' })`;
  const { stdout } = await run(call);
  expect(JSON.parse(stdout)).toMatchObject({ status: "queued", name: "TypeError" });
  expect(posts).toBe(2);
});
