import type { PendingQuery, Row, Sql, TransactionSql } from "postgres";

/** The schemas that are ours; the rest belongs to Supabase. */
export const ownSchemas: readonly string[] = ["public", "vidops"];

/** "users" for public.users, "vidops.chain" for vidops.chain: the file's name, and what a person would type. */
export function shortName(schema: string, name: string): string {
  return schema === "public" ? name : `${schema}.${name}`;
}

export interface Grant {
  /** A role, or "public" for everyone. */
  readonly grantee: string;
  readonly privilege: string;
  /** Set when the grant is on one column only. */
  readonly column: string | null;
}

export interface TableRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view" | "materialized view";
  readonly comment: string | null;
  readonly rls: boolean;
  readonly rlsForced: boolean;
  readonly options: readonly string[] | null;
  readonly viewDefinition: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly notNull: boolean;
    readonly default: string | null;
    readonly identity: "" | "a" | "d";
    readonly generated: "" | "s";
    readonly comment: string | null;
  }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly type: string;
    readonly definition: string;
  }[];
  readonly indexes: readonly string[];
  readonly triggers: readonly {
    readonly name: string;
    readonly definition: string;
    readonly enabled: string;
  }[];
  readonly grants: readonly Grant[];
  readonly policies: readonly {
    readonly name: string;
    readonly permissive: boolean;
    readonly command: string;
    readonly roles: readonly string[];
    readonly using: string | null;
    readonly check: string | null;
  }[];
}

export interface FunctionRow {
  readonly schema: string;
  readonly name: string;
  readonly definition: string;
  readonly signature: string;
  readonly result: string;
  readonly comment: string | null;
  readonly isTrigger: boolean;
  readonly arguments: readonly {
    readonly name: string;
    readonly type: string;
    readonly default: string | null;
  }[];
  readonly grants: readonly Grant[];
}

export interface SchemaRow {
  readonly name: string;
  readonly grants: readonly Grant[];
}

export interface Catalog {
  readonly schemas: readonly SchemaRow[];
  readonly tables: readonly TableRow[];
  readonly functions: readonly FunctionRow[];
  /** Enums and domains, as statements that make them. */
  readonly types: readonly string[];
}

/**
 * Reads what our schemas hold, in an order that depends on names alone.
 *
 * @param sql a connection to a database with all migrations; only read
 */
export async function readCatalog(sql: Sql): Promise<Catalog> {
  return await sql.begin("read only", async (tx) => {
    // With an empty path Postgres writes every name with its schema.
    await tx`set local search_path = ''`;
    const schemas = await tx<SchemaRow[]>`
      select n.nspname as name, ${grantsOf(tx, tx`n.nspacl`, tx`n.nspowner`)} as grants
      from pg_catalog.pg_namespace n where n.nspname = any(${[...ownSchemas]}) order by n.nspname collate "C"`;
    const tables = await tx<TableRow[]>`
      select c.oid::int as oid, n.nspname as schema, c.relname as name,
        case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
        pg_catalog.obj_description(c.oid, 'pg_class') as comment,
        c.relrowsecurity as rls, c.relforcerowsecurity as "rlsForced", c.reloptions as options,
        case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid, true) end as "viewDefinition",
        (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
            'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated,
            'comment', pg_catalog.col_description(c.oid, a.attnum)) order by a.attnum)
          from pg_catalog.pg_attribute a
          left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
        coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', k.conname, 'type', k.contype, 'definition', pg_catalog.pg_get_constraintdef(k.oid, true))
            order by pg_catalog.strpos('pufcx', k.contype::text), k.conname collate "C")
          from pg_catalog.pg_constraint k
          where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')), '[]') as constraints,
        coalesce((select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid) order by ic.relname collate "C")
          from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
          where i.indrelid = c.oid
            and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)
          ), '[]') as indexes,
        coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid, true), 'enabled', t.tgenabled)
            order by t.tgname collate "C")
          from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal), '[]') as triggers,
        ${grantsOf(tx, tx`c.relacl`, tx`c.relowner`)} || coalesce((
          select pg_catalog.jsonb_agg(g.grant_row) from pg_catalog.pg_attribute a,
            lateral (select pg_catalog.jsonb_array_elements(${grantsOf(tx, tx`a.attacl`, tx`c.relowner`)})
              || pg_catalog.jsonb_build_object('column', a.attname) as grant_row) g
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as grants,
        coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', p.polname, 'permissive', p.polpermissive,
            'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
              when 'd' then 'delete' else 'all' end,
            'roles', (select pg_catalog.jsonb_agg(coalesce(r.rolname, 'public') order by r.rolname)
              from pg_catalog.unnest(p.polroles) as role_oid left join pg_catalog.pg_roles r on r.oid = role_oid),
            'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid, true),
            'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid, true)) order by p.polname collate "C")
          from pg_catalog.pg_policy p where p.polrelid = c.oid), '[]') as policies
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any(${[...ownSchemas]}) and c.relkind in ('r', 'p', 'v', 'm')
      order by n.nspname collate "C", c.relname collate "C"`;
    const functions = await tx<FunctionRow[]>`
      select n.nspname as schema, p.proname as name, pg_catalog.pg_get_functiondef(p.oid) as definition,
        pg_catalog.format('%s(%s)', p.oid::pg_catalog.regproc, pg_catalog.pg_get_function_identity_arguments(p.oid)) as signature,
        pg_catalog.pg_get_function_result(p.oid) as result,
        pg_catalog.obj_description(p.oid, 'pg_proc') as comment,
        p.prorettype in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) as "isTrigger",
        coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', p.proargnames[i], 'type', pg_catalog.format_type(p.proargtypes[i - 1], null),
            'default', pg_catalog.pg_get_function_arg_default(p.oid, i)) order by i)
          from pg_catalog.generate_series(1, p.pronargs) as i), '[]') as arguments,
        ${grantsOf(tx, tx`coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))`, tx`p.proowner`)} as grants
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname = any(${[...ownSchemas]}) and p.prokind in ('f', 'p')
      order by n.nspname collate "C", p.proname collate "C",
        pg_catalog.pg_get_function_identity_arguments(p.oid) collate "C"`;
    const types = await tx<{ statement: string }[]>`
      select case t.typtype
        when 'e' then pg_catalog.format('create type %I.%I as enum (%s);', n.nspname, t.typname,
          (select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_catalog.pg_enum e where e.enumtypid = t.oid))
        else pg_catalog.format('create domain %I.%I as %s%s;', n.nspname, t.typname,
          pg_catalog.format_type(t.typbasetype, t.typtypmod),
          (select pg_catalog.string_agg(' ' || pg_catalog.pg_get_constraintdef(k.oid, true), '' order by k.conname)
            from pg_catalog.pg_constraint k where k.contypid = t.oid)) end as statement
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      where n.nspname = any(${[...ownSchemas]}) and t.typtype in ('e', 'd')`;
    return { schemas, tables, functions, types: types.map((row) => row.statement).sort() };
  });
}

type Fragment = PendingQuery<Row[]>;

/** The entries of an access list as JSON, without the owner's own. */
function grantsOf(tx: TransactionSql, acl: Fragment, owner: Fragment): Fragment {
  return tx`coalesce((
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'grantee', case when e.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(e.grantee) end,
      'privilege', pg_catalog.lower(e.privilege_type), 'column', null)
      order by pg_catalog.pg_get_userbyid(e.grantee) collate "C", e.privilege_type)
    from pg_catalog.aclexplode(${acl}) e where e.grantee <> ${owner}), '[]')`;
}
