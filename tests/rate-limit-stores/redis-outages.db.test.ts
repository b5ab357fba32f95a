import { randomUUID } from "node:crypto";
import {
  createRateLimiter,
  createRedisStore,
  type RateLimitStore,
  type TakeRequest,
} from "@vidops/core/rate-limit";
import { createClient, type RedisClientOptions } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { missingRedis, openRedis, type TestRedis } from "./redis-server.ts";
import { address, limitOf } from "./stores.ts";
import { openUnsteadyWay, type UnsteadyWay } from "./unsteady-way.ts";

type Client = ReturnType<typeof createClient>;

if (missingRedis !== null) process.stderr.write(`SKIPPED: Redis through its own client: ${missingRedis}\n`);
const skipped = missingRedis === null ? "" : `: ${missingRedis}`;

describe.skipIf(missingRedis !== null)(`Redis through its own client${skipped}`, () => {
  let server: TestRedis;
  let way: UnsteadyWay;
  let prefix: string;
  const clients: Client[] = [];

  beforeAll(async () => {
    server = await openRedis();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    way = await openUnsteadyWay(server.options);
    prefix = `vidops-test:${randomUUID()}:`;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await way.close();
  });

  async function connected(options: RedisClientOptions): Promise<Client> {
    const client: Client = createClient(options as object);
    client.on("error", () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  const overWay = async (options: RedisClientOptions = {}): Promise<RateLimitStore> => {
    const retry = { socket: { reconnectStrategy: 10 } };
    return createRedisStore(await connected({ url: way.url, ...retry, ...options }), { prefix });
  };
  const direct = async (): Promise<Client> => await connected(server.options);
  const used = async (limits: TakeRequest["limits"]): Promise<number> => {
    const [state] = await createRedisStore(await direct(), { prefix }).peek({ ...request, limits });
    return (state?.limit ?? 0) - (state?.remaining ?? 0);
  };

  const request: TakeRequest = {
    ...{ action: "outage", ip: address, userId: null, cost: 1, reserve: false, unloggedDenials: 0 },
    limits: [limitOf(10, 60)],
  };

  it("says at once that it is down when the client keeps no queue, and works again without a new client", async () => {
    const store = await overWay({ disableOfflineQueue: true });
    expect((await store.take(request)).allowed).toBe(true);
    await way.cut();
    await expect(store.take(request)).rejects.toThrow();
    const began = performance.now();
    await expect(store.take(request)).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(1000);
    await way.mend();
    await expect.poll(() => store.take(request).then(({ allowed }) => allowed, String)).toBe(true);
    expect(await used(request.limits)).toBe(2);
  });

  it("is not waited for longer than the signal says, and what the client still kept is not counted later", async () => {
    const store = await overWay();
    await store.take(request);
    await way.cut();
    const late = { name: "TimeoutError" };
    // The first may have been on its way; the others wait in the client's queue for the server.
    const asked = Array.from({ length: 5 }, () => store.take(request, AbortSignal.timeout(100)));
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
      expect(status).toBe("rejected");
      if (reason.name !== "TimeoutError") expect(reason).toBeInstanceOf(Error);
    }
    await expect(store.take(request, AbortSignal.timeout(50))).rejects.toMatchObject(late);
    await way.mend();
    expect((await store.take(request)).limits).toMatchObject([{ remaining: 8 }]);
    expect(await used(request.limits)).toBe(2);
  });

  it("rejects when the answer does not come, though the request may have been counted", async () => {
    const store = await overWay();
    await store.take(request);
    way.block(true);
    await expect(store.take(request, AbortSignal.timeout(100))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(await used(request.limits)).toBe(2);
  });

  it("is covered by the limiter's time and policy", async () => {
    const store = await overWay();
    const lines: unknown[] = [];
    const limiter = createRateLimiter({ store, timeoutMs: 100, log: (line) => void lines.push(line) });
    const config = {
      action: "outage",
      limits: [{ per: "global", maxRequests: 2, windowMinutes: 1 }],
    } as const;
    const asked = new Request("https://example.test/");
    expect(await limiter.check(asked, config)).toMatchObject({ allowed: true, remaining: 1, degraded: null });
    await way.cut();
    await expect(limiter.check(asked, config)).rejects.toMatchObject({ code: "ERR_6008" });
    const open = await limiter.check(asked, { ...config, onStoreFailure: "open" });
    expect(open).toMatchObject({ allowed: true, degraded: expect.stringMatching(/^store_/) });
    expect(lines).toHaveLength(2);
  });

  it("goes on after Redis forgot the scripts", async () => {
    const store = await overWay();
    const { reservation } = await store.take({ ...request, reserve: true });
    await (await direct()).sendCommand(["SCRIPT", "FLUSH"]);
    expect((await store.take(request)).allowed).toBe(true);
    await (await direct()).sendCommand(["SCRIPT", "FLUSH"]);
    expect(await store.release(reservation ?? "")).toEqual({ changed: true });
    expect(await used(request.limits)).toBe(1);
  });

  it("rejects what Redis refuses: a key that holds something else", async () => {
    const store = await overWay();
    await (await direct()).sendCommand(["SET", `${prefix}outage/ip/${address}/60`, "not a state"]);
    await expect(store.take(request)).rejects.toThrow();
    await (await direct()).sendCommand(["LPUSH", `${prefix}other/ip/${address}/60`, "x"]);
    await expect(store.take({ ...request, action: "other" })).rejects.toThrow("WRONGTYPE");
  });

  it("rejects texts where numbers belong, as a client with a mapping of types gives them", async () => {
    const mapped = (await connected({ url: way.url })).withTypeMapping({ 58: String });
    await expect(createRedisStore(mapped, { prefix }).take(request)).rejects.toMatchObject({
      reason: "unreadable_answer",
    });
  });

  it("is asked in either protocol", async () => {
    for (const RESP of [2, 3]) {
      const store = await overWay({ RESP } as RedisClientOptions);
      const { reservation } = await store.take({ ...request, reserve: true });
      expect(await store.commit(reservation ?? "")).toEqual({ changed: true });
      await expect(store.commit(randomUUID())).rejects.toMatchObject({ code: "ERR_4007" });
      expect(await store.reset({ ...request, limit: limitOf(10, 60) })).toBe(true);
    }
  });

  it("keeps nothing for ever", async () => {
    const [store, client] = [await overWay(), await direct()];
    const limits = [limitOf(5, 2), limitOf(500, 3, { name: "three" }), limitOf(5, 60, { name: "minute" })];
    const { reservation } = await store.take({ ...request, limits, reserve: true });
    const kept = await store.take({ ...request, limits, reserve: true });
    await store.release(reservation ?? "");
    await store.commit(kept.reservation ?? "");
    const keys = await client.keys(`${prefix}*`);
    const lives = new Map<string, number>();
    for (const key of keys) lives.set(key.slice(prefix.length), await client.pTTL(key));
    const day = 86_400_000;
    for (const [key, [least, most]] of Object.entries({
      [`outage/ip/${address}/2`]: [0, 2000],
      [`outage/ip/${address}/3`]: [0, 3030],
      [`outage/ip/${address}/60`]: [59_000, 60_000],
      [`reservation/${reservation}`]: [day + 59_000, day + 60_000],
      [`reservation/${kept.reservation}`]: [day + 59_000, day + 60_000],
    })) {
      expect(lives.get(key), key).toBeGreaterThan(least ?? 0);
      expect(lives.get(key), key).toBeLessThanOrEqual(most ?? 0);
    }
    expect(lives.size).toBe(5);
    await expect.poll(() => client.exists(`${prefix}outage/ip/${address}/2`), { timeout: 4000 }).toBe(0);
  });

  it("keeps no more of a flood than a hundred times", async () => {
    const [store, client] = [await overWay(), await direct()];
    const limits = [limitOf(10_000, 3600)];
    await Promise.all(Array.from({ length: 300 }, () => store.take({ ...request, limits })));
    expect(await used(limits)).toBe(300);
    // 300 times would be 2700 bytes; these came in one hundredth of the window, or in two.
    expect(await client.strLen(`${prefix}outage/ip/${address}/3600`)).toBeLessThan(60);
  });

  it("keeps its order when its clock was set back, and gives back what was taken then", async () => {
    const [store, client] = [await overWay(), await direct()];
    const ahead = String((Date.now() + 10_000) * 1000);
    await client.eval("redis.call('SET', KEYS[1], cmsgpack.pack(1, { tonumber(ARGV[1]) }, { 1 }))", {
      keys: [`${prefix}outage/ip/${address}/60`],
      arguments: [ahead],
    });
    const taken = await store.take({ ...request, reserve: true });
    expect(taken.limits).toMatchObject([{ remaining: 8 }]);
    expect(Date.parse(taken.limits[0]?.resetAt ?? "")).toBe(Number(ahead) / 1000 + 60_000);
    expect(await store.release(taken.reservation ?? "")).toEqual({ changed: true });
    expect(await used(request.limits)).toBe(1);
  });
});
