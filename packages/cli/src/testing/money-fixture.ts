import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { createJob } from "./fixtures.ts";
import { type Run, type RunOptions, runVidops, temporaryFolder } from "./run-vidops.ts";

/** A project with an admin and a user, and the program set up for it. The getters work from `beforeAll` on. */
export interface MoneyFixture {
  readonly stack: TestStack;
  /** ops@example.com */
  readonly admin: TestUser;
  /** ada@example.com */
  readonly user: TestUser;
  /** The id of a failed job that the user paid 10 credits for; a new one for each test. */
  readonly job: string;
  /** Holds what the program would write. */
  readonly folder: string;
  /** The environment in which the admin acts with the project's secret key. */
  settings(): Readonly<Record<string, string | undefined>>;
  /** Runs the built program with these settings; `options.env` replaces some or, with undefined, unsets them. */
  vidops(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** The credits that the user has now. */
  balance(): Promise<number>;
}

/**
 * Gives a test file a stack with an admin and a user, made before its first test and gone after its last. Each test
 * begins with a job to refund, no recorded requests and no faults.
 *
 * @param plan.credits what the user starts with; 10,000 unless given.
 * @param plan.jobs false makes no job for each test, where ledger and balance are to stay as they are.
 * @example
 * const money = moneyFixture();
 * it("refunds", async () => {
 *   const run = await money.vidops(["refund", money.job, "--reason", "why", "--yes"]);
 * });
 */
export function moneyFixture(
  plan: { readonly credits?: number; readonly jobs?: boolean } = {},
): MoneyFixture {
  const { credits = 10_000, jobs = true } = plan;
  const temporary = temporaryFolder();
  let made: { readonly stack: TestStack; readonly admin: TestUser; readonly user: TestUser } | null = null;
  const get = (): NonNullable<typeof made> => {
    if (made === null) throw new Error("the fixture is made in beforeAll: use it in a test or a hook");
    return made;
  };
  let job = "";
  let dispose = async (): Promise<void> => {};
  beforeAll(async () => {
    const stack = await createTestStack();
    dispose = () => stack[Symbol.asyncDispose]();
    const admin = await stack.createUser({ email: "ops@example.com", isAdmin: true });
    made = { stack, admin, user: await stack.createUser({ email: "ada@example.com", credits }) };
  });
  beforeEach(async () => {
    const { stack, user } = get();
    job = jobs ? await createJob(stack, { userId: user.id, cost: 10 }) : "";
    stack.requests.length = 0;
    stack.faults.clear();
  });
  afterAll(async () => {
    temporary[Symbol.dispose]();
    await dispose();
  });
  const settings: MoneyFixture["settings"] = () => {
    const { stack, admin } = get();
    return { SUPABASE_URL: stack.url, SUPABASE_SECRET_KEY: stack.secretKey, VIDOPS_ADMIN: admin.id };
  };
  return {
    get stack() {
      return get().stack;
    },
    get admin() {
      return get().admin;
    },
    get user() {
      return get().user;
    },
    get job() {
      if (job === "") throw new Error("there is no job: use it in a test of a fixture that makes jobs");
      return job;
    },
    folder: temporary.path,
    settings,
    vidops: (args, options = {}) =>
      runVidops(args, { folder: temporary.path, ...options, env: { ...settings(), ...options.env } }),
    balance: async () => {
      const { stack, user } = get();
      const [row] = await stack.sql`select credits_remaining from users where id = ${user.id}`;
      return row?.credits_remaining;
    },
  };
}
