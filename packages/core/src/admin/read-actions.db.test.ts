import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { type AdminActionQuery, getAdminAction, listAdminActions, undoAdminAction } from "./index.ts";

let stack: TestStack;
let db: Database;
let [ops, second, user]: TestUser[] = [];
let modelId: string;

/** 40 acts, one a minute, by two admins, of two kinds, every second on a user, every fifth on a model or of a ticket; four of one instant. */
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  ops = await stack.createUser({ email: "ops@example.com", isAdmin: true });
  second = await stack.createUser({ email: "second@example.com", isAdmin: true });
  user = await stack.createUser({ email: "ada@example.com", credits: 10 });
  const [model] = await stack.sql`
    insert into models (name, provider, provider_model_id, cost_per_generation) values ('Reel', 'fal', 'fal/reel', 4) returning id`;
  modelId = model?.id;
  await stack.sql`
    insert into admin_actions (admin_user_id, action_type, target_user_id, target_model_id, reason, ticket, run_id, created_at)
    select case when i % 3 = 0 then ${second.id}::uuid else ${ops.id}::uuid end, case when i % 4 = 0 then 'user_ban' else 'model_price' end,
      case when i % 2 = 0 then ${user.id}::uuid end, case when i % 5 = 0 then ${modelId}::uuid end, 'reason ' || i,
      case when i % 5 = 1 then 'SUP-1' end, case when i % 10 = 0 then 'run_1' end, now() - i * interval '1 minute' - interval '30 seconds'
    from generate_series(1, 40) i`;
  await stack.sql`
    insert into admin_actions (admin_user_id, action_type, reason, created_at)
    select ${ops.id}, 'user_unban', 'same', date_trunc('second', now()) - interval '2 hours' + interval '123456 microseconds' from generate_series(1, 4)`;
});
afterAll(() => stack[Symbol.asyncDispose]());

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("made in beforeAll");
  return value;
}

async function all(query: AdminActionQuery) {
  const found = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listAdminActions>> = await listAdminActions(db, {
      ...query,
      cursor,
    });
    found.push(...page.actions);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

describe("listAdminActions", () => {
  it.each([1, 7, 44, 1000])(
    "shows each act once in pages of %d, newest first, also those of one instant",
    async (limit) => {
      const actions = await all({ limit });
      expect(new Set(actions.map(({ id }) => id)).size).toBe(44);
      const order = actions.map(({ createdAt, id }) => `${createdAt} ${id.padStart(19, "0")}`);
      expect(order).toEqual(order.toSorted().reverse());
    },
  );

  it("filters in the database, by all filters together", async () => {
    const [opsId, secondId, userId] = [ops, second, user].map((one) => required(one).id);
    const count = async (query: AdminActionQuery) => (await all(query)).length;
    expect(await count({ actionType: "user_ban" })).toBe(10);
    expect(await count({ adminUserId: secondId ?? "" })).toBe(13);
    expect(await count({ targetUserId: userId ?? "" })).toBe(20);
    expect(await count({ targetModelId: modelId })).toBe(8);
    expect(await count({ ticket: "SUP-1" })).toBe(8);
    expect(await count({ runId: "run_1" })).toBe(4);
    expect(
      await count({
        adminUserId: opsId ?? "",
        actionType: "user_ban",
        targetUserId: userId ?? "",
        targetModelId: modelId,
      }),
    ).toBe(2);
    const since = new Date(Date.now() - 10 * 60_000);
    expect(await count({ since })).toBe(9);
    expect(await count({ since, until: new Date(Date.now() - 5 * 60_000) })).toBe(5);
    expect(await count({ ticket: "SUP-2" })).toBe(0);
  });

  it("stays right while acts are added, and its cursor remembers the times", async () => {
    const since = new Date(Date.now() - 20 * 60_000);
    const first = await listAdminActions(db, { since, limit: 10 });
    await stack.sql`insert into admin_actions (admin_user_id, action_type, reason) values (${required(ops).id}, 'user_ban', 'newer')`;
    const rest = await listAdminActions(db, { limit: 1000, cursor: first.nextCursor });
    expect([...first.actions, ...rest.actions].map(({ reason }) => reason)).toEqual(
      Array.from({ length: 19 }, (_, at) => `reason ${at + 1}`),
    );
    await expect(listAdminActions(db, { ticket: "x", cursor: first.nextCursor })).rejects.toMatchObject({
      ...{ code: "ERR_4008", message: expect.stringContaining("another ticket") },
    });
  });

  it("names who, whom and what", async () => {
    const [action] = await all({ targetModelId: modelId, adminUserId: required(second).id, limit: 1 });
    expect(action).toMatchObject({
      ...{
        actionType: "model_price",
        adminEmail: "second@example.com",
        modelName: "Reel",
        targetEmail: null,
      },
      ...{ undoes: null, undoneBy: null, before: null, approvedBy: null },
    });
  });

  it.each<[AdminActionQuery]>([
    [{ limit: 0 }],
    [{ limit: -1 }],
    [{ limit: 1001 }],
    [{ limit: 1.5 }],
    [{ adminUserId: "ops" }],
    [{ actionType: "nonsense" as "user_ban" }],
    [{ ticket: " " }],
    [{ runId: "with space" }],
    [{ since: "yesterday" }],
    [{ since: "2026-11-02", until: "2026-11-01" }],
    [{ cursor: "nonsense" }],
    [{ cursor: "W10" }],
  ])("sends nothing for %o", async (query) => {
    stack.requests.length = 0;
    await expect(listAdminActions(db, query)).rejects.toMatchObject({ code: "ERR_4008" });
    expect(stack.requests).toHaveLength(0);
  });

  it("is for admins only", async () => {
    const as = (who: TestUser) =>
      createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: who.accessToken });
    await expect(listAdminActions(as(required(user)))).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(getAdminAction(as(required(user)), "1")).rejects.toMatchObject({ code: "ERR_4006" });
    expect((await listAdminActions(as(required(second)), { limit: 1 })).actions).toHaveLength(1);
  });
});

describe("getAdminAction and undoAdminAction", () => {
  it("link an act and its undo both ways", async () => {
    const adminUserId = required(ops).id;
    const [given] = await stack.sql`
      select admin_adjust_credits(${required(user).id}, 5, 'goodwill', p_admin_user_id => ${adminUserId}, p_ticket => 'SUP-9') as answer`;
    const actionId = String(given?.answer.action_id);
    const look = await undoAdminAction(db, { actionId, reason: "why", adminUserId, dryRun: true });
    expect(look).toMatchObject({
      dryRun: true,
      actionId: null,
      change: -5,
      previousBalance: 15,
      newBalance: 10,
      partial: false,
    });
    const undo = await undoAdminAction(db, { actionId, reason: "wrong user", adminUserId, ticket: "SUP-9" });
    expect(undo).toMatchObject({
      changed: true,
      undoes: actionId,
      undoneActionType: "credit_adjustment",
      newBalance: 10,
    });
    expect(await getAdminAction(db, actionId)).toMatchObject({
      ...{ undoneBy: undo.actionId, undoneByAction: { id: undo.actionId, amount: -5, ticket: "SUP-9" } },
      ...{ amount: 5, previousHash: expect.stringMatching(/^[0-9a-f]{64}$/), undoneAction: null },
    });
    expect(await getAdminAction(db, undo.actionId ?? "")).toMatchObject({
      undoes: actionId,
      undoneAction: { id: actionId },
    });
    await expect(undoAdminAction(db, { actionId, reason: "again", adminUserId })).rejects.toMatchObject({
      ...{ code: "ERR_4009", reason: "already_undone", details: { undone_by: undo.actionId } },
    });
    await expect(
      undoAdminAction(db, { actionId: undo.actionId ?? "", reason: "undo of an undo", adminUserId }),
    ).rejects.toMatchObject({
      ...{ reason: "cannot_undo", details: { why: "is_undo" } },
    });
  });

  it("take back what is left of spent credits only when told to", async () => {
    const adminUserId = required(ops).id;
    const { id } = await stack.createUser({ credits: 0 });
    const [given] =
      await stack.sql`select admin_adjust_credits(${id}, 9, 'goodwill', p_admin_user_id => ${adminUserId}) as answer`;
    await stack.sql`select deduct_credits(${id}, 6)`;
    const undo = { actionId: String(given?.answer.action_id), reason: "wrong user", adminUserId };
    await expect(undoAdminAction(db, undo)).rejects.toMatchObject({
      ...{
        code: "ERR_4001",
        reason: "credits_already_spent",
        details: { current_credits: 3, required_credits: 9 },
      },
    });
    expect(await undoAdminAction(db, { ...undo, partial: true })).toMatchObject({
      partial: true,
      change: -3,
      newBalance: 0,
    });
    await expect(undoAdminAction(db, { ...undo, partial: true })).rejects.toMatchObject({
      reason: "already_undone",
    });
  });

  it.each(["0", "-1", "1.5", "abc", "", "9223372036854775808", "1; drop table users"])(
    "send nothing for the id %j",
    async (id) => {
      stack.requests.length = 0;
      await expect(getAdminAction(db, id)).rejects.toMatchObject({ code: "ERR_4008" });
      await expect(undoAdminAction(db, { actionId: id, reason: "x" })).rejects.toMatchObject({
        code: "ERR_4008",
      });
      expect(stack.requests).toHaveLength(0);
    },
  );

  it("say that there is no such act, also for the largest id", async () => {
    const error = { code: "ERR_4007", reason: "action_not_found" };
    await expect(getAdminAction(db, "9223372036854775807")).rejects.toMatchObject(error);
    await expect(
      undoAdminAction(db, { actionId: "9223372036854775807", reason: "x", adminUserId: required(ops).id }),
    ).rejects.toMatchObject(error);
  });
});
