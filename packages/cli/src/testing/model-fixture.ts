import { beforeEach } from "vitest";
import { type MoneyFixture, moneyFixture } from "./money-fixture.ts";

export interface ModelFixture extends MoneyFixture {
  /** Makes a model and gives its id; `columns` replace some. */
  model(name: string, columns?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Makes jobs of the user with a model, so long ago. */
  jobs(
    modelId: string,
    count: number,
    columns?: Readonly<Record<string, unknown>>,
    ago?: string,
  ): Promise<void>;
  /** All that a change of a model could have changed, to prove that nothing was. */
  state(): Promise<unknown>;
}

/** Gives a test file a project without models before each test. */
export function modelFixture(): ModelFixture {
  const money = moneyFixture({ jobs: false });
  beforeEach(async () => {
    const { sql } = money.stack;
    await sql`delete from video_jobs`;
    // What was acted on is never deleted; it is out of the way of names.
    await sql`update models set name = 'old ' || id where id in (select target_model_id from admin_actions)`;
    await sql`delete from models where id not in (select target_model_id from admin_actions where target_model_id is not null)`;
    money.stack.requests.length = 0;
  });
  return Object.assign(Object.create(money) as MoneyFixture, {
    model: async (name: string, columns: Readonly<Record<string, unknown>> = {}): Promise<string> => {
      const { sql } = money.stack;
      const row = { name, cost_per_generation: 5, provider: "fal", provider_model_id: "fal/x", ...columns };
      const [made] = await sql`insert into models ${sql(row)} returning id`;
      return String(made?.id);
    },
    jobs: async (
      modelId: string,
      count: number,
      columns: Readonly<Record<string, unknown>> = {},
      ago = "30 minutes",
    ): Promise<void> => {
      const { sql } = money.stack;
      const [time] = await sql`select now() - ${ago}::interval as at`;
      const row = { user_id: money.user.id, model_id: modelId, status: "completed", credits_used: 5 };
      const made = Array.from({ length: count }, () => ({ ...row, created_at: time?.at, ...columns }));
      await sql`insert into video_jobs ${sql(made)}`;
    },
    state: async (): Promise<unknown> => {
      const [state] = await money.stack.sql`
        select (select jsonb_agg(to_jsonb(m) order by m.id) from models m) as models,
          (select count(*)::int from admin_actions) as actions`;
      return { ...state };
    },
  });
}
