import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { setModelAvailability, setModelFeatured, setModelPrice } from "./index.ts";

let stack: TestStack;
let db: Database;
let adminUserId: string;
let adminToken: string;
let modelId: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey, runId: "run_test" });
  const admin = await stack.createUser({ isAdmin: true });
  [adminUserId, adminToken] = [admin.id, admin.accessToken];
});
afterAll(() => stack[Symbol.asyncDispose]());

beforeEach(async () => {
  const [row] = await stack.sql`
    insert into models (name, cost_per_generation, provider, provider_model_id) values ('Kling', 5, 'fal', 'fal/k') returning id`;
  modelId = row?.id;
  stack.requests.length = 0;
  stack.faults.clear();
});

async function state(): Promise<unknown> {
  const [row] = await stack.sql`
    select is_available, cost_per_generation, is_featured,
      (select count(*)::int from admin_actions where target_model_id = ${modelId}) as actions
    from models where id = ${modelId}`;
  return { ...row };
}

const untouched = { is_available: true, cost_per_generation: 5, is_featured: false, actions: 0 };
const why = { reason: "why", ticket: "SUP-1" };

describe("a change of a model", () => {
  it.each([
    [
      "is taken off sale",
      () => setModelAvailability(db, { modelId, available: false, ...why, adminUserId }),
      { before: true, after: false },
      { is_available: false },
      "model_disable",
    ],
    [
      "is priced",
      () => setModelPrice(db, { modelId, credits: 8, ...why, adminUserId }),
      { before: 5, after: 8 },
      { cost_per_generation: 8 },
      "model_price",
    ],
    [
      "is featured",
      () => setModelFeatured(db, { modelId, featured: true, ...why, adminUserId }),
      { before: false, after: true },
      { is_featured: true },
      "model_feature",
    ],
  ])(
    "%s once, with one audit row that tells before and after",
    async (_, change, values, columns, action) => {
      const done = await change();
      expect(done).toMatchObject({
        ...values,
        ...{ modelId, name: "Kling", changed: true, dryRun: false, adminUserId, needsApproval: null },
        actionId: expect.stringMatching(/^\d+$/),
      });
      expect(stack.requests).toHaveLength(1);
      expect(await state()).toEqual({ ...untouched, ...columns, actions: 1 });
      const [row] = await stack.sql`
      select action_type, reason, ticket, run_id, details from admin_actions where id = ${done.actionId}`;
      const [column] = Object.keys(columns);
      expect(row).toMatchObject({
        ...{ action_type: action, reason: "why", ticket: "SUP-1", run_id: "run_test" },
        details: { before: { [String(column)]: values.before }, after: columns },
      });
      expect(await change()).toMatchObject({ changed: false, actionId: null, before: values.after });
      expect(await state()).toMatchObject({ actions: 1 });
    },
  );

  it("is only looked at with dryRun", async () => {
    const request = { modelId, ...why, adminUserId, dryRun: true };
    expect(await setModelPrice(db, { ...request, credits: 9 })).toMatchObject({
      ...{ changed: true, dryRun: true, actionId: null, before: 5, after: 9 },
    });
    await setModelAvailability(db, { ...request, available: false });
    await setModelFeatured(db, { ...request, featured: true });
    expect(await state()).toEqual(untouched);
  });

  it("of a price that is not any more what was seen is refused, and changes nothing", async () => {
    const request = { modelId, ...why, adminUserId };
    await expect(setModelPrice(db, { ...request, credits: 9, expectedBefore: 4 })).rejects.toMatchObject({
      ...{ code: "ERR_4009", reason: "state_changed_since" },
      details: { expected: { cost_per_generation: 4 }, found: { cost_per_generation: 5 } },
    });
    expect(await state()).toEqual(untouched);
    expect(await setModelPrice(db, { ...request, credits: 9, expectedBefore: 5 })).toMatchObject({
      after: 9,
    });
    // A repeated call finds its own work.
    expect(await setModelPrice(db, { ...request, credits: 9, expectedBefore: 5 })).toMatchObject({
      changed: false,
    });
  });

  it("is made by a signed-in admin without naming one", async () => {
    const signedIn = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: adminToken });
    expect(await setModelPrice(signedIn, { modelId, credits: 6, reason: "why" })).toMatchObject({
      adminUserId,
    });
  });

  it.each([
    [() => setModelPrice(db, { modelId, credits: 0, ...why }), "credits"],
    [() => setModelPrice(db, { modelId, credits: -1, ...why }), "credits"],
    [() => setModelPrice(db, { modelId, credits: 1.5, ...why }), "credits"],
    [() => setModelPrice(db, { modelId, credits: 2 ** 31, ...why }), "credits"],
    [() => setModelPrice(db, { modelId: "x", credits: 1, ...why }), "modelId"],
    [() => setModelPrice(db, { modelId, credits: 1, reason: " " }), "reason"],
    [() => setModelPrice(db, { modelId, credits: 1, reason: "x", ticket: " " }), "ticket"],
    [() => setModelPrice(db, { modelId, credits: 1, reason: "x", ticket: "x".repeat(101) }), "ticket"],
    [() => setModelAvailability(db, { modelId, available: "no" as never, ...why }), "available"],
    [() => setModelFeatured(db, { modelId, featured: undefined as never, ...why }), "featured"],
  ])("is refused before anything is sent (%#)", async (change, field) => {
    await expect(change()).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toEqual([]);
  });

  it("of a model that is not there is refused, and with a key that names nobody", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    await expect(
      setModelPrice(db, { modelId: nobody, credits: 1, ...why, adminUserId }),
    ).rejects.toMatchObject({ code: "ERR_4007", reason: "model_not_found" });
    await expect(setModelPrice(db, { modelId, credits: 1, ...why })).rejects.toMatchObject({
      code: "ERR_4006",
    });
    expect(await state()).toEqual(untouched);
  });

  it("whose answer is lost is ERR_6006, and repeating it changes nothing", async () => {
    stack.faults.next({ path: "/rest/v1/rpc/set_model_price", kind: "cut-after-forward" });
    const change = { modelId, credits: 7, ...why, adminUserId };
    await expect(setModelPrice(db, change)).rejects.toMatchObject({ code: "ERR_6006" });
    await setModelPrice(db, change);
    expect(await state()).toMatchObject({ cost_per_generation: 7, actions: 1 });
  });
});
