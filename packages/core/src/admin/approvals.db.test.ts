import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import {
  approveRequest,
  getApproval,
  listApprovals,
  listApprovalThresholds,
  readChainHead,
  rejectRequest,
  setApprovalThreshold,
  verifyAdminActions,
} from "./index.ts";

let stack: TestStack;
let db: Database;
let people: { ops: TestUser; second: TestUser; user: TestUser };

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  people = {
    ops: await stack.createUser({ email: "ops@example.com", isAdmin: true }),
    second: await stack.createUser({ email: "second@example.com", isAdmin: true }),
    user: await stack.createUser({ email: "ada@example.com", credits: 10 }),
  };
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Above 100 credits an act needs a second admin; nothing waits. */
beforeEach(async () => {
  await stack.sql`alter table admin_approvals disable trigger user`;
  await stack.sql`truncate admin_approvals`;
  await stack.sql`delete from approval_thresholds`;
  await stack.sql`insert into approval_thresholds (name, credits, updated_by) values ('act_credits', 100, ${people.ops.id})`;
  stack.requests.length = 0;
});

const as = (who: TestUser) =>
  createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: who.accessToken });

/** A request of ops for so many credits; its id. */
async function ask(change: number, reason = `give ${change}`): Promise<string> {
  const [row] = await stack.sql`
    select admin_adjust_credits(${people.user.id}, ${change}, ${reason}, p_admin_user_id => ${people.ops.id}) as answer`;
  expect(row?.answer).toMatchObject({ success: false, error: "approval_required", code: "ERR_4015" });
  return String(row?.answer.approval_id);
}

describe("listApprovals", () => {
  it("pages through requests, newest first, by how they stand and who asked", async () => {
    const ids = [];
    for (let change = 101; change <= 107; change++) ids.push(await ask(change));
    await stack.sql`update admin_approvals set expires_at = now() - interval '1 second' where id = ${ids[0] ?? ""}`;
    await rejectRequest(db, { approvalId: ids[1] ?? "", reason: "no", adminUserId: people.second.id });
    const first = await listApprovals(db, { status: "pending", limit: 3 });
    expect(first.approvals.map(({ id }) => id)).toEqual(ids.slice(4).reverse());
    const rest = await listApprovals(db, { status: "pending", limit: 3, cursor: first.nextCursor });
    expect(rest).toMatchObject({ approvals: [{ id: ids[3] }, { id: ids[2] }], nextCursor: null });
    expect((await listApprovals(db, { status: "expired" })).approvals).toMatchObject([
      { id: ids[0], status: "expired" },
    ]);
    expect((await listApprovals(db, { status: "rejected" })).approvals).toMatchObject([
      { id: ids[1], deciderEmail: "second@example.com", decisionReason: "no" },
    ]);
    expect((await listApprovals(db, { requestedBy: people.ops.id })).approvals).toHaveLength(7);
    expect((await listApprovals(db, { requestedBy: people.second.id })).approvals).toHaveLength(0);
    await expect(listApprovals(db, { cursor: first.nextCursor })).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it.each([
    { limit: 0 },
    { limit: 1001 },
    { status: "open" as "pending" },
    { requestedBy: "ops" },
    { cursor: "x" },
  ])("sends nothing for %o", async (query) => {
    await expect(listApprovals(db, query)).rejects.toMatchObject({ code: "ERR_4008" });
    expect(stack.requests).toHaveLength(0);
  });
});

describe("a request", () => {
  it("for a refund is approved like any other, and a dry run shows it before", async () => {
    const [row] = await stack.sql`
      select admin_refund_credits(101, 'sorry', p_user_id => ${people.user.id}, p_admin_user_id => ${people.ops.id}) as answer`;
    const { approval_id: waiting, payload_hash: payloadHash } = row?.answer ?? {};
    const decision = { approvalId: String(waiting), payloadHash };
    const effect = { userId: people.user.id, change: 101, before: null, after: null };
    const plan = await approveRequest(as(people.second), { ...decision, dryRun: true });
    expect(plan).toMatchObject({ status: "pending", effect });
    const done = await approveRequest(as(people.second), decision);
    expect(done).toMatchObject({ status: "executed", effect });
    // The other tests count from 10.
    await stack.sql`update users set credits_remaining = credits_remaining - 101 where id = ${people.user.id}`;
  });

  it("shows the exact act, is seen before it is done, and is done once by another admin", async () => {
    const approvalId = await ask(500);
    const request = await getApproval(db, approvalId);
    expect(request).toMatchObject({
      ...{
        status: "pending",
        requesterEmail: "ops@example.com",
        targetEmail: "ada@example.com",
        amount: 500,
      },
      payload: { function: "admin_adjust_credits", arguments: { p_change: 500 }, reason: "give 500" },
    });
    const { payloadHash } = request;
    const decision = { approvalId, payloadHash };
    expect(await approveRequest(as(people.second), { ...decision, dryRun: true })).toMatchObject({
      ...{
        dryRun: true,
        status: "pending",
        actionId: null,
        effect: { previousBalance: 10, newBalance: 510 },
      },
    });
    await expect(approveRequest(as(people.ops), decision)).rejects.toMatchObject({ reason: "own_request" });
    await expect(approveRequest(as(people.user), decision)).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(approveRequest(db, { ...decision, adminUserId: people.second.id })).rejects.toMatchObject({
      code: "ERR_4006",
    });
    const done = await approveRequest(as(people.second), decision);
    expect(done).toMatchObject({
      status: "executed",
      requestedBy: people.ops.id,
      effect: { change: 500, newBalance: 510 },
    });
    await expect(approveRequest(as(people.second), decision)).rejects.toMatchObject({
      ...{
        code: "ERR_4009",
        reason: "approval_settled",
        details: { status: "executed", action_id: done.actionId },
      },
    });
    await stack.sql`update users set credits_remaining = 10 where id = ${people.user.id}`;
  });

  it("is refused once its payload or time is another one", async () => {
    const approvalId = await ask(700);
    const { payloadHash } = await getApproval(db, approvalId);
    const approve = (hash: string) => approveRequest(as(people.second), { approvalId, payloadHash: hash });
    await expect(approve("a".repeat(64))).rejects.toMatchObject({ reason: "payload_changed" });
    await stack.sql`update admin_approvals set payload = jsonb_set(payload, '{arguments,p_change}', '7000') where id = ${approvalId}`;
    await expect(approve(payloadHash)).rejects.toMatchObject({ reason: "payload_changed" });
    await stack.sql`update admin_approvals set payload = jsonb_set(payload, '{arguments,p_change}', '700'), expires_at = now() where id = ${approvalId}`;
    await expect(approve(payloadHash)).rejects.toMatchObject({
      code: "ERR_4009",
      reason: "approval_expired",
    });
    await expect(approve("nonsense")).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(getApproval(db, "4711")).rejects.toMatchObject({
      code: "ERR_4007",
      reason: "approval_not_found",
    });
  });

  it("may be withdrawn by who made it", async () => {
    const approvalId = await ask(300);
    expect(await rejectRequest(as(people.ops), { approvalId, reason: "withdrawn" })).toMatchObject({
      ...{ approvalId, requestedBy: people.ops.id, changed: true },
    });
    await expect(rejectRequest(as(people.ops), { approvalId, reason: "again" })).rejects.toMatchObject({
      reason: "approval_settled",
    });
  });
});

describe("thresholds", () => {
  it("are lowered by one admin, and raised or removed by two", async () => {
    const change = { name: "act_credits", reason: "policy", adminUserId: people.ops.id } as const;
    expect(await setApprovalThreshold(db, { ...change, credits: 50 })).toMatchObject({
      before: 100,
      after: 50,
      changed: true,
    });
    expect(await setApprovalThreshold(db, { ...change, credits: 50 })).toMatchObject({
      changed: false,
      actionId: null,
    });
    expect(await setApprovalThreshold(db, { ...change, credits: 60, dryRun: true })).toMatchObject({
      needsApproval: { threshold: "approval_threshold", limit: null },
    });
    for (const credits of [60, null])
      await expect(setApprovalThreshold(db, { ...change, credits })).rejects.toMatchObject({
        code: "ERR_4015",
      });
    expect(await listApprovalThresholds(db)).toMatchObject([
      { name: "act_credits", credits: 50, updatedByEmail: "ops@example.com" },
    ]);
  });

  it("are for admins to read, and so is the chain of actions", async () => {
    await expect(listApprovalThresholds(as(people.user))).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(listApprovals(as(people.user))).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(verifyAdminActions(as(people.user))).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(readChainHead(as(people.user))).rejects.toMatchObject({ code: "ERR_4006" });
  });

  it("need two admins for the first", async () => {
    await stack.sql`delete from approval_thresholds`;
    await stack.sql`update users set is_admin = false where id = ${people.second.id}`;
    const change = { name: "act_credits", credits: 1, reason: "x", adminUserId: people.ops.id } as const;
    await expect(setApprovalThreshold(db, change)).rejects.toMatchObject({ reason: "two_admins_needed" });
    await stack.sql`update users set is_admin = true where id = ${people.second.id}`;
    expect(await setApprovalThreshold(db, change)).toMatchObject({ before: null, after: 1 });
  });

  it.each([
    [{ name: "week_credits", credits: 1 }],
    [{ name: "act_credits", credits: -1 }],
    [{ name: "act_credits", credits: 1.5 }],
    [{ name: "act_credits", credits: 2 ** 31 }],
  ])("are not changed by %o, and nothing is sent", async (change) => {
    await expect(setApprovalThreshold(db, { ...change, reason: "x" } as never)).rejects.toMatchObject({
      code: "ERR_4008",
    });
    expect(stack.requests).toHaveLength(0);
  });
});
