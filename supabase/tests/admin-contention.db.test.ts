import { setTimeout } from "node:timers/promises";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createChargedJob, createModel, walkChain } from "./acting.ts";
import { seededRandom, withConnections } from "./rate-limit-calls.ts";

const clients = 16;
const forMs = 6_000;

let stack: TestStack;
let admins: TestUser[];
let users: TestUser[];
let jobs: string[];
let models: string[];

beforeAll(async () => {
  stack = await createTestStack();
  admins = await Promise.all(
    Array.from({ length: 4 }, () => stack.createUser({ isAdmin: true, credits: 500 })),
  );
  users = await Promise.all(Array.from({ length: 4 }, () => stack.createUser({ credits: 500 })));
  jobs = await Promise.all([...users, ...admins].map(({ id }) => createChargedJob(stack, id, { cost: 100 })));
  models = await Promise.all([1, 2].map(() => createModel(stack.sql)));
  await stack.sql`insert into public.approval_thresholds (name, credits) values ('act_credits', 8), ('day_credits', 1000000)`;
});
afterAll(() => stack[Symbol.asyncDispose]());

it(`${clients} clients that do everything to a few users at once never lock each other out, fork the chain, or lose a credit`, async () => {
  const until = performance.now() + forMs;
  const failures: Record<string, number> = {};
  const done: Record<string, number> = {};
  await withConnections(stack.dbUrl, clients, async (sql) => {
    const client = async (seed: number): Promise<void> => {
      const random = seededRandom(seed);
      const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
      const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
      while (performance.now() < until) {
        const admin = one(admins).id;
        const user = one([...users, ...users, ...admins]).id;
        const key = `k-${between(1, 30)}`;
        const choices: Record<string, string> = {
          refund: `admin_refund_credits(${between(1, 10)}, 'x', '${user}', p_admin_user_id => '${admin}')`,
          keyed_refund: `admin_refund_credits(3, 'x', '${one(users).id}', p_idempotency_key => '${key}', p_admin_user_id => '${admin}')`,
          job_refund: `admin_refund_credits(1, 'x', p_job_id => '${one(jobs)}', p_admin_user_id => '${admin}')`,
          adjust: `admin_adjust_credits('${user}', ${one([-9, -2, 2, 9])}, 'x', p_admin_user_id => '${admin}')`,
          keyed_adjust: `admin_adjust_credits('${one(users).id}', -1, 'x', p_idempotency_key => '${key}', p_admin_user_id => '${admin}')`,
          undo: `undo_admin_action(${between(1, 3000)}, 'x', true, '${admin}')`,
          ban: `ban_user('${user}', 'x', '${admin}')`,
          unban: `unban_user('${user}', 'x', '${admin}')`,
          grant: `grant_admin('${one(users).id}', 'x', '${admin}')`,
          revoke: `revoke_admin('${user}', 'x', '${admin}')`,
          deduct: `deduct_credits('${user}', 1, 'x', '${one(jobs)}')`,
          deduct_plain: `deduct_credits('${user}', 1, 'x', null, '${key}')`,
          add: `add_credits('${user}', 5, 'purchase')`,
          price: `set_model_price('${one(models)}', ${between(1, 9)}, 'x', '${admin}')`,
          threshold: `set_approval_threshold('act_credits', ${between(5, 8)}, 'x', '${admin}')`,
          reject: `reject_admin_request(${between(1, 200)}, 'x', '${admin}')`,
        };
        const name = one([...Object.keys(choices), "approve", "approve"]);
        try {
          const [row] =
            name === "approve"
              ? await sql.begin(async (own) => {
                  const claims = JSON.stringify({ sub: admin, role: "authenticated" });
                  await own`select set_config('request.jwt.claims', ${claims}, true)`;
                  return own`
                    select public.approve_admin_request(id, payload_hash) as answer from (
                      select id, payload_hash from public.admin_approvals where status = 'pending' order by random() limit 1) r`;
                })
              : await sql.unsafe(`select public.${choices[name]} as answer`);
          if (row?.answer?.success === true && row.answer.changed !== false)
            done[name] = (done[name] ?? 0) + 1;
        } catch (error) {
          const { code = String(error) } = error as { code?: string };
          failures[code] = (failures[code] ?? 0) + 1;
        }
      }
    };
    // Who was banned or unmade comes back, or soon nobody could act.
    const restore = async (): Promise<void> => {
      while (performance.now() < until) {
        await setTimeout(20);
        await stack.sql`
          with locked as (select id from public.users where id = any(${admins.map(({ id }) => id)}) order by id for no key update)
          update public.users set is_admin = true, banned_at = null, ban_reason = null
          where id in (select id from locked) and (not is_admin or banned_at is not null)`;
      }
    };
    await Promise.all([restore(), ...Array.from({ length: clients }, (_, at) => client(at + 1))]);
  });
  // 42501: who acted had just been banned or unmade.
  expect(Object.keys(failures).filter((code) => code !== "42501")).toEqual([]);
  expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  const [state] = await stack.sql`
    select public.audit_credits() -> 'drift' as drift, (select count(*)::int from public.users where is_admin and banned_at is null) as admins,
      (select count(*)::int from public.video_jobs where credits_refunded > credits_used or credits_refunded < 0) as over,
      (select count(*)::int from public.users where credits_remaining < 0) as below_zero,
      (select count(*)::int from public.admin_actions group by approval_id, action_type having count(*) > 1 and approval_id is not null limit 1) as twice,
      (select count(*)::int from public.admin_approvals where status = 'executed' and decided_by = requested_by) as own`;
  expect(state).toEqual({
    drift: [],
    admins: expect.any(Number),
    over: 0,
    below_zero: 0,
    twice: null,
    own: 0,
  });
  expect(state?.admins).toBeGreaterThan(0);
  // Nobody passed alone a threshold that stood before the act in the chain.
  const passed = await stack.sql`
    select a.chain_position from public.admin_actions a
    where a.action_type in ('credit_refund', 'credit_adjustment') and a.approved_by is null and a.undoes is null
      and abs(a.amount) > coalesce((
        select (t.details -> 'after' ->> 'credits')::integer from public.admin_actions t
        where t.action_type = 'approval_threshold' and t.details ->> 'name' = 'act_credits' and t.chain_position < a.chain_position
        order by t.chain_position desc limit 1), 8)`;
  expect([...passed]).toEqual([]);
  // Each kind was really done, or the test hunts nothing.
  console.info(JSON.stringify({ done, failures }));
  for (const name of ["refund", "adjust", "undo", "ban", "unban", "revoke", "deduct", "approve", "reject"])
    expect([name, done[name] ?? 0]).not.toEqual([name, 0]);
});
