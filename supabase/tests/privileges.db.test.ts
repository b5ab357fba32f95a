import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, functionRules, type TableRule, tableRules } from "./privilege-matrix.ts";

const callers: readonly Caller[] = ["anon", "user", "admin", "service_role"];

let stack: TestStack;
let tokens: Record<Caller, string>;
let userId: string;

async function call(
  caller: Caller,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${stack.url}/rest/v1/${path}`, {
    ...init,
    headers: {
      apikey: caller === "service_role" ? stack.serviceRoleKey : stack.anonKey,
      authorization: `Bearer ${tokens[caller]}`,
      "content-type": "application/json",
      prefer: "return=minimal",
    },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** Every row of every table, to tell whether anything changed. */
async function snapshot(): Promise<unknown> {
  const rows: Record<string, unknown> = {};
  for (const table of Object.keys(tableRules)) {
    rows[table] = await stack.sql.unsafe(
      `select to_jsonb(t) from public.${table} t order by to_jsonb(t)::text`,
    );
  }
  return rows;
}

beforeAll(async () => {
  stack = await createTestStack();
  const user = await stack.createUser({ credits: 10 });
  const other = await stack.createUser({ credits: 10 });
  const admin = await stack.createUser({ isAdmin: true });
  userId = user.id;
  tokens = {
    anon: stack.anonKey,
    user: user.accessToken,
    admin: admin.accessToken,
    service_role: stack.serviceRoleKey,
  };
  const [available] = await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id, is_available)
    values ('on sale', 4, 'fal', 'a', true), ('retired', 4, 'fal', 'b', false) returning id`;
  await stack.sql`insert into public.approval_thresholds (name, credits) values ('act_credits', 1000000)`;
  await stack.sql`
    insert into public.admin_approvals (requested_by, function_name, payload, payload_hash, action_type, reason, signed_in)
    values (${admin.id}, 'grant_admin', '{}', 'x', 'admin_grant', 'x', true)`;
  for (const owner of [user.id, other.id]) {
    const [job] = await stack.sql`
      insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
      values (${owner}, ${available?.id}, 'a fox', 'failed', 4) returning job_id`;
    await stack.sql`insert into public.idempotency_log (idempotency_key, user_id, operation_type) values ('k', ${owner}, 'x')`;
    await stack.sql`insert into public.error_log (user_id, error_code, endpoint) values (${owner}, 'ERR_5001', '/x')`;
    await stack.sql`insert into public.rate_limit_log (ip_address, action, user_id) values ('203.0.113.1', 'x', ${owner})`;
    await stack.sql`select public.admin_refund_credits(1, 'test', null, ${job?.job_id}, null, ${admin.id})`;
  }
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("the matrix", () => {
  it("classifies each table and view of the exposed schema, and no other", async () => {
    const found = await stack.sql`
      select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;
    expect(found.map((row) => row.relname)).toEqual(Object.keys(tableRules).sort());
  });

  it("classifies each function of the exposed schema, and no other", async () => {
    const found =
      await stack.sql`select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1`;
    expect(found.map((row) => row.proname)).toEqual(Object.keys(functionRules).sort());
  });

  it("gives API roles no function of the schema vidops but those that policies and the index on emails need", async () => {
    const found = await stack.sql`
      select r.role || ' ' || p.proname as grant from pg_proc p cross join (values ('anon'), ('authenticated'), ('service_role')) r(role)
      where p.pronamespace = 'vidops'::regnamespace and has_function_privilege(r.role, p.oid, 'execute')`;
    // Who writes a user computes the entries of its indexes.
    expect(found.map((row) => row.grant).sort()).toEqual([
      "authenticated is_admin",
      "authenticated text_groups",
      "service_role text_groups",
    ]);
  });

  it("gives API roles no table of the schema vidops", async () => {
    const found = await stack.sql`
      select c.relname from pg_class c cross join (values ('anon'), ('authenticated'), ('service_role')) r(role)
      where c.relnamespace = 'vidops'::regnamespace and c.relkind = 'r'
        and has_table_privilege(r.role, c.oid, 'select, insert, update, delete, truncate, references, trigger')`;
    expect(found).toEqual([]);
  });
});

function columnsOf(rule: readonly string[] | "all" | "none", all: readonly string[]): readonly string[] {
  if (rule === "all") return all;
  return rule === "none" ? [] : [...rule].sort();
}

describe.each(Object.entries(tableRules))("table %s", (table: string, rule: TableRule) => {
  it("grants each role exactly the columns the matrix says", async () => {
    const columns = (
      await stack.sql`select attname from pg_attribute where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped order by 1`
    ).map((row) => row.attname as string);
    const granted = async (role: string, privilege: string): Promise<string[]> =>
      (
        await stack.sql`
          select attname from pg_attribute where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped
            and has_column_privilege(${role}, attrelid, attname, ${privilege}) order by 1`
      ).map((row) => row.attname as string);
    expect(await granted("anon", "insert")).toEqual([]);
    expect(await granted("anon", "update")).toEqual([]);
    expect(await granted("authenticated", "insert")).toEqual([]);
    expect(await granted("authenticated", "update")).toEqual([...rule.authenticatedUpdate].sort());
    expect(await granted("service_role", "insert")).toEqual(columnsOf(rule.serviceInsert, columns));
    expect(await granted("service_role", "update")).toEqual(columnsOf(rule.serviceUpdate, columns));
    for (const role of ["anon", "authenticated", "service_role"]) {
      const [may] = await stack.sql`
        select has_table_privilege(${role}, ${`public.${table}`}, 'delete') as delete,
          has_table_privilege(${role}, ${`public.${table}`}, 'truncate') as truncate,
          has_table_privilege(${role}, ${`public.${table}`}, 'references') as references,
          has_table_privilege(${role}, ${`public.${table}`}, 'trigger') as trigger`;
      const expected = {
        delete: role === "service_role" && rule.serviceDelete,
        truncate: false,
        references: false,
        trigger: false,
      };
      expect({ role, ...may }).toEqual({ role, ...expected });
    }
  });

  it.each(callers)("shows %s the rows the matrix says, through the Data API", async (caller) => {
    const { status, body } = await call(caller, `${table}?select=*`);
    const [{ count: all } = { count: 0 }] = await stack.sql.unsafe(
      `select count(*)::int from public.${table}`,
    );
    expect(all).toBeGreaterThan(0);
    const visible = rule.select[caller];
    if (visible === "no grant") {
      expect(status).toBe(caller === "anon" ? 401 : 403);
      return;
    }
    expect(status).toBe(200);
    const rows = body as Record<string, unknown>[];
    if (visible === "all") expect(rows).toHaveLength(all);
    if (visible === "none") expect(rows).toEqual([]);
    if (visible === "available") expect(rows.map((row) => row.name)).toEqual(["on sale"]);
    if (visible === "own") {
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.every((row) => (row.user_id ?? row.id) === userId)).toBe(true);
    }
  });

  it.each(["anon", "user", "admin"] as const)("lets %s forge, alter or delete nothing", async (caller) => {
    const before = await snapshot();
    const columns = await stack.sql`
      select attname, format_type(atttypid, null) as type from pg_attribute
      where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped
        and attidentity <> 'a' -- "generated always" is refused to everybody, and before anybody's rights are looked at`;
    const [sample] = await stack.sql.unsafe(`select to_jsonb(t) as row from public.${table} t limit 1`);
    const value = sample?.row as Record<string, unknown>;
    const filter = table === "users" ? `id=eq.${userId}` : `${columns[0]?.attname}=not.is.null`;
    for (const { attname } of columns) {
      if (caller !== "anon" && rule.authenticatedUpdate.includes(attname)) continue;
      const changed = attname === "is_admin" ? true : attname.startsWith("credits") ? 99999 : value[attname];
      const answer = await call(caller, `${table}?${filter}`, {
        method: "PATCH",
        body: JSON.stringify({ [attname]: changed }),
      });
      expect([attname, answer.status]).toEqual([attname, caller === "anon" ? 401 : 403]);
    }
    const row = Object.fromEntries(columns.map(({ attname }) => [attname, value[attname]]));
    const inserted = await call(caller, table, { method: "POST", body: JSON.stringify(row) });
    expect(inserted.status).toBe(caller === "anon" ? 401 : 403);
    const deleted = await call(caller, `${table}?${filter}`, { method: "DELETE" });
    expect(deleted.status).toBe(caller === "anon" ? 401 : 403);
    expect(await snapshot()).toEqual(before);
  });
});

describe("a user's own row", () => {
  it("takes a new language, and nobody else's does", async () => {
    const answer = await call("user", "users?id=not.is.null", {
      method: "PATCH",
      body: JSON.stringify({ language: "tr" }),
    });
    expect(answer.status).toBe(204);
    const rows = await stack.sql`select id, language from public.users where language = 'tr'`;
    expect(rows).toEqual([{ id: userId, language: "tr" }]);
  });
});

describe("append-only tables", () => {
  it.each(["quota_log", "admin_actions"])("%s refuses its owner and a superuser too", async (table) => {
    const before = await snapshot();
    await expect(stack.sql.unsafe(`update public.${table} set created_at = now()`)).rejects.toMatchObject({
      code: "42501",
    });
    await expect(stack.sql.unsafe(`delete from public.${table}`)).rejects.toMatchObject({ code: "42501" });
    await expect(stack.sql.unsafe(`truncate public.${table} cascade`)).rejects.toMatchObject({
      code: "42501",
    });
    expect(await snapshot()).toEqual(before);
  });

  it("keep the ledger when its user is deleted", async () => {
    const before = await snapshot();
    await expect(stack.sql`delete from public.users where id = ${userId}`).rejects.toMatchObject({
      code: "23503",
    });
    expect(await snapshot()).toEqual(before);
  });
});

describe.each(Object.entries(functionRules))("function %s", (name, rule) => {
  it("may be executed by the roles of the matrix alone", async () => {
    const found = await stack.sql`
      select r.role from pg_proc p cross join (values ('anon'), ('authenticated'), ('service_role')) r(role)
      where p.pronamespace = 'public'::regnamespace and p.proname = ${name} and has_function_privilege(r.role, p.oid, 'execute') order by 1`;
    expect(found.map((row) => row.role)).toEqual([...rule.execute].sort());
  });

  it("is security definer with an empty search_path", async () => {
    const found =
      await stack.sql`select prosecdef, proconfig from pg_proc where pronamespace = 'public'::regnamespace and proname = ${name}`;
    expect(found).toEqual([{ prosecdef: true, proconfig: expect.arrayContaining(['search_path=""']) }]);
  });

  it.each(callers)("answers %s through the Data API as the matrix says", async (caller) => {
    const before = await snapshot();
    const { status } = await call(caller, `rpc/${name}`, { method: "POST", body: JSON.stringify(rule.args) });
    const role = caller === "user" || caller === "admin" ? "authenticated" : caller;
    const allowed = rule.execute.includes(role) && !(caller === "user" && rule.adminOnly);
    // A service key still has to name the acting admin of what the audit keeps.
    const namesNobody = rule.act === true && caller === "service_role";
    if (allowed && !namesNobody) expect(status).toBe(200);
    else expect(status).toBe(caller === "anon" ? 401 : 403);
    if (!allowed) expect(await snapshot()).toEqual(before);
  });
});

describe("identity", () => {
  const refund = (extra: Record<string, unknown>): RequestInit => ({
    method: "POST",
    body: JSON.stringify({ p_user_id: userId, p_amount: 1, p_reason: "test", ...extra }),
  });

  it("refuses a user who names an admin as the acting one", async () => {
    const [admin] = await stack.sql`select id from public.users where is_admin`;
    const { status } = await call("user", "rpc/admin_refund_credits", refund({ p_admin_user_id: admin?.id }));
    expect(status).toBe(403);
  });

  it("refuses a service key that names somebody who is no admin", async () => {
    const { status, body } = await call(
      "service_role",
      "rpc/admin_refund_credits",
      refund({ p_admin_user_id: userId }),
    );
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "42501", message: `user ${userId} is not an admin` });
  });

  it("refuses a token of role authenticated without a subject", async () => {
    tokens.user = await stack.signToken({ role: "authenticated" });
    expect((await call("user", "rpc/admin_refund_credits", refund({}))).status).toBe(403);
    const [admin] = await stack.sql`select id from public.users where is_admin`;
    expect(
      (await call("user", "rpc/admin_refund_credits", refund({ p_admin_user_id: admin?.id }))).status,
    ).toBe(403);
    expect((await call("user", "users?select=*")).body).toEqual([]);
  });

  it("refuses a banned admin", async () => {
    await stack.sql`update public.users set banned_at = now() where is_admin`;
    expect((await call("admin", "rpc/admin_refund_credits", refund({}))).status).toBe(403);
    expect((await call("admin", "admin_actions?select=*")).body).toEqual([]);
  });
});
