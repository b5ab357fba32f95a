import { setTimeout as sleep } from "node:timers/promises";
import { RateLimiterUnion } from "rate-limiter-flexible";
import { parseList } from "structured-headers";
import { vi } from "vitest";
import { manualClock } from "../../packages/core/src/rate-limit/testing/scripted-store.ts";
import type { Contenders } from "./all-contenders.ts";
import { admittedInTurn, type Contender, client, freshScope, type Limiter, type Name } from "./contenders.ts";
import { tripsOf } from "./counting-probes.ts";
import { configOf, ourLimiter, requestOf } from "./over-data-api.ts";
import type { Upstash } from "./over-redis.ts";
import { consumed } from "./over-sql.ts";

const one = { max: 1, seconds: 3600 };
const five = { max: 5, seconds: 3600 };

type Found = (contenders: Contenders, contender: Contender) => Promise<string>;

function running(upstash: Upstash | null): Upstash {
  if (upstash === null) throw new Error("There is no Redis.");
  return upstash;
}

const theirOwn = (trips: number): string =>
  trips === 0 ? "no round trip" : `${trips} round trip${trips === 1 ? "" : "s"}`;

/** Two limiters one after the other, the second full: whether the first counted the request all the same. */
async function oneByOne(contender: Contender): Promise<string> {
  const [scope, other] = [freshScope(), freshScope()];
  await (await contender.limiter(other, one)).ask();
  const [first, second] = [await contender.limiter(scope, five), await contender.limiter(other, one)];
  const trips = await tripsOf(contender, async () => (await first.ask()) && (await second.ask()));
  const counted = first.used === null ? await contender.kept(scope) : await first.used();
  return `${counted === 0 ? "all or none" : "those asked before count it"}; ${theirOwn(trips)}`;
}

/** Three slots of three are taken; one is given back twice. */
async function givenBack(ask: () => Promise<boolean>, giveBack: () => Promise<unknown>): Promise<number> {
  for (let slot = 0; slot < 3; slot++) await ask();
  await giveBack();
  await giveBack();
  return (await ask()) ? ((await ask()) ? 2 : 1) : 0;
}

const times = (admitted: number): string => ["never", "once", "each time it is asked"][admitted] ?? "";

/** How long a denied client is denied without a question, and what that takes. */
async function fromMemory(contender: Contender, limiter: Limiter): Promise<boolean> {
  await admittedInTurn(limiter, 2);
  return (await tripsOf(contender, () => limiter.ask())) === 0;
}

/** What each does in its own way. */
export const managingProbes: Readonly<Record<string, Readonly<Record<Name, Found | null>>>> = {
  "several limits for one request": {
    checkRateLimit: async ({ stack }, contender) => {
      const action = freshScope();
      const team = { per: { key: "team" }, maxRequests: 1, windowMinutes: 60 } as const;
      const limits = [{ per: "ip", maxRequests: 5, windowMinutes: 60 }, team] as const;
      await ourLimiter(stack).check(requestOf(), { action, limits: [team] });
      const limiter = ourLimiter(stack);
      const trips = await tripsOf(contender, () => limiter.check(requestOf(), { action, limits }));
      const left = (await limiter.peek(requestOf(), { action, limits })).find(
        ({ per }) => per === "ip",
      )?.remaining;
      return `${left === 5 ? "all or none" : "some count it"}; ${theirOwn(trips)}`;
    },
    "the first function": (_, contender) => oneByOne(contender),
    "rate-limiter-flexible": async ({ flexible }) => {
      const [first, second] = [
        await flexible.store(freshScope(), five),
        await flexible.store(freshScope(), one),
      ];
      await second.consume(client);
      const trips = await tripsOf(flexible, () =>
        new RateLimiterUnion(first, second).consume(client).catch(() => {}),
      );
      const counted = (await first.get(client))?.consumedPoints ?? 0;
      return `${counted === 0 ? "all or none" : "the others count it"}; ${theirOwn(trips)}`;
    },
    "express-rate-limit": async ({ express }) => {
      const { ask, limiters } = await express.serve([five, one]);
      await ask();
      await ask();
      const counted = (await limiters[0]?.getKey(client))?.totalHits;
      return `${counted === 1 ? "all or none" : "those asked before count it"}; ${theirOwn(0)}`;
    },
    "@upstash/ratelimit": (_, contender) => oneByOne(contender),
  },
  "names the limit that refused": {
    checkRateLimit: async ({ stack }) => {
      const team = { name: "team", per: { key: "a" }, maxRequests: 1, windowMinutes: 60 } as const;
      const config = {
        action: freshScope(),
        limits: [{ per: "ip", maxRequests: 5, windowMinutes: 60 }, team],
      } as const;
      const limiter = ourLimiter(stack);
      await limiter.check(requestOf(), config);
      return String((await limiter.check(requestOf(), config)).violated) === "team"
        ? "yes, `violated`"
        : "no";
    },
    "the first function": null,
    "rate-limiter-flexible": async ({ flexible }) => {
      const names = [freshScope(), freshScope()] as const;
      const union = new RateLimiterUnion(
        await flexible.store(names[0], five),
        await flexible.store(names[1], one),
      );
      await union.consume(client);
      const refusal = await union.consume(client).catch((refused: object) => refused);
      return String(Object.keys(refusal)) === names[1] ? "yes, `RateLimiterUnion`" : "no";
    },
    "express-rate-limit": async ({ express }) => {
      const { ask } = await express.serve([
        { ...five, identifier: "first" },
        { ...one, identifier: "team" },
      ]);
      await ask();
      const items = parseList((await ask()).headers.get("ratelimit") ?? "");
      const refusing = items.filter(([, parameters]) => parameters.get("r") === 0).map(([item]) => item);
      return String(refusing) === "team" ? "yes, by `r=0`" : "no";
    },
    "@upstash/ratelimit": null,
  },
  "gives a slot back when the work failed": {
    checkRateLimit: async ({ stack }) => {
      const limiter = ourLimiter(stack, { denyCache: false });
      const config = { ...configOf(freshScope(), { max: 3, seconds: 3600 }), reserve: true };
      let last: string | null = null;
      const ask = async (): Promise<boolean> => {
        const { allowed, reservation } = await limiter.check(requestOf(), config);
        last = reservation ?? last;
        return allowed;
      };
      return `${times(await givenBack(ask, () => limiter.release(last ?? "")))}, \`release\``;
    },
    "the first function": null,
    "rate-limiter-flexible": async ({ flexible }) => {
      const store = await flexible.store(freshScope(), { max: 3, seconds: 3600 });
      return `${times(
        await givenBack(
          () => consumed(store.consume(client)),
          () => store.reward(client),
        ),
      )}, \`reward\``;
    },
    "express-rate-limit": async ({ express }) => {
      let status = 500;
      const { ask, limiters } = await express.serve([{ ...one, skipFailedRequests: true }], () => status);
      await ask();
      while ((await limiters[0]?.getKey(client))?.totalHits !== 0) await sleep(5);
      status = 200;
      return String([(await ask()).status, (await ask()).status]) === "200,429"
        ? "once, `skipFailedRequests`"
        : "no";
    },
    "@upstash/ratelimit": async ({ upstash }) => {
      const limiter = running(upstash).make(freshScope(), { max: 3, seconds: 3600 });
      const ask = async (): Promise<boolean> => (await limiter.limit(client)).success;
      return `${times(await givenBack(ask, () => limiter.limit(client, { rate: -1 })))}, \`rate: -1\``;
    },
  },
  "limits change without a deploy": {
    checkRateLimit: async ({ stack }) => {
      const action = freshScope();
      const admin = await stack.createUser({ isAdmin: true });
      const limiter = ourLimiter(stack);
      const answers: boolean[] = [];
      for (const most of [1, 2]) {
        await stack.sql`select public.set_rate_limit_rule(${action}, 'ip', 'any', 3600, ${most}, 'busy', ${admin.id})`;
        answers.push((await limiter.check(requestOf(), { action })).allowed);
      }
      answers.push((await limiter.check(requestOf(), { action })).allowed);
      return String(answers) === "true,true,false" ? "yes, rules in the database" : `no: ${answers}`;
    },
    "the first function": null,
    "rate-limiter-flexible": async ({ flexible }) => {
      const store = await flexible.store(freshScope(), one);
      const answers = [await consumed(store.consume(client))];
      store.points = 2;
      answers.push(await consumed(store.consume(client)), await consumed(store.consume(client)));
      return String(answers) === "true,true,false" ? "in each process, `points`" : "no";
    },
    "express-rate-limit": async ({ express }) => {
      let limit = 1;
      const { ask } = await express.serve([{ ...one, limit: () => limit }]);
      const statuses = [(await ask()).status];
      limit = 2;
      statuses.push((await ask()).status, (await ask()).status);
      return String(statuses) === "200,200,429" ? "yes, when `limit` is a function" : "no";
    },
    "@upstash/ratelimit": async ({ upstash }) => {
      const limiter = running(upstash).make(freshScope(), one, { dynamicLimits: true });
      const answers = [(await limiter.limit(client)).success];
      await limiter.setDynamicLimit({ limit: 2 });
      answers.push((await limiter.limit(client)).success, (await limiter.limit(client)).success);
      return String(answers) === "true,true,false" ? "yes, `dynamicLimits`" : "no";
    },
  },
  "a client that was just denied is denied from memory": {
    checkRateLimit: async ({ stack }, contender) => {
      const clock = manualClock();
      const limiter = ourLimiter(stack, { clock });
      const config = configOf(freshScope(), one);
      const ask = () => limiter.check(requestOf(), config);
      await ask();
      await ask();
      const trips: number[] = [];
      for (const ms of [9_900, 200]) {
        clock.pass(ms);
        trips.push(await tripsOf(contender, ask));
      }
      return String(trips) === "0,1" ? "yes, for up to 10 s" : "no";
    },
    "the first function": async (_, contender) =>
      (await fromMemory(contender, await contender.limiter(freshScope(), one))) ? "yes" : "no",
    "rate-limiter-flexible": async ({ flexible }) => {
      const deniedTwice = async (options: object): Promise<number> => {
        const store = await flexible.store(freshScope(), one, options);
        for (let time = 0; time < 2; time++) await consumed(store.consume(client));
        return tripsOf(flexible, () => consumed(store.consume(client)));
      };
      const trips = [await deniedTwice({}), await deniedTwice({ inMemoryBlockOnConsumed: 2 })];
      return String(trips) === "1,0" ? "with `inMemoryBlockOnConsumed`" : "no";
    },
    "express-rate-limit": async (_, contender) =>
      (await fromMemory(contender, await contender.limiter(freshScope(), one))) ? "yes, as all is" : "no",
    "@upstash/ratelimit": async ({ upstash }) => {
      const contender = running(upstash);
      const limiter = contender.make(freshScope(), one);
      await limiter.limit(client);
      const { reset } = await limiter.limit(client);
      const trips: number[] = [];
      try {
        for (const ms of [-50, 50]) {
          vi.useFakeTimers({ toFake: ["Date"], now: reset + ms });
          trips.push(await tripsOf(contender, () => limiter.limit(client)));
        }
      } finally {
        vi.useRealTimers();
      }
      return String(trips) === "0,1" ? "yes, until its window ends" : "no";
    },
  },
  "what counts no more is deleted": {
    checkRateLimit: async ({ stack }, contender) => {
      const scope = freshScope();
      await (await contender.limiter(scope, { max: 1, seconds: 1 })).ask();
      const cleanUp = async (): Promise<number> => {
        await stack.sql`select public.cleanup_rate_limit_state()`;
        return contender.kept(scope);
      };
      const before = await cleanUp();
      await stack.sql`
        update vidops.rate_limit_state set expires_at = expires_at - interval '1 hour 2 seconds' where action = ${scope}`;
      return before === 1 && (await cleanUp()) === 0 ? "by `vidops cleanup`, an hour later" : "no";
    },
    "the first function": null,
    "rate-limiter-flexible": null,
    "express-rate-limit": null,
    "@upstash/ratelimit": async ({ upstash }) => {
      const contender = running(upstash);
      const scope = freshScope();
      await contender.make(scope, one).limit(client);
      const keys = await contender.keys(scope);
      return keys.length > 0 && keys.every(({ ttl }) => ttl > 0) ? "by Redis, after two windows" : "no";
    },
  },
};
