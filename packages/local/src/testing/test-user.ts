import { randomBytes } from "node:crypto";
import type { Sql } from "postgres";
import { createAccount } from "../seed/accounts.ts";

/** A user to make for a test; all fields may be left out. */
export interface TestUserPlan {
  /** Random unless given. */
  readonly id?: string;
  readonly email?: string;
  readonly password?: string;
  readonly isAdmin?: boolean;
  /** Given through add_credits, so that the ledger adds up. */
  readonly credits?: number;
  /** More columns of public.users: { tier: "premium", language: "tr" }. */
  readonly columns?: Readonly<Record<string, string | number | boolean | null>>;
}

/** A user that exists in Auth, and in public.users where that table exists. */
export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  /** A token of this user that the Data API accepts for an hour. */
  readonly accessToken: string;
}

/** Makes a user; `sql` is role postgres. */
export async function createTestUser(
  sql: Sql,
  plan: TestUserPlan,
  sign: (claims: { sub: string; email: string }) => Promise<string>,
): Promise<TestUser> {
  const email = plan.email ?? `user-${randomBytes(5).toString("hex")}@test.vidops.local`;
  const password = plan.password ?? `pw-${randomBytes(9).toString("hex")}`;
  const id = await createAccount(sql, {
    email,
    password,
    isAdmin: plan.isAdmin ?? false,
    rounds: 4,
    ...(plan.id === undefined ? {} : { id: plan.id }),
  });
  if (plan.columns !== undefined) await sql`update public.users set ${sql(plan.columns)} where id = ${id}`;
  if (plan.credits !== undefined && plan.credits > 0) {
    await sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
      await transaction`select public.add_credits(${id}::uuid, ${plan.credits ?? 0}::int, 'test_grant')`;
    });
  }
  return { id, email, password, accessToken: await sign({ sub: id, email }) };
}
