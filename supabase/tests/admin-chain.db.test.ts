import { createEmptyDatabase, createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createModel, type Speaker, signedIn, walkChain } from "./acting.ts";
import { migrate, migrateFrom, migrateUntil } from "./migrate.ts";
import { atOnce, failure, withConnections } from "./rate-limit-calls.ts";

const chain = "20261127000000";

let stack: TestStack;
let admin: TestUser;
let speak: Speaker;
let modelId: string;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  speak = signedIn(stack, admin);
  modelId = await createModel(stack.sql);
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("the chain of actions", () => {
  it("begins with 64 zeros and takes in every act, whatever it is about", async () => {
    const { id } = await stack.createUser({ credits: 10 });
    // What a hash is made of goes through JSON: nothing of it may be lost or be written in two ways.
    const reason = 'refund "ünïcödé" \\ \u202e\u0001 😀 </script>\n{"a":1}';
    await speak("admin_refund_credits", {
      p_user_id: id,
      p_amount: 1,
      p_reason: reason,
      p_ticket: "SUP-1",
    });
    await speak("admin_adjust_credits", {
      p_user_id: id,
      p_change: -1,
      p_reason: "x",
      p_reason_code: "goodwill",
    });
    await speak("set_model_price", { p_model_id: modelId, p_credits: 5, p_reason: "x" });
    await speak("ban_user", { p_user_id: id, p_reason: "x" });
    await speak("undo_admin_action", { p_action_id: 4, p_reason: "x" });
    const [first] = await stack.sql`select previous_hash from public.admin_actions where chain_position = 1`;
    expect(first).toEqual({ previous_hash: "0".repeat(64) });
    expect(await walkChain(stack.sql)).toEqual({ rows: 5, broken: [], headFits: true });
  });

  it("is not moved by an act that changes nothing, is refused, or is only tried", async () => {
    const before = await walkChain(stack.sql);
    const price = { p_model_id: modelId, p_credits: 5, p_reason: "x" };
    expect(await speak("set_model_price", price)).toMatchObject({ changed: false, action_id: null });
    expect(await speak("set_model_price", { ...price, p_credits: 6, p_dry_run: true })).toMatchObject({
      ...{ changed: true, action_id: null },
    });
    expect(await speak("ban_user", { p_user_id: admin.id, p_reason: "x" })).toMatchObject({ success: false });
    expect(await walkChain(stack.sql)).toEqual(before);
  });

  it("has no gap where a transaction was rolled back, though the ids have one", async () => {
    await stack.sql
      .begin(async (sql) => {
        await sql`select public.set_model_price(${modelId}, 7, 'x', ${admin.id})`;
        throw new Error("rolled back");
      })
      .catch(() => {});
    await speak("set_model_price", { p_model_id: modelId, p_credits: 8, p_reason: "x" });
    const [last] =
      await stack.sql`select id::int, chain_position::int as position from public.admin_actions order by id desc limit 1`;
    expect(last?.id).toBeGreaterThan(last?.position);
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });

  it("decides itself about place and hashes, whatever an insert says", async () => {
    await stack.sql`
      insert into public.admin_actions (admin_user_id, action_type, reason, details, chain_position, previous_hash, hash)
      values (${admin.id}, 'cleanup', 'x', '{}', 1, 'forged', 'forged')`;
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });

  it.each([
    ["altered", "update public.admin_actions set reason = 'y' where chain_position = 2"],
    ["taken out", "delete from public.admin_actions where chain_position = 3"],
    [
      "moved",
      "update public.admin_actions set created_at = created_at - interval '1 day' where chain_position = 3",
    ],
    [
      "cut off at its end",
      "delete from public.admin_actions where chain_position = (select max(chain_position) from public.admin_actions)",
    ],
  ])("no longer fits when a row is %s by somebody who may switch triggers off", async (_, change) => {
    await stack.sql
      .begin(async (sql) => {
        await sql`alter table public.admin_actions disable trigger admin_actions_append_only`;
        await sql.unsafe(change);
        const found = await walkChain(sql as never);
        expect(found.broken.length > 0 || !found.headFits).toBe(true);
        throw new Error("rolled back");
      })
      .catch((error: Error) => expect(error.message).toBe("rolled back"));
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });
});

describe("append-only", () => {
  it.each(["postgres", "service_role", "authenticated", "anon"])("holds for the role %s", async (role) => {
    for (const change of [
      "update public.admin_actions set reason = reason",
      "update public.admin_actions set hash = hash where false",
      "delete from public.admin_actions",
      "truncate public.admin_actions cascade",
      "insert into public.admin_actions (admin_user_id, action_type, reason) select id, 'user_ban', 'x' from public.users limit 1",
      "update vidops.admin_action_chain set position = 0",
    ]) {
      // The owner may add rows: the chain takes them in. And an update that meets no row is none.
      if (role === "postgres" && /^insert|where false|admin_action_chain/.test(change)) continue;
      const tried = stack.sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql.unsafe(change);
      });
      expect([change, await failure(tried)]).toEqual([change, "42501"]);
    }
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });

  it("holds in a session that replicates, where ordinary triggers are silent", async () => {
    const triggers = await stack.sql`
      select tgname, tgenabled from pg_trigger where tgrelid = 'public.admin_actions'::regclass and tgfoid = 'vidops.refuse_change'::regproc order by 1`;
    expect(triggers.map(({ tgname, tgenabled }) => `${tgname} ${tgenabled}`)).toEqual([
      "admin_actions_append_only A",
      "admin_actions_no_truncate A",
    ]);
  });
});

describe("many at once", () => {
  it("64 connections make 2,000 acts in one order, without a fork, a gap or a failure", async () => {
    const users = await Promise.all(Array.from({ length: 20 }, () => stack.createUser({ credits: 1000 })));
    const models = await Promise.all(Array.from({ length: 20 }, () => createModel(stack.sql)));
    const before = await walkChain(stack.sql);
    const failures = await withConnections(stack.dbUrl, 64, (sql) =>
      atOnce(2000, (at) => {
        const user = users[at % 20]?.id ?? "";
        const model = models[at % 20] ?? "";
        // The amounts differ, so that each changes something.
        const acts = [
          () => sql`select public.admin_refund_credits(1, 'x', ${user}, p_admin_user_id => ${admin.id})`,
          () =>
            sql`select public.admin_adjust_credits(${user}, 1, 'x', p_idempotency_key => ${`k-${at}`}, p_admin_user_id => ${admin.id})`,
          () => sql`select public.set_model_price(${model}, ${at + 1}, 'x', ${admin.id})`,
          () => sql`select public.admin_adjust_credits(${user}, -1, 'x', p_admin_user_id => ${admin.id})`,
        ];
        return failure((acts[at % 4] as () => Promise<unknown>)());
      }),
    );
    expect(failures.filter((code) => code !== null)).toEqual([]);
    expect(await walkChain(stack.sql)).toEqual({ rows: before.rows + 2000, broken: [], headFits: true });
    const [drift] = await stack.sql`select public.audit_credits() -> 'drift' as drift`;
    expect(drift?.drift).toEqual([]);
  });
});

describe("the migration", () => {
  it("takes the actions of a project that had some into the chain, and changes nothing else of them", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, chain);
    const [one] = await sql`
      insert into public.users (id, email, is_admin) values (gen_random_uuid(), 'a@example.com', true) returning id`;
    // Ids with gaps, and times that do not rise with them.
    await sql`
      insert into public.admin_actions (id, admin_user_id, action_type, target_user_id, amount, reason, details, created_at)
      select g * 3, ${one?.id}, 'credit_refund', ${one?.id}, g, 'grüße ' || g, jsonb_build_object('note', 'x' || g), now() - make_interval(secs => (g * 7919) % 1000)
      from generate_series(1, 1000) g`;
    const read = () => sql`
      select to_jsonb(a) - array['ticket','approved_by','approval_id','undoes','signed_in','chain_position','previous_hash','hash'] as row
      from public.admin_actions a order by id`;
    const before = await read();
    await migrateFrom(sql, chain);
    expect([...(await read())]).toEqual([...before]);
    expect(await walkChain(sql)).toEqual({ rows: 1000, broken: [], headFits: true });
    const [order] = await sql`
      select bool_and(id = chain_position * 3) as by_id from public.admin_actions`;
    expect(order).toEqual({ by_id: true });
    await sql`select public.ban_user(gen_random_uuid(), 'x', ${one?.id})`;
    await sql`select public.admin_adjust_credits(${one?.id}, 5, 'x', p_admin_user_id => ${one?.id})`;
    expect(await walkChain(sql)).toEqual({ rows: 1001, broken: [], headFits: true });
  });

  it("changes nothing when all are applied again after use, and the chain goes on", async () => {
    await speak("set_approval_threshold", { p_name: "act_credits", p_credits: 5, p_reason: "x" });
    const state = () => stack.sql`
      select (select jsonb_agg(to_jsonb(a) order by a.id) from public.admin_actions a) as actions,
        (select jsonb_agg(to_jsonb(a) order by a.id) from public.admin_approvals a) as approvals,
        (select jsonb_agg(to_jsonb(a) order by a.name) from public.approval_thresholds a) as thresholds,
        (select to_jsonb(c) from vidops.admin_action_chain c) as head,
        (select jsonb_agg(jsonb_build_object('name', p.oid::regprocedure::text, 'acl', p.proacl::text, 'source', pg_get_functiondef(p.oid)) order by p.oid::regprocedure::text)
          from pg_proc p where p.pronamespace in ('public'::regnamespace, 'vidops'::regnamespace)) as functions,
        (select jsonb_agg(jsonb_build_object('name', c.oid::regclass::text, 'acl', c.relacl::text, 'rls', c.relrowsecurity) order by c.oid::regclass::text)
          from pg_class c where c.relnamespace in ('public'::regnamespace, 'vidops'::regnamespace) and c.relkind = 'r') as tables,
        (select jsonb_agg(pg_get_constraintdef(c.oid) || c.conname order by c.conrelid, c.conname) from pg_constraint c
          where c.connamespace = 'public'::regnamespace) as constraints,
        (select jsonb_agg(i.indexdef order by i.indexname) from pg_indexes i where i.schemaname in ('public', 'vidops')) as indexes,
        (select jsonb_agg(t.tgname || t.tgenabled::text || pg_get_triggerdef(t.oid) order by t.tgrelid, t.tgname) from pg_trigger t where not t.tgisinternal) as triggers`;
    const before = await state();
    await migrate(stack.sql);
    expect([...(await state())]).toEqual([...before]);
    await speak("set_model_price", { p_model_id: modelId, p_credits: 3000, p_reason: "x" });
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });
});
