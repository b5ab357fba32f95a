/**
 * Asks a provider that is overloaded for a video, and gets it at the third attempt: first it answers 503, then 429 with
 * Retry-After, then it works. The log says what happened and why it took so long.
 *
 *     npx node --conditions=vidops-source examples/retrying-fetch.ts
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fetchWithRetry } from "@vidops/core/http";
import { type Logger, logEvent } from "@vidops/core/logging";

/**
 * Submits a prompt, however busy the provider is at first.
 *
 * @param url where prompts are sent to
 * @param prompt what the video shows
 * @param log takes a line for each retry and one for the end
 */
export async function generateVideo(url: string, prompt: string, log: Logger): Promise<unknown> {
  const started = performance.now();
  const response = await fetchWithRetry(
    url,
    {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ prompt }),
    },
    {
      initialDelay: 500,
      onRetry: ({ method, url, attempt, delay }) =>
        log(
          "request_retried",
          {
            method,
            url,
            attempt: attempt.number,
            because: attempt.status ?? attempt.reason,
            waits_ms: Math.round(delay),
          },
          "warn",
        ),
    },
  );
  log("request_answered", { status: response.status, took_ms: Math.round(performance.now() - started) });
  return response.json();
}

/** A provider that is overloaded at first; it tells with each answer whether it saw the same request again. */
export async function startBusyProvider(): Promise<{ url: string; stop: () => void }> {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["idempotency-key"]);
    if (keys.length === 1) return response.writeHead(503).end("overloaded");
    if (keys.length === 2) return response.writeHead(429, { "retry-after": "1" }).end("slow down");
    const same = keys.every((key) => typeof key === "string" && key === keys[0]);
    response.end(JSON.stringify({ request_id: "req-1", attempts: keys.length, same_idempotency_key: same }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/videos`, stop: () => void server.close() };
}

if (import.meta.main) {
  const provider = await startBusyProvider();
  const video = await generateVideo(provider.url, "a lake at dawn", logEvent);
  logEvent("video_accepted", { video });
  provider.stop();
}
