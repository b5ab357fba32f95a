import type { TestUser } from "@vidops/local/testing";
import { beforeAll, beforeEach } from "vitest";
import { type MoneyFixture, moneyFixture } from "./money-fixture.ts";
import type { Run, RunOptions } from "./run-vidops.ts";

/** A project with two admins and a user of 10 credits, in which nobody has done anything yet. */
export interface ActsFixture extends MoneyFixture {
  /** second@example.com */
  readonly second: TestUser;
  /** Calls an SQL function as a secret key does; its answer. */
  call(expression: string): Promise<Record<string, unknown>>;
  /** Gives credits to the user (or, negative, takes them), as ops; the id of the act. */
  give(change: number, reason?: string, ticket?: string): Promise<string>;
  /** Makes act_credits 100 and asks for so many, as ops; the id of the request. */
  ask(change: number, reason?: string): Promise<string>;
  /** The settings of a signed-in admin, without a secret key. */
  signedIn(who: TestUser): Readonly<Record<string, string | undefined>>;
  /** Runs the program as a signed-in admin. */
  as(who: TestUser, args: readonly string[], options?: RunOptions): Promise<Run>;
  /** All that an undo or a decision could have changed, to prove that nothing was. */
  state(): Promise<unknown>;
}

/** Gives a test file a project in which acts are done, undone and approved. Each test begins with an empty chain. */
export function actsFixture(): ActsFixture {
  const money = moneyFixture({ jobs: false, credits: 10 });
  let second: TestUser | null = null;
  beforeAll(async () => {
    second = await money.stack.createUser({ email: "second@example.com", isAdmin: true });
    await money.stack.sql`alter table admin_actions disable trigger admin_actions_append_only`;
    await money.stack.sql`alter table admin_actions disable trigger admin_actions_no_truncate`;
    await money.stack.sql`alter table quota_log disable trigger quota_log_append_only`;
  });
  beforeEach(async () => {
    const { sql } = money.stack;
    await sql`delete from admin_approvals`;
    await sql`delete from approval_thresholds`;
    await sql`delete from quota_log where admin_action_id is not null`;
    await sql`delete from admin_actions`;
    await sql`update vidops.admin_action_chain set position = 0, hash = repeat('0', 64)`;
    await sql`update users set credits_remaining = 10, banned_at = null, ban_reason = null, email = 'ada@example.com' where id = ${money.user.id}`;
  });
  const secondAdmin = (): TestUser => {
    if (second === null) throw new Error("the fixture is made in beforeAll: use it in a test or a hook");
    return second;
  };
  const call: ActsFixture["call"] = async (expression) => {
    const rows = await money.stack.sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
      return transaction.unsafe(`select ${expression} as answer`);
    });
    return rows[0]?.answer;
  };
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const adjust = (change: number, reason: string, ticket?: string): Promise<Record<string, unknown>> =>
    call(
      `admin_adjust_credits(${quoted(money.user.id)}, ${change}, ${quoted(reason)}, p_admin_user_id => ${quoted(money.admin.id)}` +
        `${ticket === undefined ? "" : `, p_ticket => ${quoted(ticket)}`})`,
    );
  const signedIn: ActsFixture["signedIn"] = (who) => ({
    SUPABASE_SECRET_KEY: undefined,
    VIDOPS_ADMIN: undefined,
    SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
    VIDOPS_ACCESS_TOKEN: who.accessToken,
  });
  const own = {
    call,
    give: async (change: number, reason = "goodwill", ticket?: string): Promise<string> =>
      String((await adjust(change, reason, ticket)).action_id),
    ask: async (change: number, reason = "a big one"): Promise<string> => {
      await money.stack
        .sql`insert into approval_thresholds (name, credits) values ('act_credits', 100) on conflict do nothing`;
      return String((await adjust(change, reason)).approval_id);
    },
    signedIn,
    as: (who: TestUser, args: readonly string[], options: RunOptions = {}): Promise<Run> =>
      money.vidops(args, { ...options, env: { ...signedIn(who), ...options.env } }),
    state: async (): Promise<unknown> => {
      const [state] = await money.stack.sql`
        select (select jsonb_agg(to_jsonb(a) order by a.id) from admin_actions a) as actions,
          (select jsonb_agg(to_jsonb(r) order by r.id) from admin_approvals r) as approvals,
          (select jsonb_agg(to_jsonb(t) order by t.name) from approval_thresholds t) as thresholds,
          (select jsonb_agg(jsonb_build_array(u.id, u.credits_remaining, u.is_admin, u.banned_at) order by u.id) from users u) as users,
          (select count(*)::int from quota_log) as ledger`;
      return { ...state };
    },
  };
  return Object.defineProperty(Object.assign(Object.create(money) as ActsFixture, own), "second", {
    get: secondAdmin,
  });
}
