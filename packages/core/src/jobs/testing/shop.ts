import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { auditCredits } from "../../credits/index.ts";
import { createDatabase, type Database } from "../../database/index.ts";
import type { GenerationOrder } from "../generation-order.ts";
import { createFakeProvider, type FakeProvider } from "./fake-provider.ts";

/** What a user has of a shop, and whether the ledger proves it. */
export interface Books {
  balance: number;
  ledger: number[];
  jobs: { status: string; credits_refunded: number; video_url: string | null; late: boolean }[];
  proven: boolean;
}

/** A shop with one model of 4 credits, on a database of its own. */
export interface Shop extends AsyncDisposable {
  readonly stack: TestStack;
  readonly db: Database;
  readonly modelId: string;
  fal: FakeProvider;
  /** A user with 10 credits, unless said. */
  user(credits?: number): Promise<TestUser>;
  /** An order of that user, with a key of its own and without limits. */
  order(userId: string, more?: Partial<GenerationOrder>): GenerationOrder;
  books(userId: string): Promise<Books>;
  /** Lets a job, or all, have begun so many seconds earlier. */
  age(seconds: number, jobId?: string): Promise<void>;
}

/** Opens one. @returns the shop */
export async function openShop(): Promise<Shop> {
  const stack = await createTestStack();
  const db = createDatabase({ url: stack.url, key: stack.secretKey });
  const [model] = await stack.sql`
    insert into models (name, provider, provider_model_id, cost_per_generation)
    values ('Kling', 'fal', 'fal-ai/kling', 4) returning id`;
  const modelId = model?.id as string;
  return {
    ...{ stack, db, modelId, fal: createFakeProvider() },
    user: (credits = 10) => stack.createUser({ credits }),
    order: (userId, more = {}) => ({
      ...{ userId, modelId, prompt: "A red kite", idempotencyKey: crypto.randomUUID(), limits: [] },
      ...more,
    }),
    books: async (userId) => {
      const [user] = await stack.sql`select credits_remaining from users where id = ${userId}`;
      const ledger = await stack.sql`select change from quota_log where user_id = ${userId} order by id`;
      const jobs = await stack.sql`
        select status, credits_refunded, video_url, delivered_late_at is not null as late
        from video_jobs where user_id = ${userId} order by created_at, job_id`;
      return {
        balance: user?.credits_remaining as number,
        ledger: ledger.map(({ change }) => change as number),
        jobs: jobs.map((job) => ({ ...job })) as Books["jobs"],
        proven: (await auditCredits(db, { userId })).user?.ok ?? false,
      };
    },
    age: async (seconds, jobId) => {
      await stack.sql`
        update video_jobs set created_at = created_at - make_interval(secs => ${seconds})
        where ${jobId ?? null}::uuid is null or job_id = ${jobId ?? null}`;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
