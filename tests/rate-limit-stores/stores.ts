import { randomUUID } from "node:crypto";
import { createDatabase } from "@vidops/core/database";
import {
  createPostgresStore,
  createRedisStore,
  type LimitState,
  type RateLimitStore,
  type RequestSubject,
  type StoredLimit,
  type TakeAnswer,
} from "@vidops/core/rate-limit";
import { createTestStack } from "@vidops/local/testing";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { missingRedis, openRedis } from "./redis-server.ts";

export type { LimitState, StoredLimit };

/** A store that runs, and two users that it may count. */
interface OpenStore {
  readonly store: RateLimitStore;
  readonly users: readonly [string, string];
  close(): Promise<void>;
}

/** One way of one store. */
interface Candidate {
  readonly name: string;
  /** Why it cannot be tested here, and what to do about it. */
  readonly missing: string | null;
  /** Takes as the client of a store does that denied as many from memory before. */
  readonly unloggedDenials?: number;
  open(): Promise<OpenStore>;
}

const redis: Candidate = {
  name: "Redis",
  missing: missingRedis,
  async open() {
    const server = await openRedis();
    const client = createClient(server.options).on("error", () => {});
    await client.connect();
    return {
      store: createRedisStore(client, { prefix: `vidops-test:${randomUUID()}:` }),
      users: [randomUUID(), randomUUID()],
      close: async () => {
        await client.close();
        await server.close();
      },
    };
  },
};

const postgres: Candidate = {
  name: "Postgres",
  missing: null,
  async open() {
    const stack = await createTestStack();
    const [ada, bob] = [await stack.createUser(), await stack.createUser()];
    return {
      store: createPostgresStore(createDatabase({ url: stack.url, key: stack.secretKey })),
      users: [ada.id, bob.id],
      close: () => stack[Symbol.asyncDispose](),
    };
  },
};

/** A question that also tells of denials is never put to the function for one limit. */
const postgresByLongWay: Candidate = { ...postgres, name: "Postgres by the long way", unloggedDenials: 1 };

const stores: readonly Candidate[] = [postgres, redis];
/** The stores, and Postgres also as it judges one limit of an address when it is asked as about several. */
export const storesByAllWays: readonly Candidate[] = [...stores, postgresByLongWay];

/** What a question to a store may leave out. */
export interface Question {
  readonly action?: string;
  readonly ip?: string | null;
  readonly userId?: string | null;
  readonly cost?: number;
  readonly reserve?: boolean;
}

type Limits = StoredLimit | readonly StoredLimit[];

/** A store under test, and short ways to ask it. Unless a question names its action, it is one that no other test uses. */
export class StoreUnderTest {
  open: OpenStore | null = null;
  action = "";
  readonly #unloggedDenials: number;

  constructor(unloggedDenials: number) {
    this.#unloggedDenials = unloggedDenials;
  }

  get store(): RateLimitStore {
    return this.#opened.store;
  }

  get users(): readonly [string, string] {
    return this.#opened.users;
  }

  get #opened(): OpenStore {
    if (this.open === null) throw new Error("The store is open while tests run.");
    return this.open;
  }

  /** Starts anew: what was counted before counts no more. */
  fresh(): void {
    this.action = `test_${randomUUID()}`;
  }

  async take(limits: Limits, question: Question = {}): Promise<TakeAnswer> {
    const asked = this.#asked(limits, question);
    const answer = await this.store.take({
      ...asked,
      reserve: question.reserve ?? false,
      unloggedDenials: this.#unloggedDenials,
    });
    return { ...answer, limits: inOrder(asked.limits, answer.limits) };
  }

  async peek(limits: Limits, question: Question = {}): Promise<readonly LimitState[]> {
    const asked = this.#asked(limits, question);
    return inOrder(asked.limits, await this.store.peek(asked));
  }

  /** How many of so many requests at once are admitted. */
  async admitted(requests: number, limits: Limits, question?: Question): Promise<number> {
    const answers = await Promise.all(Array.from({ length: requests }, () => this.take(limits, question)));
    return answers.filter(({ allowed }) => allowed).length;
  }

  /** Takes with a reservation, which must be given. */
  async reserve(limits: Limits, question: Question = {}): Promise<string> {
    const { reservation } = await this.take(limits, { ...question, reserve: true });
    if (reservation === null) throw new Error("The request was not admitted.");
    return reservation;
  }

  reset(
    limit: StoredLimit,
    { action = this.action, ip = address, userId = null }: Question = {},
  ): Promise<boolean> {
    return this.store.reset({ action, ip, userId, limit });
  }

  #asked(
    limits: Limits,
    question: Question,
  ): RequestSubject & { limits: readonly StoredLimit[]; cost: number } {
    const { action = this.action, ip = address, userId = null, cost = 1 } = question;
    return { action, ip, userId, cost, limits: "name" in limits ? [limits] : limits };
  }
}

/** The states of these limits. In which order a store tells them, it does not promise. */
function inOrder(limits: readonly StoredLimit[], states: readonly LimitState[]): readonly LimitState[] {
  const sorted = limits.map(({ name }) => states.find((state) => state.name === name));
  if (states.length !== limits.length || sorted.includes(undefined))
    throw new Error(`${states.map(({ name }) => name)} are not the limits that were asked for.`);
  return sorted as LimitState[];
}

/** Who asks, unless a question says otherwise. */
export const address = "203.0.113.7";

/** A limit per address, or of what else is given, under its usual name. */
export function limitOf(
  maxRequests: number,
  windowSeconds: number,
  more: Partial<StoredLimit> = {},
): StoredLimit {
  const { per = "ip" } = more;
  return {
    name: per === "global" ? per : `per_${per}`,
    per,
    key: null,
    maxRequests,
    windowSeconds,
    ...more,
  };
}

/**
 * Describes what every store has to do. One that cannot run here is skipped under a title that says what to do, and on
 * standard error.
 *
 * @param title what it is about
 * @param tests defines the tests of one store
 * @param candidates which ways of which stores
 */
export function describeStores(
  title: string,
  tests: (tested: StoreUnderTest) => void,
  candidates: readonly Candidate[] = stores,
): void {
  for (const { name, missing, open, unloggedDenials = 0 } of candidates) {
    if (missing !== null) process.stderr.write(`SKIPPED: ${title}, in ${name}: ${missing}\n`);
    describe.skipIf(missing !== null)(
      missing === null ? `${title}, in ${name}` : `${title}, in ${name}: ${missing}`,
      () => {
        const tested = new StoreUnderTest(unloggedDenials);
        beforeAll(async () => {
          tested.open = await open();
        });
        afterAll(() => tested.open?.close());
        beforeEach(() => tested.fresh());
        tests(tested);
      },
    );
  }
}
