import { createEmptyDatabase } from "@vidops/local/testing";
import { describe, expect, it } from "vitest";
import { migrate, migrateFrom, migrateUntil } from "./migrate.ts";

const limits = "20261126000000";

describe("the migrations of limits", () => {
  it("can be applied again, with all before them, when limits were used and ops have acted", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrate(sql);
    const [admin] = await sql`
      insert into public.users (id, email, is_admin) values (gen_random_uuid(), 'admin@example.com', true) returning id`;
    await sql`select public.check_rate_limit('unknown', 'video_generation', 10, 3600)`;
    await sql`select public.set_rate_limit_rule('video_generation', 'ip', 'free', 3600, null, 'too low', ${admin?.id})`;
    await sql`select public.reset_rate_limits('video_generation', 'ip', 'unknown', 'shared office', ${admin?.id})`;
    await migrate(sql);
    expect([...(await sql`select action_type from public.admin_actions order by id`)]).toEqual([
      { action_type: "rate_limit_rule" },
      { action_type: "rate_limit_reset" },
    ]);
    expect([...(await sql`select ip_address, user_id from public.rate_limit_log`)]).toEqual([
      { ip_address: null, user_id: null },
    ]);
    // What ops took out does not come back.
    expect([...(await sql`select tier from public.rate_limit_rules`)]).toEqual([{ tier: "premium" }]);
  });

  it("set aside a project's own functions of their names, and keep their definitions", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, limits);
    await sql.unsafe(`
      create function public.check_rate_limit(p_ip text, p_action text, p_max integer, p_window_seconds integer) returns boolean language sql as 'select true';
      create function public.check_rate_limit(p_ip text, p_action text, p_max integer, p_window_seconds integer, p_user_id uuid default null,
        p_cost integer default 1, p_wait_for_disk boolean default true) returns boolean language sql as 'select true';`);
    await migrateFrom(sql, limits);
    const [answer] = await sql`
      select public.check_rate_limit(p_ip => '203.0.113.7', p_action => 'a', p_max => 1, p_window_seconds => 60) ->> 'allowed' as allowed`;
    expect(answer).toEqual({ allowed: "true" });
    const kept =
      await sql`select definition from vidops.replaced_objects where name like 'check_rate_limit(%'`;
    expect(kept).toHaveLength(2);
    expect(kept[0]?.definition).toContain("select true");
  });

  it("stop before anything is changed where a project has a table rate_limit_rules of its own", async () => {
    await using database = await createEmptyDatabase();
    const { sql } = database;
    await migrateUntil(sql, limits);
    await sql`create table public.rate_limit_rules (plan text, per_minute integer)`;
    await sql`grant select on public.rate_limit_rules to anon`;
    await expect(migrateFrom(sql, limits)).rejects.toMatchObject({
      code: "42P07",
      hint: expect.stringContaining("Rename it"),
    });
    const [table] = await sql`
      select relrowsecurity as secured, has_table_privilege('anon', oid, 'select') as readable
      from pg_class where oid = 'public.rate_limit_rules'::regclass`;
    expect(table).toEqual({ secured: false, readable: true });
    expect([...(await sql`select to_regclass('vidops.rate_limit_state') as state`)]).toEqual([
      { state: null },
    ]);
  });
});
