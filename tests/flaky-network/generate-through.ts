import { createClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { createVidops, isVidopsError, type Vidops } from "@vidops/sdk";
import { createHandlers, developmentAttestation, type Handlers } from "@vidops/sdk/server";
import { serve } from "../../examples/node-server.ts";
import { type CountingProvider, countingProvider } from "./counting-provider.ts";
import { startFlakyProxy } from "./flaky-proxy.ts";
import type { Fate, Weather } from "./weather.ts";

/** What a generation costs, in credits. */
const price = 4;
/** Credits that each user is to have left. */
const spare = 3;
/** Users, each with a client that generates one video after the other. */
const users = 20;

/** A network on which nobody would like to work: of five requests one gets no good answer, though most of these were done. */
const weather: Weather = {
  latency: [0, 15],
  odds: {
    "reset-before": 0.04,
    "reset-after": 0.05,
    cut: 0.04,
    "502-before": 0.03,
    "502-after": 0.03,
    twice: 0.05,
  },
};

/** By a count, how many have it. */
type Histogram = Readonly<Record<string, number>>;

/** What was found when all was over. */
export interface Found {
  /** Generations that were asked for. */
  readonly asked: number;
  /** Calls that the app had to make again, with the same key, after the client had given up. */
  readonly calledAgain: number;
  /** How many keys have so many jobs: `{ "1": 1000 }` when each has one. */
  readonly jobs: Histogram;
  /** How many keys cost so many credits, by the ledger. */
  readonly charges: Histogram;
  /** How many keys were submitted to the provider so often. */
  readonly submits: Histogram;
  /** Keys whose job is completed, has a video, and is the one that the client was told of. */
  readonly delivered: number;
  /** What all users have together, and what they ought to have. */
  readonly balance: number;
  readonly expectedBalance: number;
  /** Users whose ledger does not add up. */
  readonly drifted: number;
  readonly fates: Readonly<Record<Fate, number>>;
  readonly seconds: number;
}

/**
 * Lets many users generate videos with the real client, through a network that loses and repeats, from the real handlers on a real
 * stack; then counts in the database, at the provider and at the clients.
 *
 * @param count generations, a multiple of 20
 * @param seed of what goes wrong: the same seed brings each order the same mishaps
 */
export async function generateThrough(count: number, seed: number): Promise<Found> {
  await using stack = await createTestStack();
  const provider = countingProvider(50);
  await using server = await serve(handlersOf(stack, provider), 0);
  await using network = await startFlakyProxy(server.url, weather, seed);
  const [model] = await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id)
    values ('Kite', ${price}, 'fal', 'fal-ai/kite') returning id`;
  const modelId = String(model?.id);
  const each = Math.ceil(count / users);
  const started = performance.now();
  /** The job that each key led to, as the client was told. */
  const told = new Map<string, string>();
  let calledAgain = 0;

  async function work(number: number): Promise<void> {
    const { accessToken } = await stack.createUser({ credits: each * price + spare });
    const session = { accessToken };
    const vidops = createVidops({
      url: network.url,
      key: stack.publishableKey,
      session,
      clock: hurriedClock,
    });
    for (let at = 0; at < each; at++) {
      const key = keyOf(seed, number * each + at);
      for (let jobId: string | null = null; jobId === null; ) {
        jobId = await orderAndWait(vidops, modelId, key);
        if (jobId === null) calledAgain += 1;
        else told.set(key, jobId);
      }
    }
  }

  await Promise.all(Array.from({ length: users }, (_, number) => work(number)));
  network.clearUp();
  await network.settled();
  const seconds = (performance.now() - started) / 1000;
  const counted = await countIn(stack, provider, told);
  return { ...counted, calledAgain, expectedBalance: users * spare, fates: { ...network.counts }, seconds };
}

/** As an app does it that kept the key. Null when the client gave up and says that the same call may be made again. */
async function orderAndWait(vidops: Vidops, modelId: string, key: string): Promise<string | null> {
  try {
    const order = { modelId, prompt: key, expectedCredits: price };
    const { jobId } = await vidops.videos.generate(order, { idempotencyKey: key });
    await vidops.videos.waitFor(jobId);
    return jobId;
  } catch (error) {
    if (isVidopsError(error) && error.retryable && error.code !== "ERR_4004") return null;
    throw error;
  }
}

/** Waits between attempts and polls are cut short: what is tested is what happens, not how long it takes. Time limits stay. */
const hurriedClock = {
  now: Date.now,
  setTimeout: (callback: () => void, ms: number): unknown => setTimeout(callback, ms < 10_000 ? ms / 20 : ms),
  clearTimeout: (timer: unknown): void => clearTimeout(timer as NodeJS.Timeout),
};

/** The same UUID for the same seed and number. */
function keyOf(seed: number, number: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  return `${hex(seed >>> 0, 8)}-0000-4000-8000-${hex(number, 12)}`;
}

function handlersOf(stack: TestStack, provider: CountingProvider): Handlers {
  const { url, publishableKey: key, secretKey } = stack;
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  return createHandlers({
    ...{ url, key, db: createClient(url, secretKey, options), auth: createClient(url, key, options).auth },
    ...{ providers: { fal: provider }, store: null, checkAfterMs: 50, initialCredits: 0 },
    ...{ limits: { generateVideo: [] }, log: () => {} },
    attestation: developmentAttestation({ url }),
  });
}

async function countIn(
  stack: TestStack,
  provider: CountingProvider,
  told: ReadonlyMap<string, string>,
): Promise<Pick<Found, "asked" | "jobs" | "charges" | "submits" | "delivered" | "balance" | "drifted">> {
  const rows = await stack.sql`
    select j.idempotency_key as key, count(distinct j.job_id)::int as jobs, min(j.job_id::text) as job_id,
      -sum(q.change)::int as charged, bool_and(j.status = 'completed' and j.video_url is not null) as completed
    from public.video_jobs j left join public.quota_log q on q.job_id = j.job_id group by 1`;
  const found = new Map(rows.map((row) => [String(row.key), row]));
  const keys = [...new Set([...told.keys(), ...found.keys(), ...provider.submits.keys()])];
  const [books] = await stack.sql`
    select (select sum(credits_remaining)::int from public.users) as balance,
      public.audit_credits(null, 10000) ->> 'users_drifted' as drifted`;
  return {
    asked: told.size,
    jobs: histogram(keys.map((key) => found.get(key)?.jobs ?? 0)),
    charges: histogram(keys.map((key) => found.get(key)?.charged ?? 0)),
    submits: histogram(keys.map((key) => provider.submits.get(key) ?? 0)),
    delivered: keys.filter((key) => {
      const row = found.get(key);
      return row?.completed === true && row.job_id === told.get(key);
    }).length,
    balance: Number(books?.balance),
    drifted: Number(books?.drifted),
  };
}

function histogram(counts: readonly number[]): Histogram {
  const found: Record<string, number> = {};
  for (const count of counts) found[count] = (found[count] ?? 0) + 1;
  return found;
}
