/**
 * Measures one contender of `http-contenders.ts`, named on the command line, in a process of its own: what others leave to be
 * collected, and what their calls teach the compiler, would be counted to it. Prints the µs it adds, by case, as JSON.
 */
import { performance } from "node:perf_hooks";
import { contenders } from "./http-contenders.ts";
import { inTurn } from "./measure.ts";

const url = "https://api.example.com/videos/1";
const ROUNDS = 7;

const post: RequestInit = {
  method: "POST",
  headers: { Authorization: "Key 123", "Content-Type": "application/json" },
  body: JSON.stringify({ prompt: "a cat on the moon", seconds: 5 }),
};
const { signal } = new AbortController();
const cases: Readonly<Record<string, RequestInit>> = {
  GET: {},
  "GET with a signal": { signal },
  POST: post,
  "POST with a signal": { ...post, signal },
};

/** Microseconds of CPU that one call takes, one after the other; the event loop turns after each batch. */
async function microseconds(call: () => Promise<unknown>): Promise<number> {
  const started = process.cpuUsage();
  const until = performance.now() + 80;
  let calls = 0;
  while (performance.now() < until) {
    for (let batch = 0; batch < 200; batch++) await call();
    calls += 200;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / calls;
}

const response = new Response(null);
const fetch = (): Promise<Response> => Promise.resolve(response);
const send = contenders(fetch)[process.argv[2] ?? ""];
if (send === undefined) throw new Error(`no contender named ${process.argv[2]}`);

const added: Record<string, number> = {};
for (const [name, init] of Object.entries(cases)) {
  const time = await inTurn(ROUNDS, {
    plain: () => microseconds(fetch),
    sent: () => microseconds(() => send(url, init)),
  });
  added[name] = time.sent - time.plain;
}
console.log(JSON.stringify(added));
