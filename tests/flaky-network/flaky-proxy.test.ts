import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startFlakyProxy } from "./flaky-proxy.ts";
import { drawFates, type Fate, type Weather } from "./weather.ts";

/** What a server saw: bodies, in order. */
const arrived: string[] = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  arrived.push(body);
  response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ done: body }));
});
let url = "";
beforeAll(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  arrived.length = 0;
});
afterAll(() => void server.close());

const always = (fate: Fate): Weather => ({
  latency: [0, 1],
  odds: fate === "delivered" ? {} : { [fate]: 1 },
});

/** What a client gets of one order that meets a fate, and how often it arrived. */
async function order(fate: Fate): Promise<unknown[]> {
  await using network = await startFlakyProxy(url, always(fate), 1);
  const got = await fetch(`${network.url}/order`, { method: "POST", body: "one" })
    .then(async (response) => [response.status, await response.json()])
    .catch((error: Error) => [error.name]);
  await network.settled();
  expect(network.counts).toMatchObject({ [fate]: 1 });
  return [...got, arrived.length];
}

describe("a flaky network", () => {
  it.each<[Fate, unknown[]]>([
    ["delivered", [201, { done: "one" }, 1]],
    ["reset-before", ["TypeError", 0]],
    ["reset-after", ["TypeError", 1]],
    ["cut", ["TypeError", 1]],
    ["502-before", ["SyntaxError", 0]],
    ["502-after", ["SyntaxError", 1]],
    ["twice", [201, { done: "one" }, 2]],
  ])("does to a request what was drawn for it: %s", async (fate, seen) => {
    expect(await order(fate)).toEqual(seen);
  });

  it("lets everything through when it has cleared up", async () => {
    await using network = await startFlakyProxy(url, always("reset-before"), 1);
    network.clearUp();
    expect((await fetch(network.url)).status).toBe(201);
  });
});

describe("the draw", () => {
  const weather: Weather = { latency: [5, 50], odds: { cut: 0.2, "reset-after": 0.1 } };
  const requests = Array.from({ length: 5_000 }, (_, at) => `POST /order ${at}`);

  it("is the same for the same seed, in whatever order the requests come, and another for each repeat", () => {
    const [one, two] = [drawFates(weather, 7), drawFates(weather, 7)];
    const forwards = new Map(requests.map((request) => [request, one(request)]));
    const backwards = new Map(requests.toReversed().map((request) => [request, two(request)]));
    expect(requests.map((request) => backwards.get(request))).toEqual([...forwards.values()]);
    expect(requests.map(one)).not.toEqual([...forwards.values()]);
    expect(requests.map(drawFates(weather, 8))).not.toEqual([...forwards.values()]);
  });

  it("keeps the odds and the latency", () => {
    const draws = requests.map(drawFates(weather, 7));
    const share = (fate: Fate): number => draws.filter((each) => each.fate === fate).length / requests.length;
    expect(share("cut")).toBeCloseTo(0.2, 1);
    expect(share("reset-after")).toBeCloseTo(0.1, 1);
    expect(share("delivered")).toBeCloseTo(0.7, 1);
    const waits = draws.flatMap(({ before, after }) => [before, after]);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(50);
  });
});
