import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { banUser, getUserOverview } from "./index.ts";

let stack: TestStack;
let db: Database;
let admin: TestUser;
let ada: TestUser;
let job: string;

async function makeJob(
  userId: string,
  cost: number,
  status: string,
  createdAt = new Date(),
): Promise<string> {
  const [row] = await stack.sql`
    insert into video_jobs (user_id, model_id, prompt, status, created_at)
    values (${userId}, (select id from models limit 1), 'a fox', ${status}, ${createdAt}) returning job_id`;
  await stack.sql`select deduct_credits(${userId}, ${cost}, 'video_generation', ${row?.job_id})`;
  return String(row?.job_id);
}

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  admin = await stack.createUser({ email: "ops@example.com", isAdmin: true });
  ada = await stack.createUser({ email: "ada@example.com", credits: 100 });
  await stack.sql`insert into models (name, cost_per_generation, provider, provider_model_id) values ('Kling', 5, 'fal', 'm')`;
  await makeJob(ada.id, 5, "completed", new Date("2026-01-01"));
  job = await makeJob(ada.id, 7, "failed");
  await stack.sql`insert into error_log (user_id, error_code, endpoint, error_details) values (${ada.id}, 'ERR_5001', '/generate', '{"message": "timed out"}')`;
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("getUserOverview", () => {
  it("tells profile, balance and proof, ledger, jobs, errors and limits in one request", async () => {
    await stack.sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests) values ('upscale', 'user', 'any', 3600, 3)`;
    await stack.sql`select check_rate_limits('upscale', null, ${ada.id})`;
    stack.requests.length = 0;
    const overview = await getUserOverview(db, ada.id);
    expect(stack.requests).toHaveLength(1);
    expect(overview.user).toMatchObject({
      ...{ id: ada.id, email: "ada@example.com", creditsRemaining: 88, creditsTotal: 100 },
      ...{ bannedAt: null, publicBanReason: null, deviceId: null },
    });
    expect(overview.proof).toEqual({ ok: true, entries: 3, whole: true, since: expect.stringMatching(/Z$/) });
    expect(overview.ledger.map(({ change, balanceAfter }) => [change, balanceAfter])).toEqual([
      [-7, 88],
      [-5, 95],
      [100, 100],
    ]);
    expect(overview.jobs).toMatchObject({
      ...{ counted: 2, whole: true, byStatus: { pending: 0, processing: 0, completed: 1, failed: 1 } },
      latest: [{ jobId: job, status: "failed", modelName: "Kling", creditsUsed: 7 }, { status: "completed" }],
    });
    expect(overview.errors).toMatchObject([{ errorCode: "ERR_5001", summary: "timed out" }]);
    expect(overview.limits).toEqual([
      {
        action: "upscale",
        limits: [{ name: "per_user", limit: 3, remaining: 2, windowSeconds: 3600, retryAfterMs: 0 }],
      },
    ]);
    expect(overview.actions).toEqual({ whole: true, refunds: { count: 0, credits: 0 }, latest: [] });
    expect(overview.approvals).toEqual([]);
  });

  it("tells what admins did, what was undone, refunds, a ban, and what waits for a second admin", async () => {
    await stack.sql`select admin_refund_credits(3, 'test', p_job_id => ${job}, p_admin_user_id => ${admin.id})`;
    const [refunded] = await stack.sql`
      select admin_refund_credits(50, 'test', p_user_id => ${ada.id}, p_admin_user_id => ${admin.id}, p_ticket => 'SUP-1') -> 'action_id' as id`;
    await stack.sql`select undo_admin_action(${refunded?.id}, 'wrong user', false, ${admin.id})`;
    await banUser(db, {
      userId: ada.id,
      reason: "chargeback",
      publicReason: "Write to us.",
      adminUserId: admin.id,
    });
    await stack.createUser({ isAdmin: true });
    await stack.sql`select set_approval_threshold('act_credits', 10, 'four eyes', ${admin.id})`;
    await stack.sql`select admin_adjust_credits(${ada.id}, 11, 'test', p_admin_user_id => ${admin.id})`;

    const { user, ban, actions, approvals, proof, jobs } = await getUserOverview(db, ada.id, { rows: 4 });
    expect(user).toMatchObject({ publicBanReason: "Write to us.", bannedAt: expect.stringMatching(/Z$/) });
    expect(ban).toMatchObject({ reason: "chargeback", ticket: null, adminEmail: "ops@example.com" });
    expect(actions.refunds).toEqual({ count: 1, credits: 3 });
    expect(actions.latest.map(({ actionType, ticket }) => [actionType, ticket])).toEqual([
      ["approval_request", null],
      ["user_ban", null],
      ["credit_adjustment", null],
      ["credit_refund", "SUP-1"],
    ]);
    expect(actions.latest[3]).toMatchObject({ adminEmail: "ops@example.com", undoneBy: expect.any(String) });
    expect(approvals).toMatchObject([{ actionType: "credit_adjustment", amount: 11 }]);
    expect(jobs.latest[0]).toMatchObject({ creditsUsed: 7, creditsRefunded: 3 });
    expect(proof).toMatchObject({ ok: true, entries: 6 });
  });

  it("proves the newest thousand rows of a long ledger, and finds a balance that they do not explain", async () => {
    const heavy = await stack.createUser({ email: "heavy@example.com" });
    await stack.sql`
      insert into quota_log (user_id, change, reason, balance_after) select ${heavy.id}, 1, 'grant', i from generate_series(1, 1500) i`;
    await stack.sql`update users set credits_remaining = 1500 where id = ${heavy.id}`;
    const { proof, ledger } = await getUserOverview(db, heavy.id, { rows: 50 });
    expect(proof).toMatchObject({ ok: true, entries: 1000, whole: false });
    expect(ledger).toHaveLength(50);
    await stack.sql`update users set credits_remaining = 1501 where id = ${heavy.id}`;
    expect((await getUserOverview(db, heavy.id)).proof).toMatchObject({ ok: false, entries: 1000 });
  });

  it("finds a row in the middle that was never booked", async () => {
    const cheated = await stack.createUser({ email: "cheated@example.com", credits: 5 });
    await stack.sql`insert into quota_log (user_id, change, reason, balance_after) values (${cheated.id}, 2, 'grant', 8)`;
    await stack.sql`update users set credits_remaining = 8 where id = ${cheated.id}`;
    expect((await getUserOverview(db, cheated.id)).proof).toMatchObject({ ok: false, whole: true });
  });

  it("says of a user without anything that nothing is there", async () => {
    const guest = await stack.createUser({ columns: { email: null, device_id: "phone-1", is_guest: true } });
    const overview = await getUserOverview(db, guest.id);
    expect(overview).toMatchObject({
      user: { email: null, deviceId: "phone-1", isGuest: true },
      proof: { ok: true, entries: 0, whole: true, since: null },
      ledger: [],
      jobs: { counted: 0, latest: [] },
      errors: [],
    });
  });

  it("refuses who is no operator, and a user who does not exist", async () => {
    const asUser = createDatabase({
      url: stack.url,
      key: stack.publishableKey,
      accessToken: ada.accessToken,
    });
    await expect(getUserOverview(asUser, ada.id)).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(getUserOverview(db, "00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({
      code: "ERR_4007",
      reason: "user_not_found",
    });
    await expect(getUserOverview(db, ada.id, { rows: 51 })).rejects.toMatchObject({ code: "ERR_4008" });
  });
});
