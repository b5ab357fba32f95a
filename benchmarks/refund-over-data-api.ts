import { createTestStack, stopTestServer, type TestStack } from "@vidops/local/testing";
import { type Benchmark, type Comparison, compare, inTurn, throughput } from "./measure.ts";

const callers = 8;

/**
 * The way of the document this product is made from: its refund endpoint asks Auth who calls, reads is_admin, calls add_credits and
 * inserts the audit row, four requests that can stop half-way. Its tables and its function, as written there.
 */
const seedSchema = `
  create table public.users (
    id uuid primary key, email text, credits_remaining integer not null default 0, credits_total integer not null default 0, is_admin boolean default false);
  create table public.quota_log (
    id bigserial primary key, user_id uuid references public.users (id), job_id uuid, change integer not null, reason text not null,
    transaction_id text unique, balance_after integer, created_at timestamptz default now());
  create table public.admin_actions (
    id bigserial primary key, admin_user_id uuid not null references public.users (id), action_type text not null,
    target_user_id uuid references public.users (id), amount integer, reason text not null, details jsonb default '{}', created_at timestamptz default now());
  create index idx_admin_actions_admin on public.admin_actions (admin_user_id, created_at desc);
  create index idx_admin_actions_target_user on public.admin_actions (target_user_id, created_at desc);
  create function public.add_credits(p_user_id uuid, p_amount integer, p_reason text, p_transaction_id text default null)
  returns jsonb language plpgsql security definer set search_path = '' as $$
  declare v_balance integer;
  begin
    update public.users set credits_remaining = credits_remaining + p_amount, credits_total = credits_total + p_amount
    where id = p_user_id returning credits_remaining into v_balance;
    if not found then return jsonb_build_object('success', false, 'error', 'User not found'); end if;
    insert into public.quota_log (user_id, change, reason, transaction_id, balance_after) values (p_user_id, p_amount, p_reason, p_transaction_id, v_balance);
    return jsonb_build_object('success', true, 'credits_added', p_amount, 'credits_remaining', v_balance);
  end $$;
  grant all on all tables in schema public to service_role;
  grant all on all sequences in schema public to service_role;`;

async function send(
  stack: TestStack,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<unknown> {
  const response = await fetch(stack.url + path, {
    method,
    headers: {
      apikey: stack.serviceRoleKey,
      authorization: `Bearer ${token ?? stack.serviceRoleKey}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** A refund as vidops makes it, against the seed's endpoint, both over the Data API on the same Postgres. */
export const refundOverDataApi: Benchmark = {
  name: "refund-over-data-api",
  async run(say) {
    try {
      return await measure(say);
    } finally {
      await stopTestServer();
    }
  },
};

async function measure(say: (line: string) => void): Promise<Comparison[]> {
  await using ours = await createTestStack();
  await using seeds = await createTestStack({ migrations: false });
  await seeds.sql.unsafe(seedSchema);
  await seeds.reloadSchema();
  const people = async (stack: TestStack) => ({
    admin: await stack.createUser({ isAdmin: true }),
    users: await Promise.all(Array.from({ length: 50 }, async () => (await stack.createUser()).id)),
  });
  const [mine, theirs] = [await people(ours), await people(seeds)];
  const any = (users: string[]): string => users[Math.floor(Math.random() * users.length)] ?? "";

  const vidops = () =>
    send(ours, "POST", "/rest/v1/rpc/admin_refund_credits", {
      p_amount: 1,
      p_reason: "bench",
      p_user_id: any(mine.users),
      p_admin_user_id: mine.admin.id,
      p_idempotency_key: crypto.randomUUID(),
    });
  const afterSignIn = async () => {
    const user = any(theirs.users);
    await send(seeds, "GET", `/rest/v1/users?select=is_admin&id=eq.${theirs.admin.id}`);
    await send(seeds, "POST", "/rest/v1/rpc/add_credits", {
      p_user_id: user,
      p_amount: 1,
      p_reason: "admin_refund: bench",
    });
    await send(seeds, "POST", "/rest/v1/admin_actions", {
      admin_user_id: theirs.admin.id,
      action_type: "credit_refund",
      target_user_id: user,
      amount: 1,
      reason: "bench",
    });
  };
  const seed = async () => {
    await send(seeds, "GET", "/auth/v1/user", undefined, theirs.admin.accessToken);
    await afterSignIn();
  };

  const requests = async (stack: TestStack, work: () => Promise<unknown>): Promise<number> => {
    await work();
    stack.requests.length = 0;
    await work();
    return stack.requests.length;
  };
  const [ourRequests, seedRequests] = [await requests(ours, vidops), await requests(seeds, seed)];

  say(`${callers} callers at once, 5 rounds of 2 s each`);
  const speed = await inTurn(5, {
    vidops: () => throughput(callers, 2000, vidops),
    seed: () => throughput(callers, 2000, seed),
    seedWithoutAuth: () => throughput(callers, 2000, afterSignIn),
  });
  return [
    compare({
      ...{ what: "requests a refund", unit: "requests", value: ourRequests, bound: { atMost: 0.5 } },
      ...{ baseline: "the seed's endpoint", baselineValue: seedRequests },
    }),
    compare({
      ...{ what: "refund over the Data API", unit: "ops/s", value: speed.vidops, bound: { atLeast: 2 } },
      ...{ baseline: "the seed's endpoint", baselineValue: speed.seed },
    }),
    compare({
      ...{ what: "refund over the Data API", unit: "ops/s", value: speed.vidops, bound: { atLeast: 2 } },
      ...{ baseline: "the seed's endpoint without asking Auth", baselineValue: speed.seedWithoutAuth },
    }),
  ];
}
