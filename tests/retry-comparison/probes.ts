import { createCircuitBreaker, createRetryBudget, fetchWithRetry } from "@vidops/core/http";
import { bundleSize } from "../../benchmarks/bundle-size.ts";
import { type Course, drive } from "./drive.ts";
import { fetchOf, type Name, type Outcome, type Sent, type Server, url } from "./libraries.ts";

/** Finds out what a cell of the table says by trying it; null where that takes a source instead. */
export type Probe = (name: Name) => Promise<string | null>;

/** An error as the runtime throws it; undici itself throws what `fetch` has as its cause. */
function broken(name: Name, code: string): Error {
  const cause = Object.assign(new Error("broken"), { code });
  return name === "RetryAgent" ? cause : new TypeError("fetch failed", { cause });
}

const lost = (name: Name): Error => broken(name, "ECONNRESET");

/** Fails the first request in some way, then answers 200. */
const once =
  (outcome: Outcome): Server =>
  (number) =>
    number === 1 ? outcome : { status: 200 };

const seconds = (ms: number): string => String(Number((ms / 1000).toFixed(1)));

/** How long is waited after a 503 with such a header, in ms; null when there is no retry. */
async function waitAfter(name: Name, headers: Record<string, string>): Promise<number | null> {
  return (await drive(name, once({ status: 503, headers }))).waits[0] ?? null;
}

async function honours(name: Name, headers: Record<string, string>, ms: number): Promise<string> {
  const wait = await waitAfter(name, headers);
  if (wait === null) return "no retry";
  // A date has whole seconds only; we add up to a quarter, so that clients do not come back together.
  return wait > ms - 1_100 && wait <= ms * 1.25 ? "yes" : "no";
}

const malformed = ["1.5", "-5", "1e1", "0x10", "7, 7", "+7", "2099-01-01", "Wed, 21 Oct 2099", "soon", "7 s"];

function repeated({ sent }: Course): string {
  if (sent.length === 1) return "no";
  const keys = new Set(sent.map(({ headers }) => headers.get("idempotency-key")));
  if (keys.has(null)) return "yes, unprotected";
  return keys.size === 1 ? "yes, with one Idempotency-Key" : "yes, with another key each time";
}

async function waits(name: Name, random: number): Promise<string[]> {
  const course = await drive(name, () => lost(name), {}, { random });
  return course.waits.map(seconds);
}

/** Every row that is found out by trying, by its name in the table. */
export const probes: Readonly<Record<string, Probe>> = {
  "statuses sent again by default": async (name) => {
    const again: number[] = [];
    for (let status = 400; status < 600; status++) {
      const { sent } = await drive(name, once({ status }));
      if (sent.length > 1) again.push(status);
    }
    return again.length === 0 ? "none" : again.join(" ");
  },
  "retries by default": async (name) => {
    // Trying would not end.
    if (name === "cockatiel") return null;
    const { sent } = await drive(name, () => lost(name));
    return String(sent.length - 1);
  },
  "first waits by default, seconds": async (name) => {
    const least = await waits(name, 0);
    const most = await waits(name, 0.999_999);
    return least
      .slice(0, 3)
      .map((wait, at) => (wait === most[at] ? wait : `${wait}–${most[at]}`))
      .join(", ");
  },
  "Retry-After in seconds": (name) => honours(name, { "retry-after": "7" }, 7_000),
  "Retry-After as a date": (name) =>
    honours(name, { "retry-after": new Date(Date.now() + 8_000).toUTCString() }, 8_000),
  "retry-after-ms": (name) => honours(name, { "retry-after-ms": "6500" }, 6_500),
  "malformed Retry-After": async (name) => {
    const usual = await waitAfter(name, {});
    if (usual === null) return "no retry";
    if ((await waitAfter(name, { "retry-after": "7" })) === usual) return "not read";
    const taken: string[] = [];
    for (const value of malformed) {
      if ((await waitAfter(name, { "retry-after": value })) !== usual) taken.push(`“${value}”`);
    }
    return taken.length === 0 ? "ignored" : `obeys ${taken.join(" ")}`;
  },
  "told to wait a day": async (name) => {
    if ((await waitAfter(name, {})) === null) return "no retry";
    const { sent, waits: waited } = await drive(
      name,
      once({ status: 503, headers: { "retry-after": "86400" } }),
    );
    if (sent.length === 1) return "returns the answer at once";
    return (waited[0] ?? 0) >= 86_400_000 ? "waits a day" : `asks again after ${seconds(waited[0] ?? 0)} s`;
  },
  "POST after 503": async (name) =>
    repeated(await drive(name, once({ status: 503 }), { method: "POST", body: "{}" })),
  "POST after a lost connection": async (name) =>
    repeated(await drive(name, once(lost(name)), { method: "POST", body: "{}" })),
  "POST that found no connection, without a key": async (name) => {
    const server = once(broken(name, "ECONNREFUSED"));
    if (name !== "fetchWithRetry") {
      const others = await drive(name, server, { method: "POST" });
      return others.sent.length === 1 ? "no" : "yes, as after any failure";
    }
    const sent: Sent[] = [];
    const config = { fetch: fetchOf(server, sent, () => 0), idempotency: false, initialDelay: 0 };
    await fetchWithRetry(url, { method: "POST" }, config);
    return sent.length === 2 && !sent[1]?.headers.has("idempotency-key") ? "yes, nothing was sent" : "no";
  },
  "a mistake in the program": async (name) => {
    const mistake = new TypeError("Failed to parse URL from x");
    const { sent, end } = await drive(name, once(mistake), { to: "x" });
    return typeof end === "object" && sent.length <= 1 ? "thrown at once" : "tried again";
  },
  "an attempt that is never answered": async (name) => {
    // Ours to cite: what undici waits for is a matter of its connections, which are not here.
    if (name === "RetryAgent") return null;
    const { sent, at, end, waits: waited } = await drive(name, once("never answers"));
    if (end === "pending") return "waits for ever";
    return sent.length === 1
      ? `fails after ${seconds(at)} s`
      : `tried again after ${seconds(Math.floor((waited[0] ?? 0) / 10_000) * 10_000)} s`;
  },
  "a server that never answers: the call ends after": async (name) => {
    if (name === "RetryAgent") return null;
    const { end, at } = await drive(name, () => "never answers");
    return end === "pending" ? "never" : `${seconds(at)} s`;
  },
  "abort during a wait": async (name) => {
    const { at, sent } = await drive(name, () => lost(name), {}, { abortAt: 100 });
    if (at === 0) return "does not wait";
    return at <= 101 && sent.length === 1 ? "ends it at once" : "ends it after the wait";
  },
  "a body that is a stream": async (name) => {
    if (name === "RetryAgent") return null;
    // PUT is idempotent, so that a body that cannot be sent again is the only reason not to.
    const { sent } = await drive(name, once(lost(name)), {
      method: "PUT",
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("the whole body"));
          controller.close();
        },
      }),
    });
    if (sent.length === 1) return "sent once";
    return sent[1]?.body === "the whole body" ? "copied in memory, sent again" : "sent again broken";
  },
  "body of a discarded answer": async (name) => {
    if (name === "RetryAgent") return null;
    let state = "left open";
    const body = new ReadableStream(
      {
        pull(controller) {
          state = "read";
          controller.enqueue(new Uint8Array(10));
          controller.close();
        },
        cancel() {
          state = "cancelled";
        },
      },
      { highWaterMark: 0 },
    );
    const { sent } = await drive(name, once({ status: 503, body }));
    return sent.length === 1 ? "no retry" : state;
  },
  "requests a call while a server is down": async (name) => {
    if (name !== "fetchWithRetry") return null;
    const sent: Sent[] = [];
    const config = {
      fetch: fetchOf(
        () => ({ status: 503 }),
        sent,
        () => 0,
      ),
      initialDelay: 0,
      budget: createRetryBudget(),
    };
    for (let call = 0; call < 200; call++) await fetchWithRetry(url, {}, config);
    return sent.length / 200 <= 1.2 ? "≤ 1.2 with a `budget`" : "more than 1.2 with a `budget`";
  },
  "a server that keeps failing": async (name) => {
    if (name !== "fetchWithRetry") return null;
    const sent: Sent[] = [];
    const fetch = fetchOf(
      () => ({ status: 503 }),
      sent,
      () => 0,
    );
    const config = { fetch, maxRetries: 0, breaker: createCircuitBreaker() };
    const ends = [];
    for (let call = 0; call < 20; call++)
      ends.push(await fetchWithRetry(url, {}, config).catch(() => "left alone"));
    return ends.at(-1) === "left alone" && sent.length < 10 ? "left alone, with a `breaker`" : "asked on";
  },
  "history on the error": async (name) => {
    const { end, sent } = await drive(name, () => lost(name));
    if (typeof end !== "object") return "no error";
    const list = Object.entries(end.error as object).find(
      ([, value]) => Array.isArray(value) && value.length === sent.length,
    );
    return list === undefined ? "no" : `yes, \`${list[0]}\``;
  },
  "kB in a bundle, gzipped": async (name) => {
    const source = bundles[name];
    return source === null ? null : ((await bundleSize(source, "sources", 9)) / 1_000).toFixed(1);
  },
};

/** As little of each as does the job; null for what runs on Node only. */
const bundles: Readonly<Record<Name, string | null>> = {
  fetchWithRetry: `export { fetchWithRetry } from "@vidops/core/http";`,
  ky: `export { default } from "ky";`,
  ofetch: `export { ofetch } from "ofetch";`,
  "p-retry": `export { default } from "p-retry";`,
  "fetch-extras": `export { withRetry } from "fetch-extras";`,
  RetryAgent: null,
  cockatiel: `export { ExponentialBackoff, handleAll, retry } from "cockatiel";`,
};
