import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { auditCredits, creditBalance, deductCredits, type RefundRequest, refundCredits } from "./index.ts";

const path = "/rest/v1/rpc/admin_refund_credits";
const reason = "The video never arrived";

let stack: TestStack;
let db: Database;
let admin: TestUser;
let user: TestUser;
let jobId: string;
let modelId: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey, runId: "run_test" });
  admin = await stack.createUser({ isAdmin: true });
  const [model] = await stack.sql`
    insert into models (name, provider, provider_model_id, cost_per_generation)
    values ('Test', 'fal', 'fal/test', 4) returning id`;
  modelId = model?.id as string;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A user with 6 credits left of 10, and a failed job that cost the other 4. */
beforeEach(async () => {
  user = await stack.createUser({ credits: 10 });
  jobId = await createJob("failed");
  await deductCredits(db, { userId: user.id, amount: 4, jobId });
  stack.faults.clear();
  stack.requests.length = 0;
});

async function createJob(status: string): Promise<string> {
  const [job] = await stack.sql`
    insert into video_jobs (user_id, model_id, prompt, status)
    values (${user.id}, ${modelId}, 'a cat', ${status}) returning job_id`;
  return job?.job_id as string;
}

const refund = (request: Partial<RefundRequest> = {}): ReturnType<typeof refundCredits> =>
  refundCredits(db, { jobId, reason, adminUserId: admin.id, ...request });

/** Everything a refund may touch, for this user. */
async function books(): Promise<{
  balance: number;
  ledger: number;
  actions: number;
  refunded: number;
  proven: boolean;
}> {
  const [row] = await stack.sql`
    select (select count(*)::int from quota_log where user_id = ${user.id}) as ledger,
      (select count(*)::int from admin_actions where target_user_id = ${user.id}) as actions,
      (select credits_refunded from video_jobs where job_id = ${jobId}) as refunded`;
  const { user: proof } = await auditCredits(db, { userId: user.id });
  const { creditsRemaining } = await creditBalance(db, user.id);
  return {
    ...(row as unknown as { ledger: number; actions: number; refunded: number }),
    balance: creditsRemaining,
    proven: proof?.ok ?? false,
  };
}
const untouched = { balance: 6, ledger: 2, actions: 0, refunded: 0, proven: true };
const refundedOnce = { balance: 10, ledger: 3, actions: 1, refunded: 4, proven: true };

describe("refundCredits", () => {
  it("gives back all that is left of a job with exactly one request, and records who, why and in which run", async () => {
    const done = await refund({ reasonCode: "provider_outage" });
    expect(done).toEqual({
      ...{ changed: true, needsApproval: null, undoneBy: null },
      actionId: expect.stringMatching(/^\d+$/),
      adminUserId: admin.id,
      userId: user.id,
      jobId,
      amount: 4,
      previousBalance: 6,
      newBalance: 10,
      replayed: false,
      dryRun: false,
      email: user.email,
      jobStatus: "failed",
      jobCreditsUsed: 4,
      jobCreditsRefunded: 4,
    });
    expect(stack.requests.map(({ method, path: sent }) => [method, sent])).toEqual([["POST", path]]);
    expect(await books()).toEqual(refundedOnce);
    const [action] = await stack.sql`select * from admin_actions where id = ${done.actionId}`;
    expect(action).toMatchObject({
      admin_user_id: admin.id,
      reason,
      reason_code: "provider_outage",
      run_id: "run_test",
    });
  });

  it("gives an amount to a user without a job", async () => {
    const done = await refund({ jobId: null, userId: user.id, amount: 3 });
    expect(done).toMatchObject({
      jobId: null,
      amount: 3,
      newBalance: 9,
      jobStatus: null,
      jobCreditsUsed: null,
    });
    expect(await books()).toEqual({ ...untouched, balance: 9, ledger: 3, actions: 1 });
  });

  it("works for a signed-in admin with a publishable key, without naming one", async () => {
    const own = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: admin.accessToken });
    await expect(refundCredits(own, { jobId, reason })).resolves.toMatchObject({ newBalance: 10 });
  });

  it("foretells with dryRun and writes nothing", async () => {
    await expect(refund({ dryRun: true, amount: 1 })).resolves.toMatchObject({
      actionId: null,
      dryRun: true,
      previousBalance: 6,
      newBalance: 7,
      jobCreditsRefunded: 1,
    });
    expect(await books()).toEqual(untouched);
  });

  it("happens once for a key, and answers again with replayed", async () => {
    const first = await refund({ idempotencyKey: `k-${jobId}` });
    const second = await refund({ idempotencyKey: `k-${jobId}` });
    expect(second).toEqual({ ...first, replayed: true });
    expect(await books()).toEqual(refundedOnce);
    await expect(refund({ idempotencyKey: `k-${jobId}`, amount: 1 })).rejects.toMatchObject({
      code: "ERR_4010",
    });
    expect(await books()).toEqual(refundedOnce);
  });
});

describe("a refund that is refused writes nothing", () => {
  const nobody = "00000000-0000-4000-8000-000000000000";
  it.each<[string, () => Partial<RefundRequest>, object]>([
    [
      "more than is left",
      () => ({ amount: 5 }),
      { code: "ERR_4013", reason: "refund_exceeds_charge", details: { refundable: 4, requested: 5 } },
    ],
    ["an unknown job", () => ({ jobId: nobody }), { code: "ERR_4007", reason: "job_not_found" }],
    [
      "an unknown user",
      () => ({ jobId: null, userId: nobody, amount: 1 }),
      { code: "ERR_4007", reason: "user_not_found" },
    ],
    [
      "an admin who is none",
      () => ({ adminUserId: user.id }),
      { code: "ERR_4006", message: expect.stringContaining("is not an admin") },
    ],
    [
      "no admin with a secret key",
      () => ({ adminUserId: null }),
      { code: "ERR_4006", message: expect.stringContaining("name the acting admin") },
    ],
  ])("%s", async (_title, request, expected) => {
    await expect(refund(request())).rejects.toMatchObject(expected);
    expect(await books()).toEqual(untouched);
  });

  it("a job that still runs, unless that is allowed", async () => {
    const running = await createJob("processing");
    await deductCredits(db, { userId: user.id, amount: 1, jobId: running });
    await expect(refund({ jobId: running })).rejects.toMatchObject({
      code: "ERR_4014",
      details: { job_status: "processing" },
    });
    await expect(refund({ jobId: running, allowUnfinished: true })).resolves.toMatchObject({ newBalance: 6 });
    await stack.sql`update video_jobs set status = 'completed', completed_at = now() where job_id = ${running}`;
    const audit = await auditCredits(db, { userId: user.id });
    expect(audit.freeVideos).toMatchObject([{ jobId: running, userId: user.id, creditsRefunded: 1 }]);
    expect(audit.freeVideosCount).toBe(1);
  });

  it("a second refund of a whole job", async () => {
    await refund();
    await expect(refund()).rejects.toMatchObject({ code: "ERR_4013", reason: "nothing_to_refund" });
    expect(await books()).toEqual(refundedOnce);
  });

  it.each<[string, () => Database, object]>([
    [
      "a publishable key alone",
      () => createDatabase({ url: stack.url, key: stack.publishableKey }),
      { code: "ERR_4006" },
    ],
    [
      "the legacy anon key",
      () => createDatabase({ url: stack.url, key: stack.anonKey }),
      { code: "ERR_4006" },
    ],
    [
      "an end user's token",
      () => createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: user.accessToken }),
      { code: "ERR_4006" },
    ],
    [
      "a wrong key",
      () => createDatabase({ url: stack.url, key: "sb_secret_wrong" }),
      { code: "ERR_4005", reason: "invalid_key" },
    ],
  ])("%s", async (_title, open, expected) => {
    await expect(refundCredits(open(), { jobId, reason })).rejects.toMatchObject(expected);
    expect(await books()).toEqual(untouched);
  });

  it("an expired token", async () => {
    const accessToken = await stack.signToken({ sub: admin.id, role: "authenticated", expiresIn: -3600 });
    const expired = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await expect(refundCredits(expired, { jobId, reason })).rejects.toMatchObject({
      code: "ERR_4005",
      reason: "token_expired",
    });
    expect(await books()).toEqual(untouched);
  });
});

describe("a refund whose answer is lost", () => {
  it.each([
    ["cut-after-forward", "connection_lost"],
    ["hang", "timeout"],
    ["502-html", "bad_gateway"],
    ["cut-before-forward", "connection_lost"],
  ] as const)("by %s is sent once, is in doubt, and is settled by the same call", async (kind, lostBy) => {
    const hasty = createDatabase({ url: stack.url, key: stack.secretKey, timeoutMs: 2_000 });
    const request = { jobId, reason, adminUserId: admin.id, idempotencyKey: `lost-${jobId}` };
    stack.faults.next({ path, kind, times: 1 });
    await expect(refundCredits(hasty, request)).rejects.toMatchObject({
      code: "ERR_6006",
      reason: lostBy,
      retryable: false,
      details: { idempotency_key: request.idempotencyKey },
    });
    expect(stack.requests).toHaveLength(1);
    const { replayed } = await refundCredits(hasty, request);
    if (kind === "cut-after-forward") expect(replayed).toBe(true);
    expect(await books()).toEqual(refundedOnce);
  });

  it("by the end of its database session is in doubt, was undone, and is settled by the same call", async () => {
    const request = { idempotencyKey: `ended-${jobId}` };
    await stack.sql.begin(async (holder) => {
      await holder`select from video_jobs where job_id = ${jobId} for update`;
      const waiting = expect(refund(request)).rejects.toMatchObject({
        code: "ERR_6006",
        reason: "connection_lost",
      });
      await vi.waitUntil(async () => {
        const ended = await stack.sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'authenticator' and wait_event_type = 'Lock'`;
        return ended.length > 0;
      });
      await waiting;
    });
    expect(await books()).toEqual(untouched);
    await expect(refund(request)).resolves.toMatchObject({ replayed: false, newBalance: 10 });
    expect(await books()).toEqual(refundedOnce);
  });
});
