import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack, type TestUser, type TestUserPlan } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  createHandlers,
  developmentAttestation,
  type HandlerName,
  type Handlers,
  type HandlersOptions,
} from "../index.ts";
import { type FalPeer, falModel, useFal } from "./fal-peer.ts";

/** What a handler answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    error?: { code: string; message: string; details?: Record<string, unknown>; request_id: string };
  };
}

/** Who can send requests. */
export type Account = Pick<TestUser, "id" | "accessToken">;

/** How a request is sent. */
export interface Sending {
  /** Whose token; null: none. A text is a token. Default: `user`. */
  readonly as?: Account | string | null;
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON, but for texts and bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Other handlers than those with the options of all tests. */
  readonly with?: Handlers;
}

/** A line of the log. */
export type LogLine = readonly [event: string, data: Record<string, unknown>];

/** All handlers on a stack of its own; each test has a new user with 10 credits, and a model that costs 4. */
export interface App {
  readonly stack: TestStack;
  readonly handlers: Handlers;
  readonly fal: FalPeer;
  readonly user: TestUser;
  readonly modelId: string;
  /** The address that requests come from; each test has another. */
  readonly ip: string;
  readonly logged: LogLine[];
  /** The secret client that the handlers use. */
  readonly db: SupabaseClient;
  createUser(plan?: TestUserPlan): Promise<TestUser>;
  /** Signs a guest in at Auth; the guest has no profile yet. */
  createGuest(): Promise<Account>;
  /** Handlers with other options. */
  make(options: Partial<HandlersOptions>): Handlers;
  /** A request as a client sends it. */
  request(name: HandlerName, sending?: Sending): Request;
  send(name: HandlerName, sending?: Sending): Promise<Answer>;
  /** Orders `{model_id, prompt: "a fox"}` with a key of its own. */
  generate(more?: Record<string, unknown>, sending?: Sending & { readonly key?: string }): Promise<Answer>;
  /** Balance, and how many rows of ledger and jobs the user has. */
  books(who?: Account): Promise<{ balance: number; ledger: number; jobs: number }>;
}

/** What {@link App.books} says before the first order. */
export const untouched = { balance: 10, ledger: 1, jobs: 0 };

const withoutSession = { auth: { persistSession: false, autoRefreshToken: false } };

/** Makes the handlers for the tests of a file. */
export function useHandlers(): App {
  const fal = useFal();
  const logged: LogLine[] = [];
  let stack: TestStack;
  let handlers: Handlers;
  let db: SupabaseClient;
  let user: TestUser;
  let modelId: string;
  let ip: string;

  function make(options: Partial<HandlersOptions>): Handlers {
    return createHandlers({
      ...{ url: stack.url, key: stack.publishableKey, db },
      auth: createClient(stack.url, stack.publishableKey, withoutSession).auth,
      providers: { fal: fal.provider },
      store: null,
      attestation: developmentAttestation({ url: stack.url, log: () => {} }),
      initialCredits: 10,
      trust: { hops: 1 },
      webhookUrl: "https://app.example/functions/v1/provider-webhook",
      inFlightWaits: [50, 100, 200, 400, 800],
      log: (event, data = {}) => logged.push([event, data]),
      ...options,
    });
  }

  beforeAll(async () => {
    stack = await createTestStack();
    db = createClient(stack.url, stack.secretKey, withoutSession);
    handlers = make({});
  });
  beforeEach(async () => {
    logged.length = 0;
    stack.faults.clear();
    ip = `81.2.${crypto.getRandomValues(new Uint8Array(2)).join(".")}`;
    user = await stack.createUser({ credits: 10 });
    const [model] = await stack.sql`
      insert into public.models (name, cost_per_generation, provider, provider_model_id)
      values (${`veo ${crypto.randomUUID()}`}, 4, 'fal', ${falModel}) returning id`;
    modelId = model?.id;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const app: App = {
    get stack() {
      return stack;
    },
    get handlers() {
      return handlers;
    },
    fal,
    get user() {
      return user;
    },
    get modelId() {
      return modelId;
    },
    get ip() {
      return ip;
    },
    logged,
    get db() {
      return db;
    },
    createUser: (plan = {}) => stack.createUser(plan),
    async createGuest() {
      const client = createClient(stack.url, stack.publishableKey, withoutSession);
      const { data, error } = await client.auth.signInAnonymously();
      if (error !== null || data.session === null) throw error;
      return { id: data.session.user.id, accessToken: data.session.access_token };
    },
    make,
    request: (name, sending = {}) => requestOf(name, sending, { user, ip }),
    send: async (name, sending = {}) =>
      answerOf(await (sending.with ?? handlers)[name](app.request(name, sending))),
    generate: (more = {}, { key = crypto.randomUUID(), headers, ...sending } = {}) =>
      app.send("generate-video", {
        body: { model_id: modelId, prompt: "a fox", ...more },
        headers: { "idempotency-key": key, ...headers },
        ...sending,
      }),
    async books(who = user) {
      const [row] = await stack.sql`
        select (select credits_remaining from public.users where id = ${who.id}) as balance,
          (select count(*)::int from public.quota_log where user_id = ${who.id}) as ledger,
          (select count(*)::int from public.video_jobs where user_id = ${who.id}) as jobs`;
      return row as Awaited<ReturnType<App["books"]>>;
    },
  };
  return app;
}

const posts: ReadonlySet<string> = new Set([
  "admin-refund-credits",
  "device-check",
  "generate-video",
  "hand-over-guest",
  "provider-webhook",
  "purchase-credits",
]);

/** The request as a client sends it. */
function requestOf(
  name: HandlerName,
  { as, method = methodOf(name), query = {}, body, headers }: Sending,
  { user, ip }: { user: TestUser; ip: string },
): Request {
  const url = `https://app.example/functions/v1/${name}?${new URLSearchParams(query)}`;
  const token = as === undefined ? user.accessToken : typeof as === "object" ? as?.accessToken : as;
  const sent = new Headers({ "x-forwarded-for": ip, ...headers });
  if (token !== undefined) sent.set("authorization", `Bearer ${token}`);
  const isRaw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  const init = { method, headers: sent, body: isRaw ? body : JSON.stringify(body), duplex: "half" };
  return new Request(url, init as RequestInit);
}

function methodOf(name: HandlerName): string {
  if (name === "delete-video-job") return "DELETE";
  return posts.has(name) ? "POST" : "GET";
}

/** A response, read. */
async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Answer["body"]);
  return { status: response.status, headers: response.headers, body };
}
