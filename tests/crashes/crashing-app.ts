import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createClient } from "@supabase/supabase-js";
import { createSupabaseVideoStore, type SweptGeneration, sweepGenerations } from "@vidops/core/jobs";
import { createFal, developmentFetch } from "@vidops/core/providers";
import { createTestStack, startDevelopmentProvider, type TestStack } from "@vidops/local/testing";

/** What the server is told. */
export interface MortalOrder {
  readonly url: string;
  readonly key: string;
  readonly providerUrl: string;
  readonly userId: string;
  readonly modelId: string;
  readonly prompt: string;
  readonly idempotencyKey: string;
  /** The request that it dies of, from 1; 0 to live. */
  readonly dieAt: number;
  readonly when: "before" | "meanwhile" | "after";
}

/** What is left of an order once everything was swept. */
export interface Remains {
  readonly status: string | null;
  /** Minus what the ledger says of the job. */
  readonly charged: number;
  readonly refunded: number;
  readonly balance: number;
  /** How many jobs the provider was given for it. */
  readonly ordered: number;
  /** Whether the file is where the job says. */
  readonly hasVideo: boolean;
}

/** A stack, a provider that counts, and servers that die. */
export interface CrashingApp {
  readonly stack: TestStack;
  /** Orders a video for a user of its own who has 10 credits, from a server that dies as told. */
  order(
    prompt: string,
    dieAt: number,
    when: MortalOrder["when"],
  ): Promise<MortalOrder & { requests: number | null }>;
  /** Sweeps as a schedule would twenty minutes later, until nothing hangs. */
  sweep(): Promise<SweptGeneration[]>;
  remains(order: MortalOrder): Promise<Remains>;
  [Symbol.asyncDispose](): Promise<void>;
}

const program = fileURLToPath(new URL("mortal-server.ts", import.meta.url));

/** Starts it all. */
export async function startCrashingApp(): Promise<CrashingApp> {
  const stack = await createTestStack();
  const provider = await startDevelopmentProvider({ seconds: 0.05 });
  const client = createClient(stack.url, stack.secretKey, { auth: { persistSession: false } });
  const fetch = developmentFetch(provider.url);
  const fal = createFal({ apiKey: "development", webhookUserId: "development", http: { fetch } });
  const store = createSupabaseVideoStore(client.storage, { fetch, allowLoopback: true });
  const [model] = await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('Veo', 4, 'fal', 'fal-ai/veo3.1') returning id`;

  return {
    stack,
    order: async (prompt, dieAt, when) => {
      const { id: userId } = await stack.createUser({ credits: 10 });
      // The prompt is the order's own, so that it is told from others at the provider.
      const order: MortalOrder = {
        ...{ url: stack.url, key: stack.secretKey, providerUrl: provider.url, userId, modelId: model?.id },
        ...{ prompt: `${prompt} ${userId}`, idempotencyKey: crypto.randomUUID(), dieAt, when },
      };
      const requests = await new Promise<number | null>((resolve) => {
        const env = { ...process.env, ORDER: JSON.stringify(order) };
        execFile(process.execPath, ["--conditions=vidops-source", program], { env }, (error, stdout) =>
          resolve(error === null ? Number(stdout) : null),
        );
      });
      return { ...order, requests };
    },
    sweep: async () => {
      const now = (): number => Date.now() + 20 * 60_000;
      const swept: SweptGeneration[] = [];
      for (let round = 0; round < 10; round += 1) {
        // Who asked a moment ago is not asked again; a schedule comes by when that is long over.
        await stack.sql`update public.video_jobs set provider_checked_at = null where provider_checked_at is not null`;
        swept.push(...(await sweepGenerations({ db: client, providers: { fal }, store, now })));
        const [row] =
          await stack.sql`select count(*)::int as hanging from public.video_jobs where status in ('pending', 'processing')`;
        if (row?.hanging === 0) return swept;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return swept;
    },
    remains: async ({ userId, prompt }) => {
      const [row] = await stack.sql`
        select j.status, u.credits_remaining as balance, coalesce(j.credits_refunded, 0) as refunded,
          (select coalesce(-sum(change), 0)::int from public.quota_log q where q.job_id = j.job_id and change < 0) as charged,
          exists (select from storage.objects o where o.bucket_id = 'videos' and o.name = j.video_url) as has_video
        from public.users u left join public.video_jobs j on j.user_id = u.id where u.id = ${userId}`;
      return {
        ...{ status: row?.status, charged: row?.charged, refunded: row?.refunded, balance: row?.balance },
        ordered: provider.jobs().filter((job) => JSON.stringify(job).includes(prompt)).length,
        hasVideo: row?.has_video,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await provider.close();
      await stack[Symbol.asyncDispose]();
    },
  };
}
