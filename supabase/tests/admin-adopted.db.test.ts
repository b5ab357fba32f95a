import { createEmptyDatabase, createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, books, createChargedJob, createModel, signedIn, walkChain } from "./acting.ts";
import { migrateFrom, migrateUntil } from "./migrate.ts";
import { failure } from "./rate-limit-calls.ts";

const chain = "20261127000000";

describe("actions that vidops did not write", () => {
  let stack: TestStack;
  let admin: TestUser;
  beforeAll(async () => {
    stack = await createTestStack();
    admin = await stack.createUser({ isAdmin: true, credits: 100 });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  it.each<[string, () => Promise<Answer>]>([
    [
      "a refund of a job that knows of none",
      async () => ({
        action_type: "credit_refund",
        target_user_id: admin.id,
        target_job_id: await createChargedJob(stack, admin.id, { cost: 4 }),
        amount: 50,
      }),
    ],
    [
      "a huge minus",
      async () => ({ action_type: "credit_adjustment", target_user_id: admin.id, amount: -2147483648 }),
    ],
    ["an adjustment of nobody", async () => ({ action_type: "credit_adjustment", amount: 5 })],
    [
      "a price from 0",
      async () =>
        model("model_price", { before: { cost_per_generation: 0 }, after: { cost_per_generation: 4 } }),
    ],
    [
      "a price from a word",
      async () =>
        model("model_price", { before: { cost_per_generation: "x" }, after: { cost_per_generation: 4 } }),
    ],
    [
      "a price from nothing",
      async () =>
        model("model_price", { before: { cost_per_generation: null }, after: { cost_per_generation: 4 } }),
    ],
    [
      "an end of unknown beginning",
      async () => model("model_disable", { before: {}, after: { is_available: true } }),
    ],
    [
      "a revocation of unknown beginning",
      async () => ({
        action_type: "admin_revoke",
        target_user_id: admin.id,
        details: { before: {}, after: { is_admin: true } },
      }),
    ],
    [
      "a ban of nobody",
      async () => ({
        action_type: "user_ban",
        details: {
          before: { banned_at: null, ban_reason: null },
          after: { banned_at: null, ban_reason: null },
        },
      }),
    ],
    ["details that are a text", async () => model("model_disable", "switched off")],
    ["no details", async () => model("model_disable", {})],
  ])("cannot be undone, and say so, where they do not tell what there was: %s", async (_, make) => {
    const row = { admin_user_id: admin.id, reason: "x", details: {}, ...(await make()) };
    const [action] = await stack.sql`
      insert into public.admin_actions (admin_user_id, action_type, target_user_id, target_model_id, target_job_id, amount, reason, details)
      select r.admin_user_id, r.action_type, r.target_user_id, r.target_model_id, r.target_job_id, r.amount, r.reason, r.details
      from jsonb_populate_record(null::public.admin_actions, ${stack.sql.json(row as never)}) r returning id`;
    const before = await books(stack.sql);
    const undo = { p_action_id: action?.id, p_reason: "x", p_partial: true };
    expect(await signedIn(stack, admin)("undo_admin_action", undo)).toMatchObject({
      ...{ success: false, error: "cannot_undo", why: "not_reversible" },
    });
    expect(await books(stack.sql)).toEqual(before);
  });

  async function model(action_type: string, details: unknown): Promise<Answer> {
    return { action_type, details, target_model_id: await createModel(stack.sql) };
  }

  it.each([
    ["comes to nothing", "('twice')"],
    ["comes to nothing for one row of two", "('twice'), ('fresh')"],
  ])("leave no gap in the chain when an insert %s", async (_, keys) => {
    const insert = (list: string, more = "") => `
      insert into public.admin_actions (admin_user_id, action_type, reason, idempotency_key)
      select '${admin.id}', 'user_ban', 'x', k from (values ${list}) v(k) ${more}`;
    await failure(stack.sql.unsafe(insert("('twice')")));
    await failure(stack.sql.unsafe(insert(keys, "on conflict do nothing")));
    await signedIn(stack, admin)("admin_adjust_credits", { p_user_id: admin.id, p_change: 1, p_reason: "x" });
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });
});

describe("a project with triggers of its own on its actions", () => {
  it.each([
    ["before an insert", "before insert"],
    ["before an update", "before update"],
  ])("that change a row %s has a chain all the same", async (_, when) => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, chain);
    const [admin] = await sql`
      insert into public.users (id, email, is_admin) values (gen_random_uuid(), 'a@example.com', true) returning id`;
    await sql`insert into public.admin_actions (admin_user_id, action_type, reason) values (${admin?.id}, 'user_ban', 'before')`;
    await sql.unsafe(`
      create function public.loud() returns trigger language plpgsql as $$ begin new.reason := upper(new.reason); return new; end $$;
      create trigger zz_loud ${when} on public.admin_actions for each row execute function public.loud();`);
    await migrateFrom(sql, chain);
    await failure(
      sql`select public.admin_adjust_credits(${admin?.id}, 5, 'after', p_admin_user_id => ${admin?.id})`,
    );
    expect(await walkChain(sql)).toMatchObject({ broken: [], headFits: true });
    const [first] = await sql`select reason from public.admin_actions order by id limit 1`;
    expect(first).toEqual({ reason: "before" });
  });
});
