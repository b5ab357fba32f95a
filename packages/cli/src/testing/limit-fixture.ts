import { beforeEach } from "vitest";
import { type MoneyFixture, moneyFixture } from "./money-fixture.ts";

/** A limit as the app's code names it. */
export interface TestLimit {
  readonly name: string;
  readonly per: "ip" | "user" | "global";
  readonly max_requests: number;
  readonly window_seconds: number;
}

export interface LimitFixture extends MoneyFixture {
  /** Sends requests through check_rate_limits, as an app does; `limits` null goes by the rules. */
  request(
    times: number,
    action: string,
    who?: { readonly ip?: string; readonly userId?: string },
    limits?: readonly TestLimit[] | null,
  ): Promise<void>;
  /** All that a change could have changed, to prove that nothing was. */
  state(): Promise<unknown>;
}

/** Gives a test file a project whose limits have counted nothing before each test, and whose rules are the product's. */
export function limitFixture(): LimitFixture {
  const money = moneyFixture({ jobs: false });
  beforeEach(async () => {
    const { sql } = money.stack;
    await sql`truncate rate_limit_log, vidops.rate_limit_state, rate_limit_rules`;
    await sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests, updated_at)
      select 'video_generation', 'ip', tier, 3600, 10, '2026-11-01' from unnest(array['free', 'premium']) tier`;
  });
  return Object.assign(Object.create(money) as MoneyFixture, {
    request: async (
      times: number,
      action: string,
      who: { readonly ip?: string; readonly userId?: string } = {},
      limits: readonly TestLimit[] | null = null,
    ): Promise<void> => {
      const { sql } = money.stack;
      for (let sent = 0; sent < times; sent++)
        await sql`select check_rate_limits(${action}, ${who.ip ?? null}, ${who.userId ?? null}, ${limits === null ? null : sql.json(limits as never)})`;
    },
    state: async (): Promise<unknown> => {
      const [state] = await money.stack.sql`
        select (select jsonb_agg(to_jsonb(r) order by r) from rate_limit_rules r) as rules,
          (select jsonb_agg(to_jsonb(s) order by s.subject, s.action, s.window_seconds) from vidops.rate_limit_state s) as counts,
          (select count(*)::int from rate_limit_log) as logged, (select count(*)::int from admin_actions) as actions`;
      return { ...state };
    },
  });
}
