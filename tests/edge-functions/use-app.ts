import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { createTestStack, type FunctionsOptions, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll } from "vitest";

/** What a function answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it is what it tests
  readonly body: any;
}

/** How an app calls a function. */
export interface Call {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Who somebody is. */
export interface Session {
  readonly id: string;
  readonly token: string;
}

/** Somebody who opened the app. */
export interface Person extends Session {
  /** Calls a function as this person. */
  call(name: string, call?: Call): Promise<Answer>;
  /** Orders a video, under a key of its own unless one is given. */
  generate(prompt: string, more?: Record<string, unknown>, key?: string): Promise<Answer>;
  /** Asks until the job is no longer pending or processing. */
  ended(jobId: string): Promise<Answer["body"]>;
  credits(): Promise<number>;
}

/** The app's functions in Deno over a stack of their own, with one model that costs 4 credits. */
export interface App {
  readonly stack: TestStack;
  readonly model: string;
  call(name: string, call?: Call, token?: string): Promise<Answer>;
  /** A guest who is onboarded, with 10 credits. */
  guest(): Promise<Person>;
  /** A guest who has just signed in, and is not onboarded. */
  signIn(): Promise<Session>;
  person(session: Session): Person;
  /** What the database holds of a job: its row, and what its ledger sums up to. */
  books(jobId: string): Promise<{ status: string; ledger: number; rows: number } | undefined>;
}

/** Serves the functions for the tests of a file. */
export function useApp(options: FunctionsOptions = { pace: { seconds: 0.4, lateSeconds: 600 } }): App {
  let stack: TestStack;
  let model: string;
  beforeAll(async () => {
    stack = await createTestStack({ functions: options });
    const [row] = await stack.sql`
      insert into public.models (name, cost_per_generation, provider, provider_model_id)
      values ('Veo', 4, 'fal', 'fal-ai/veo3.1') returning id`;
    model = row?.id;
    // Everybody here has one address, which would soon have ordered enough.
    await stack.sql`delete from public.rate_limit_rules where per = 'ip'`;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function call(
    name: string,
    { method, query, body, headers }: Call = {},
    token?: string,
  ): Promise<Answer> {
    const response = await fetch(`${stack.url}/functions/v1/${name}?${new URLSearchParams(query)}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        apikey: stack.publishableKey,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? null : JSON.parse(text),
    };
  }

  function person({ id, token }: Session): Person {
    const own: Person = {
      ...{ id, token },
      call: (name, sent) => call(name, sent, token),
      generate: (prompt, more = {}, key = randomUUID()) =>
        own.call("generate-video", {
          body: { model_id: model, prompt, ...more },
          headers: { "idempotency-key": key },
        }),
      async ended(jobId) {
        for (let questions = 0; questions < 200; questions++) {
          const { body } = await own.call("get-video-status", { query: { job_id: jobId } });
          if (body.poll_after === null) return body.job;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`job ${jobId} did not end\n${stack.functionLog.slice(-5).join("\n")}`);
      },
      credits: async () => (await own.call("get-user-credits")).body.credits_remaining,
    };
    return own;
  }

  async function signIn(): Promise<Session> {
    const { auth } = createClient(stack.url, stack.publishableKey, { auth: { persistSession: false } });
    const { data, error } = await auth.signInAnonymously();
    if (data.session === null) throw error;
    return { id: data.session.user.id, token: data.session.access_token };
  }

  return {
    get stack() {
      return stack;
    },
    get model() {
      return model;
    },
    call,
    person,
    signIn,
    async guest() {
      const guest = person(await signIn());
      await guest.call("device-check", { body: { device_id: `device-${guest.id}` } });
      return guest;
    },
    async books(jobId) {
      const [row] = await stack.sql`
        select status, (select coalesce(sum(change), 0)::int from public.quota_log where job_id = ${jobId}) as ledger,
          (select count(*)::int from public.quota_log where job_id = ${jobId}) as rows
        from public.video_jobs where job_id = ${jobId}`;
      return row as { status: string; ledger: number; rows: number } | undefined;
    },
  };
}
