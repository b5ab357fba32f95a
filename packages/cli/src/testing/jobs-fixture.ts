import { createDatabase } from "@vidops/core/database";
import { generate } from "@vidops/core/jobs";
import { createFal, developmentFetch } from "@vidops/core/providers";
import { type DevelopmentProvider, startDevelopmentProvider } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type MoneyFixture, moneyFixture } from "./money-fixture.ts";

/** A project whose jobs are made by the development provider. Each test begins with nothing under way. */
export interface JobsFixture extends MoneyFixture {
  readonly provider: DevelopmentProvider;
  /** The settings that let the program ask the provider. */
  asking(): Readonly<Record<string, string | undefined>>;
  /** The settings of the signed-in admin, without a secret key. */
  signedIn(): Readonly<Record<string, string | undefined>>;
  /** Orders a job of 4 credits for the user, as the app does, so many minutes ago; its id. What the provider refuses has failed. */
  order(prompt: string, minutesAgo?: number): Promise<string>;
  /** Ends the provider's work on a job now. */
  finish(jobId: string): Promise<void>;
  /** The row of a job. */
  row(jobId: string): Promise<Record<string, unknown>>;
  /** Files in the bucket of videos. */
  files(): Promise<string[]>;
  /** All that a command could have changed, to prove that nothing was. */
  state(): Promise<unknown>;
}

/** Gives a test file such a project. */
export function jobsFixture(): JobsFixture {
  const money = moneyFixture({ jobs: false });
  let provider: DevelopmentProvider | null = null;
  let modelId = "";
  beforeAll(async () => {
    // It ends its work when it is told to.
    provider = await startDevelopmentProvider({ seconds: 600, slowSeconds: 600, lateSeconds: 600 });
    const [model] = await money.stack.sql`
      insert into models (name, category, cost_per_generation, provider, provider_model_id)
      values ('Reel', 'text_to_video', 4, 'fal', 'fal-ai/reel') returning id`;
    modelId = model?.id;
  });
  beforeEach(async () => {
    await money.stack
      .sql`update video_jobs set status = 'failed', completed_at = now() where status in ('pending', 'processing')`;
  });
  afterAll(() => provider?.close());
  const open = (): DevelopmentProvider => {
    if (provider === null) throw new Error("the fixture is made in beforeAll: use it in a test or a hook");
    return provider;
  };
  const row: JobsFixture["row"] = async (jobId) => ({
    ...(await money.stack.sql`select * from video_jobs where job_id = ${jobId}`)[0],
  });
  const own = {
    asking: () => ({ VIDOPS_DEVELOPMENT_PROVIDER_URL: open().url }),
    signedIn: () => ({
      SUPABASE_SECRET_KEY: undefined,
      VIDOPS_ADMIN: undefined,
      SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
      VIDOPS_ACCESS_TOKEN: money.admin.accessToken,
    }),
    order: async (prompt: string, minutesAgo = 0): Promise<string> => {
      const { stack, user } = money;
      const db = createDatabase({ url: stack.url, key: stack.secretKey });
      const fal = createFal({ apiKey: "development", http: { fetch: developmentFetch(open().url) } });
      const idempotencyKey = crypto.randomUUID();
      const order = { userId: user.id, modelId, prompt, idempotencyKey, limits: [] };
      await generate(order, { db, providers: { fal }, log: () => {} }).catch(() => {});
      const [job] = await stack.sql`
        update video_jobs set created_at = created_at - make_interval(mins => ${minutesAgo})
        where idempotency_key = ${idempotencyKey} returning job_id`;
      return job?.job_id;
    },
    finish: async (jobId: string): Promise<void> => open().finish(String((await row(jobId)).provider_job_id)),
    row,
    files: async (): Promise<string[]> =>
      (await money.stack.sql`select name from storage.objects where bucket_id = 'videos' order by 1`).map(
        ({ name }) => name,
      ),
    state: async (): Promise<unknown> => {
      const [state] = await money.stack.sql`
        select (select jsonb_agg(to_jsonb(j) order by j.job_id) from video_jobs j) as jobs,
          (select count(*)::int from admin_actions) as actions, (select count(*)::int from quota_log) as ledger,
          (select jsonb_agg(jsonb_build_array(u.id, u.credits_remaining) order by u.id) from users u) as users`;
      return { ...state };
    },
  };
  return Object.defineProperty(Object.assign(Object.create(money) as JobsFixture, own), "provider", {
    get: open,
  });
}
