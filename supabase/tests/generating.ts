import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll } from "vitest";

/** What a function of the database answered. */
export type Answer = Record<string, unknown>;

/** A project that sells one model for 4 credits, and what its server and its books say. */
export interface GeneratingProject {
  readonly stack: TestStack;
  readonly modelId: string;
  /** Calls a function as the app's server does, over the Data API with the secret key. */
  rpc(name: string, args: Answer): Promise<Answer>;
  /** A user with credits; each asks from an address of its own. */
  user(credits: number): Promise<string>;
  /** Starts a generation of `userId`, with changes; a new key unless one is given. */
  start(userId: string, more?: Answer): Promise<Answer>;
  /** Starts one that has to begin, and answers its id. */
  job(userId: string, more?: Answer): Promise<string>;
  /** All that a generation writes for a user. */
  books(userId: string): Promise<unknown>;
  /** The whole ledger proves itself. */
  isProven(): Promise<boolean>;
}

/** Serves a project for the tests of a file. */
export function useGeneratingProject(): GeneratingProject {
  let stack: TestStack;
  let modelId: string;
  let addresses = 0;
  beforeAll(async () => {
    stack = await createTestStack();
    const [model] = await stack.sql`
      insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('Fox', 4, 'fal', 'fal-ai/fox') returning id`;
    modelId = model?.id;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function rpc(name: string, args: Answer): Promise<Answer> {
    const response = await fetch(`${stack.url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers: { apikey: stack.secretKey, "content-type": "application/json" },
      body: JSON.stringify(args),
    });
    return (await response.json()) as Answer;
  }
  const start: GeneratingProject["start"] = (userId, more = {}) => {
    addresses += 1;
    return rpc("start_generation", {
      p_user_id: userId,
      p_model_id: modelId,
      p_prompt: "a fox in the snow",
      p_idempotency_key: crypto.randomUUID(),
      p_ip: `10.0.${Math.floor(addresses / 200)}.${addresses % 200}`,
      ...more,
    });
  };
  return {
    get stack() {
      return stack;
    },
    get modelId() {
      return modelId;
    },
    rpc,
    user: async (credits) => (await stack.createUser({ credits })).id,
    start,
    job: async (userId, more) => {
      const answer = await start(userId, more);
      if (typeof answer.job_id !== "string" || answer.replayed !== false)
        throw new Error(`it did not begin: ${JSON.stringify(answer)}`);
      return answer.job_id;
    },
    books: async (userId) => {
      const [row] = await stack.sql`
        select (select credits_remaining from public.users where id = ${userId}) as balance,
          (select count(*)::int from public.video_jobs where user_id = ${userId}) as jobs,
          (select coalesce(array_agg(change order by id), '{}') from public.quota_log where user_id = ${userId} and reason <> 'test_grant') as ledger,
          (select count(*)::int from public.idempotency_log where user_id = ${userId}) as keys`;
      return row;
    },
    isProven: async () => (await rpc("audit_credits", {})).users_drifted === 0,
  };
}
