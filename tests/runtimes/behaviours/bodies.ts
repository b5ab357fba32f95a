import { fetchWithRetry } from "@vidops/core/http";
import { warmUp } from "../failures.ts";
import { type Behaviour, equal, failure, noStreams, quick, sameContent, within } from "./behaviour.ts";

/** What it sends, and how often. */
export const bodyBehaviours: readonly Behaviour[] = [
  {
    name: "reuses connections after error bodies of 200 kB",
    check: async ({ url, seen }) => {
      const plan = `${"503;size=200000,".repeat(20)}200`;
      await (await fetchWithRetry(url(plan), {}, { ...quick, initialDelay: 0, maxRetries: 20 })).text();
      const requests = await seen();
      equal(requests.length, 21);
      within(new Set(requests.map(({ connection }) => connection)).size, 1, 2);
    },
  },
  {
    name: "sends a POST without key once, on a connection that was used before",
    not: {
      deno: "sends it again by itself when the connection was used before, unless the body is a stream",
      chromium: "sends it again by itself when the connection was used before",
    },
    check: async ({ targets, url, seen }) => {
      const options = { method: "POST", body: "pay" };
      await warmUp(targets);
      await failure(fetchWithRetry(url("reset"), options, { ...quick, idempotency: false }));
      equal((await seen()).length, 1);
    },
  },
  {
    name: "sends a POST without key once, on a connection that was used before, when its body is a stream",
    not: noStreams,
    check: async ({ targets, url, seen }) => {
      const options = { method: "POST", body: new Blob(["pay"]).stream() };
      await warmUp(targets);
      await failure(fetchWithRetry(url("reset"), options, { ...quick, idempotency: false }));
      equal((await seen()).length, 1);
    },
  },
  {
    name: "sends the same idempotency key and the same bytes with each attempt of a POST",
    check: async ({ url, seen }) => {
      const options = {
        method: "POST",
        headers: { "x-note": "kept" },
        body: JSON.stringify({ prompt: "göl" }),
      };
      await (await fetchWithRetry(url("reset,503,429,200"), options, { ...quick, maxRetries: 5 })).text();
      const requests = await seen();
      within(requests.length, 3, 5);
      equal(new Set(requests.map(({ headers }) => headers["idempotency-key"])).size, 1);
      equal(requests[0]?.headers["idempotency-key"]?.length, 36);
      sameContent(requests, 17);
      equal(
        requests.map(({ headers }) => headers["x-note"]),
        requests.map(() => "kept"),
      );
    },
  },
  {
    name: "sends patch in capitals",
    check: async ({ url, seen }) => {
      await (await fetchWithRetry(url("200"), { method: "patch", body: "x" }, quick)).text();
      equal((await seen())[0]?.method, "PATCH");
    },
  },
  {
    name: "replays a form with the same boundary",
    check: async ({ url, seen }) => {
      const body = new FormData();
      body.set("file", new Blob(["x".repeat(70_000)], { type: "video/mp4" }), "a.mp4");
      await (await fetchWithRetry(url("503,200"), { method: "POST", body }, quick)).text();
      const requests = await seen();
      sameContent(requests, null);
      equal(requests[0]?.headers["content-type"]?.startsWith("multipart/form-data"), true);
      equal(requests[0]?.headers["content-type"], requests[1]?.headers["content-type"]);
    },
  },
  {
    name: "replays a Request, its method, headers and body",
    check: async ({ url, seen }) => {
      const headers = { "content-type": "application/json", "x-note": "kept" };
      const request = new Request(url("503,200"), { method: "PUT", headers, body: '{"a":1}' });
      await (await fetchWithRetry(request, {}, quick)).text();
      const requests = await seen();
      sameContent(requests, 7);
      equal(
        requests.map(({ method, headers }) => [method, headers["content-type"], headers["x-note"]]),
        [1, 2].map(() => ["PUT", "application/json", "kept"]),
      );
    },
  },
  {
    name: "sends a stream once, and returns the response that came",
    not: noStreams,
    check: async ({ url, seen }) => {
      const body = new Blob(["streamed"]).stream();
      const response = await fetchWithRetry(url("503,200"), { method: "POST", body }, quick);
      equal([response.status, await response.text()], [503, "status 503"]);
      sameContent(await seen(), 8, 1);
    },
  },
  {
    name: "sends a stream again when a function makes it",
    not: noStreams,
    check: async ({ url, seen }) => {
      const body = (): ReadableStream => new Blob(["streamed"]).stream();
      const response = await fetchWithRetry(url("503,200"), { method: "POST", body }, quick);
      equal([response.status, await response.text()], [200, "status 200"]);
      sameContent(await seen(), 8);
    },
  },
];
