import { requireUuid } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { readJudgement, unreadable } from "./redis-answer.ts";
import { countedLimit, countedLimits } from "./redis-keys.ts";
import { type RedisScript, settleScript, takeScript } from "./redis-script.ts";
import type { RateLimitStore, SettledReservation, TakeAnswer, TakeRequest } from "./store.ts";

/** What the store needs of a client of Redis; node-redis' clients have it. */
export interface RedisClient {
  /**
   * Sends one command, and rejects when Redis answers an error.
   *
   * @param args the command and its arguments
   * @param options a signal: a command that was not sent when it fires is not sent any more
   */
  sendCommand(args: string[], options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

/** How a store uses Redis. */
export interface RedisStoreOptions {
  /**
   * What the name of every key begins with; `vidops:rate-limit:` when left out. Two stores with one prefix count together.
   * In a Redis Cluster it holds a hash tag, e.g. `{vidops}:rate-limit:`: limits that are judged together, and their
   * reservation, have to be on one node.
   */
  readonly prefix?: string | undefined;
}

type Asked = Omit<TakeRequest, "reserve" | "unloggedDenials">;

/** A reservation is known for a day after its slots have left the window: as long as the work may take. */
const settleableMs = 86_400_000;

/**
 * Keeps rate limits in Redis (6.0 or newer, or what speaks its Lua), with the meaning that all stores share. Each request is
 * one script, so one round trip; settling a reservation takes two. Every key expires by itself once nothing counts any more.
 *
 * The store has no rules and no log: a request names its limits, and `unloggedDenials` is ignored. What Redis forgets is not
 * counted: set `maxmemory-policy noeviction`, and know that a failover may lose the requests of its last moments.
 *
 * A client that is offline queues commands until the server is back, unless told otherwise. Set `disableOfflineQueue` for
 * node-redis (`enableOfflineQueue: false` for ioredis), so that a store that is down says so at once. A limiter's `timeoutMs`
 * covers both: the call rejects then, and node-redis takes back a command that it had not sent.
 *
 * Other clients: ioredis is `{ sendCommand: ([name = "", ...args]) => redis.call(name, ...args) }`; a cluster of node-redis
 * `{ sendCommand: (args, options) => cluster.sendCommand("{vidops}", false, args, options) }` with that hash tag in `prefix`;
 * Upstash is a POST of `JSON.stringify(args)` to its REST address, which answers `{ result }`, or `{ error }`: throw an Error
 * with that text.
 *
 * @param client the client, connected
 * @param options the keys' prefix
 * @returns the store. Its methods reject with what the client rejects with, and with VidopsError ERR_4008 for input that Redis
 *   cannot judge, e.g. `limits: null`; ERR_4007 `reservation_not_found`; ERR_4010 `reservation_settled`; ERR_6006 or ERR_6004
 *   `unreadable_answer`
 * @example
 * ```ts
 * const redis = createClient({ url, disableOfflineQueue: true }).on("error", report);
 * await redis.connect();
 * const limiter = createRateLimiter({ store: createRedisStore(redis) });
 * ```
 * @see https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
export function createRedisStore(client: RedisClient, options: RedisStoreOptions = {}): RateLimitStore {
  const { prefix = "vidops:rate-limit:" } = options;
  const reservationKey = (id: string): string => `${prefix}reservation/${requireUuid("reservation", id)}`;

  const judge = async (
    request: Asked,
    reservation: string | null,
    effect: "read" | "write",
    signal?: AbortSignal,
  ): Promise<Omit<TakeAnswer, "reservation">> => {
    const counted = countedLimits(prefix, request);
    const keys = counted.map(({ key }) => key);
    if (reservation !== null) keys.push(reservationKey(reservation));
    const limits = counted.flatMap(({ limit }) => [limit.maxRequests, limit.windowSeconds]);
    const args = [request.cost, effect, settleableMs, ...limits].map(String);
    return readJudgement(await run(takeScript, keys, args, signal), counted, effect);
  };

  const settle = async (
    id: string,
    wanted: "committed" | "released",
    signal?: AbortSignal,
  ): Promise<SettledReservation> => {
    const key = reservationKey(id);
    // A script may touch only the keys it is told of. Which these are never changes.
    const fields = await send(["HKEYS", key], signal);
    if (!Array.isArray(fields) || !fields.every((field) => typeof field === "string"))
      throw unreadable("read", fields);
    // The names of states hold slashes, those of the other fields do not.
    const states = fields.filter((field) => field.includes("/"));
    const before = await run(settleScript, [key, ...states], [wanted], signal);
    if (before === "held") return { changed: true };
    if (before === wanted) return { changed: false };
    if (before === null) {
      throw new VidopsError({
        code: "ERR_4007",
        reason: "reservation_not_found",
        message: "There is no such reservation, or it was made long ago.",
        hint: "Take the id from the decision that reserved.",
        details: { reservation: id },
      });
    }
    if (before !== "committed" && before !== "released") throw unreadable("write", before);
    throw new VidopsError({
      code: "ERR_4010",
      reason: "reservation_settled",
      message: "The reservation was settled the other way before.",
      details: { reservation: id, status: before },
    });
  };

  const run = async (
    { text, sha }: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    signal?: AbortSignal,
  ): Promise<unknown> => {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await send(["EVALSHA", await sha(), ...rest], signal);
    } catch (error) {
      // Redis has not seen the script since it started, and has done nothing.
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return await send(["EVAL", text, ...rest], signal);
    }
  };

  const send = async (args: string[], signal?: AbortSignal): Promise<unknown> => {
    if (signal === undefined) return await client.sendCommand(args);
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([client.sendCommand(args, { abortSignal: signal }), aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };

  return {
    async take(request, signal) {
      const reservation = request.reserve ? crypto.randomUUID() : null;
      const { allowed, limits } = await judge(request, reservation, "write", signal);
      return { allowed, limits, reservation: allowed ? reservation : null };
    },
    async peek(request, signal) {
      return (await judge(request, null, "read", signal)).limits;
    },
    async reset(request, signal) {
      const { key } = countedLimit(prefix, request, request.limit, "limit");
      const deleted = await send(["DEL", key], signal);
      if (deleted !== 0 && deleted !== 1) throw unreadable("write", deleted);
      return deleted === 1;
    },
    commit: (reservation, signal) => settle(reservation, "committed", signal),
    release: (reservation, signal) => settle(reservation, "released", signal),
  };
}
