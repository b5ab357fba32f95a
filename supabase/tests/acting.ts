import { createHash } from "node:crypto";
import type { TestStack, TestUser } from "@vidops/local/testing";

type Sql = TestStack["sql"];

/** What a function of the database answers over the Data API; a refusal by permission has Postgres's own `code`. */
export type Answer = Record<string, unknown>;

/** Calls a function of the database as somebody. */
export type Speaker = (name: string, args?: Answer) => Promise<Answer>;

/** Speaks with a user's own token: an admin who is signed in, or who is none. */
export function signedIn(stack: TestStack, user: TestUser): Speaker {
  return (name, args = {}) =>
    call(stack, { apikey: stack.publishableKey, authorization: `Bearer ${user.accessToken}` }, name, args);
}

/** Speaks with the secret key, in an admin's name or in nobody's. */
export function withSecretKey(stack: TestStack, admin: TestUser | null): Speaker {
  return (name, args = {}) =>
    call(stack, { apikey: stack.secretKey }, name, {
      ...(admin !== null && { p_admin_user_id: admin.id }),
      ...args,
    });
}

async function call(
  stack: TestStack,
  headers: Record<string, string>,
  name: string,
  args: Answer,
): Promise<Answer> {
  const response = await fetch(`${stack.url}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Answer;
}

/** Both ways in which an admin may speak; each test of an act runs in both. */
export const ways: readonly (readonly [string, (stack: TestStack, admin: TestUser) => Speaker])[] = [
  ["an admin's token", signedIn],
  ["a secret key that names an admin", withSecretKey],
];

/** A model that costs 4 credits. */
export async function createModel(sql: Sql): Promise<string> {
  const [model] = await sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id)
    values ('m', 4, 'fal', 'm') returning id`;
  return model?.id;
}

/** A job that was charged through the ledger. */
export async function createChargedJob(
  stack: TestStack,
  userId: string,
  { cost = 4, status = "failed" }: { cost?: number; status?: string } = {},
): Promise<string> {
  const modelId = await createModel(stack.sql);
  const [job] = await stack.sql`
    insert into public.video_jobs (user_id, model_id, prompt, status) values (${userId}, ${modelId}, 'a fox', ${status})
    returning job_id`;
  const charged = await withSecretKey(stack, null)("deduct_credits", {
    ...{ p_user_id: userId, p_amount: cost, p_job_id: job?.job_id },
  });
  if (charged.success !== true) throw new Error(`not charged: ${JSON.stringify(charged)}`);
  return job?.job_id;
}

/** A user's balance. */
export async function balanceOf(sql: Sql, userId: string): Promise<number> {
  const [row] = await sql`select credits_remaining from public.users where id = ${userId}`;
  return row?.credits_remaining;
}

/** Whether the database finds that a user's ledger, its last row and the balance are one number. */
export async function booksBalance(stack: TestStack, userId: string): Promise<unknown> {
  const { user } = await withSecretKey(stack, null)("audit_credits", { p_user_id: userId });
  return (user as Answer).ok;
}

/** The newest row of the audit. */
export async function lastAction(sql: Sql): Promise<Answer | undefined> {
  const [row] = await sql`select * from public.admin_actions order by chain_position desc limit 1`;
  return row;
}

/** Everything that an act may write, to prove that a refusal wrote nothing. */
export async function books(sql: Sql): Promise<unknown> {
  const [row] = await sql`
    select (select jsonb_agg(to_jsonb(u) - 'updated_at' order by u.id) from public.users u) as users,
      (select jsonb_agg(to_jsonb(m) order by m.id) from public.models m) as models,
      (select jsonb_agg(to_jsonb(j) order by j.job_id) from public.video_jobs j) as jobs,
      (select jsonb_agg(to_jsonb(t) order by t.name) from public.approval_thresholds t) as thresholds,
      (select jsonb_agg(to_jsonb(r) order by r.id) from public.admin_approvals r) as requests,
      (select count(*) from public.quota_log) as ledger, (select count(*) from public.admin_actions) as actions,
      (select jsonb_agg(to_jsonb(c)) from vidops.admin_action_chain c) as head`;
  return row;
}

/** How the chain of actions stands, every hash computed anew by this program. */
export interface ChainState {
  readonly rows: number;
  /** Positions whose row does not fit the one before. */
  readonly broken: readonly number[];
  /** Whether the head is the last row. */
  readonly headFits: boolean;
}

/** Walks the chain of actions. */
export async function walkChain(sql: Sql): Promise<ChainState> {
  const rows = await sql`
    select chain_position::int as position, previous_hash, hash, vidops.admin_action_text(a) as text
    from public.admin_actions a order by chain_position`;
  const [head] = await sql`select position::int, hash from vidops.admin_action_chain`;
  const broken: number[] = [];
  let previous = "0".repeat(64);
  for (const [index, row] of rows.entries()) {
    const hash = createHash("sha256").update(`${previous}${row.text}`, "utf8").digest("hex");
    if (row.position !== index + 1 || row.previous_hash !== previous || row.hash !== hash)
      broken.push(row.position);
    previous = row.hash;
  }
  const headFits = head?.position === rows.length && head.hash === previous;
  return { rows: rows.length, broken, headFits };
}
