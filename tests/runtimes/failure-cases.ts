import type { Targets } from "./targets.ts";

/** The runtimes that the checks run on. */
export type RuntimeName = "node" | "deno" | "bun" | "workerd" | "chromium";

/** One way in which a plain `fetch` goes wrong. */
export interface FailureCase {
  readonly name: string;
  /** What it is in truth; `mistake` is the program's own doing, or the caller's wish, and no use to repeat. */
  readonly truth: "not_connected" | "tls_failed" | "connection_lost" | "mistake";
  /** Runs on these alone; others have no such thing. */
  readonly only?: readonly RuntimeName[];
  /** Where `networkFailure` cannot tell the truth by what is thrown, and why. */
  readonly not?: Partial<Record<RuntimeName, string>>;
  run(targets: Targets, query: string): Promise<unknown>;
}

const text = async (response: Promise<Response>): Promise<string> => (await response).text();
const misbehave =
  (path: string): FailureCase["run"] =>
  ({ origin }, query) =>
    text(fetch(`${origin}/${path}${query}`));
const ok = ({ origin }: Targets, query: string, init: RequestInit): Promise<string> =>
  text(fetch(`${origin}/200${query}`, init));

const sameWords = "says the same of every failure";
const noMatterWhich = {
  chromium: sameWords,
  workerd: "says nothing of what failed before the request was sent",
};
const asIfLost = { chromium: "says the same as of a connection that was lost" };

/** All ways, in the order of a request's life, then the mistakes. */
export const failureCases: readonly FailureCase[] = [
  {
    name: "nobody listens",
    truth: "not_connected",
    not: noMatterWhich,
    run: ({ refused }) => fetch(refused),
  },
  {
    // A label is 63 letters at most: the resolver of every system says no without asking anybody.
    name: "no such host",
    truth: "not_connected",
    not: noMatterWhich,
    run: () => fetch(`http://${"a".repeat(64)}.invalid/`),
  },
  {
    name: "a certificate that nobody trusts",
    truth: "tls_failed",
    not: noMatterWhich,
    run: ({ untrusted }) => fetch(untrusted),
  },
  {
    name: "https to a server of plain http",
    truth: "tls_failed",
    not: noMatterWhich,
    run: ({ plain }) => fetch(plain),
  },
  {
    name: "closed within the TLS handshake",
    truth: "not_connected",
    not: { ...noMatterWhich, bun: "says the same as of a connection that was lost" },
    run: ({ hangUp }) => fetch(hangUp),
  },
  { name: "reset before headers", truth: "connection_lost", run: misbehave("reset") },
  { name: "closed before headers", truth: "connection_lost", run: misbehave("close") },
  {
    name: "POST, reset before headers",
    truth: "connection_lost",
    run: ({ origin }, query) => fetch(`${origin}/reset${query}`, { method: "POST", body: "pay" }),
  },
  {
    name: "POST, closed before headers",
    truth: "connection_lost",
    run: ({ origin }, query) => fetch(`${origin}/close${query}`, { method: "POST", body: "pay" }),
  },
  {
    name: "closed within headers",
    truth: "connection_lost",
    not: { chromium: "takes it for an answer without headers" },
    run: misbehave("cut-headers"),
  },
  { name: "an answer that is no HTTP", truth: "connection_lost", run: misbehave("no-http") },
  { name: "reset within the body", truth: "connection_lost", run: misbehave("reset-body") },
  { name: "closed within a body of known length", truth: "connection_lost", run: misbehave("close-body") },
  { name: "closed within a body of chunks", truth: "connection_lost", run: misbehave("cut-chunks") },
  {
    name: "an answer to other origins only (CORS)",
    truth: "mistake",
    only: ["chromium"],
    not: asIfLost,
    run: ({ foreign }) => fetch(foreign),
  },
  {
    name: "a host without permission",
    truth: "mistake",
    only: ["deno"],
    run: () => fetch("http://not-allowed.invalid/"),
  },
  {
    name: "a redirect that was not wanted",
    truth: "mistake",
    not: asIfLost,
    run: ({ origin }, query) => fetch(`${origin}/redirect${query}`, { redirect: "error" }),
  },
  {
    name: "redirects in a circle",
    truth: "mistake",
    not: asIfLost,
    run: ({ origin }, query) => fetch(`${origin}/redirect-loop${query}`),
  },
  { name: "an unknown scheme", truth: "mistake", not: asIfLost, run: () => fetch("nope://127.0.0.1/") },
  {
    name: "a port that browsers do not speak to",
    truth: "mistake",
    not: { ...asIfLost, bun: "tries it, and nobody listens", workerd: "tries it, and nobody listens" },
    run: () => fetch("http://127.0.0.1:1/"),
  },
  { name: "an invalid URL", truth: "mistake", run: () => fetch("http://[") },
  {
    name: "a body that was read",
    truth: "mistake",
    run: async ({ origin }, query) => {
      const request = new Request(`${origin}/200${query}`, { method: "POST", body: "once" });
      await request.text();
      return fetch(request);
    },
  },
  {
    name: "a stream of the caller's that fails",
    truth: "mistake",
    not: asIfLost,
    run: ({ origin }, query) => {
      const body = new ReadableStream({ pull: (controller) => controller.error(new Error("mine")) });
      return fetch(`${origin}/200${query}`, { method: "POST", body, duplex: "half" } as RequestInit);
    },
  },
  {
    name: "GET with a body",
    truth: "mistake",
    run: (targets, query) => ok(targets, query, { method: "GET", body: "none" }),
  },
  {
    name: "an invalid header",
    truth: "mistake",
    run: (targets, query) => ok(targets, query, { headers: { "x-note": "a\nb" } }),
  },
  {
    name: "an invalid method",
    truth: "mistake",
    run: (targets, query) => ok(targets, query, { method: "A B" }),
  },
  {
    name: "aborted before",
    truth: "mistake",
    run: (targets, query) => ok(targets, query, { signal: AbortSignal.abort() }),
  },
  {
    name: "aborted while waiting for headers",
    truth: "mistake",
    run: ({ origin }, query) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      return fetch(`${origin}/silent${query}`, { signal: controller.signal });
    },
  },
  {
    name: "AbortSignal.timeout while waiting for headers",
    truth: "mistake",
    run: ({ origin }, query) => fetch(`${origin}/silent${query}`, { signal: AbortSignal.timeout(100) }),
  },
  {
    name: "aborted within the body",
    truth: "mistake",
    run: async ({ origin }, query) => {
      const controller = new AbortController();
      const response = await fetch(`${origin}/stall-body${query}`, { signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      return response.text();
    },
  },
];
