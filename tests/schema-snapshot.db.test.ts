import { createEmptyDatabase } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Catalog, readCatalog } from "../scripts/generate/catalog.ts";
import { databaseTypes } from "../scripts/generate/database-types.ts";
import { schemaSnapshot } from "../scripts/generate/schema-snapshot.ts";
import { sqlReference } from "../scripts/generate/sql-reference.ts";

const ddl = `
  create schema vidops;
  create type public.mood as enum ('good', 'it''s bad');
  create table public.owners (id uuid primary key);
  create table public.pets (
    id bigint generated always as identity primary key,
    owner uuid not null references public.owners (id),
    name text not null default 'a, b' check (name <> ''),
    "Name length" integer generated always as (length(name)) stored,
    mood public.mood
  );
  comment on table public.pets is 'It''s a | zoo';
  comment on column public.pets.name is 'What it answers to';
  create index pets_owner_idx on public.pets (owner) where name <> '';
  alter table public.pets enable row level security;
  create policy own on public.pets for update to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
  grant select on public.pets to authenticated;
  grant update (name, mood) on public.pets to authenticated;
  create view public.named with (security_invoker = true) as select name from public.pets;
  create function vidops.refuse() returns trigger language plpgsql set search_path = '' as 'begin return null; end';
  create trigger no_truncate before truncate on public.pets execute function vidops.refuse();
  alter table public.pets enable always trigger no_truncate;
  create function public.feed(p_pet bigint, p_food text default 'a (dry, b)') returns void language sql set search_path = '' as '';
  create function public.feed(p_pet bigint) returns void language sql set search_path = '' as '';
  comment on function public.feed(bigint, text) is 'Feeds it.';
  revoke execute on function public.feed(bigint, text), public.feed(bigint), vidops.refuse() from public;
  grant execute on function public.feed(bigint, text) to service_role;
`;

let catalog: Catalog;
let types = "";
let files: Map<string, string>;
let database: Awaited<ReturnType<typeof createEmptyDatabase>>;

beforeAll(async () => {
  database = await createEmptyDatabase();
  await database.sql.unsafe(ddl);
  catalog = await readCatalog(database.sql);
  types = await databaseTypes(database.sql);
  files = schemaSnapshot(catalog);
});
afterAll(() => database[Symbol.asyncDispose]());

describe("the schema snapshot", () => {
  it("has a file for each table, view, function and table with policies", () => {
    expect([...files.keys()].sort()).toEqual([
      "functions/feed.sql",
      "functions/vidops.refuse.sql",
      "policies/pets.sql",
      "schemas.sql",
      "tables/named.sql",
      "tables/owners.sql",
      "tables/pets.sql",
    ]);
  });

  it("shows a table with all that guards it", () => {
    const text = files.get("tables/pets.sql") ?? "";
    for (const line of [
      "  id bigint not null generated always as identity,",
      "  name text not null default 'a, b'::text,",
      '  "Name length" integer generated always as (length(name)) stored,',
      "  mood public.mood,",
      "  constraint pets_pkey PRIMARY KEY (id),",
      "  constraint pets_owner_fkey FOREIGN KEY (owner) REFERENCES public.owners(id),",
      "comment on table public.pets is 'It''s a | zoo';",
      "comment on column public.pets.name is 'What it answers to';",
      "CREATE INDEX pets_owner_idx ON public.pets USING btree (owner) WHERE (name <> ''::text);",
      "CREATE TRIGGER no_truncate BEFORE TRUNCATE ON public.pets FOR EACH STATEMENT EXECUTE FUNCTION vidops.refuse();",
      "alter table public.pets enable always trigger no_truncate;",
      "alter table public.pets enable row level security;",
      "grant select on table public.pets to authenticated;",
      "grant update (mood, name) on table public.pets to authenticated;",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(files.get("tables/owners.sql")).toContain("alter table public.owners disable row level security;");
    expect(files.get("tables/named.sql")).toContain(
      "create view public.named with (security_invoker=true) as",
    );
    expect(files.get("schemas.sql")).toContain("create type public.mood as enum ('good', 'it''s bad');");
  });

  it("shows policies and functions, overloads in one file, with who may execute them", () => {
    expect(files.get("policies/pets.sql")).toContain(
      "create policy own on public.pets\n  as permissive for update\n  to authenticated\n  using (owner = auth.uid())\n  with check (owner = auth.uid());",
    );
    const feed = files.get("functions/feed.sql") ?? "";
    expect(feed.match(/^CREATE OR REPLACE FUNCTION/gm)).toHaveLength(2);
    expect(feed.match(/^revoke execute on function .* from public;$/gm)).toHaveLength(2);
    expect(feed).toContain(
      "grant execute on function public.feed(p_pet bigint, p_food text) to service_role;",
    );
    expect(feed.match(/^grant/gm)).toHaveLength(1);
  });

  it("is the same text when the database is read again", async () => {
    expect(schemaSnapshot(await readCatalog(database.sql))).toEqual(files);
    expect(await databaseTypes(database.sql)).toBe(types);
  });

  it("changes when a grant is widened", async () => {
    await using other = await createEmptyDatabase();
    await other.sql.unsafe(`${ddl} grant insert on public.pets to anon;`);
    const changed = schemaSnapshot(await readCatalog(other.sql));
    const differing = [...changed].filter(([path, text]) => files.get(path) !== text).map(([path]) => path);
    expect(differing).toEqual(["tables/pets.sql"]);
  });
});

describe("what else is generated", () => {
  it("types hold the public schema, with names as they are in the database", () => {
    expect(types).toContain('"Name length"?: ');
    expect(types).toContain('mood: "good" | "it\'s bad"');
    expect(types).not.toContain("refuse");
  });

  it("the SQL reference lists callers, arguments and defaults, and keeps a table's pipes apart", () => {
    const page = sqlReference(catalog);
    expect(page).toContain("Feeds it.");
    expect(page).toContain("Called by: `service_role`.");
    expect(page).toContain("| `p_food` | text | `'a (dry, b)'` |");
    expect(page).toContain("It's a \\| zoo");
    expect(page).not.toContain("refuse");
  });
});
