import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmptyDatabase, createTestStack, type TestStack } from "./index.ts";

describe("a test stack", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({ migrations: false });
    await stack.sql`create table notes (id int primary key, owner uuid default auth.uid(), body text)`;
    await stack.sql`alter table notes enable row level security`;
    await stack.sql`create policy own on notes for select to authenticated using (owner = auth.uid())`;
    await stack.sql`grant select on notes to authenticated`;
    await stack.sql`grant select, insert, update, delete on notes to service_role`;
    await stack.reloadSchema();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  it("serves a new table to supabase-js with the secret key", async () => {
    const client = createClient(stack.url, stack.secretKey);
    const { error } = await client.from("notes").insert({ id: 1, body: "hello" });
    expect(error).toBeNull();
    expect(await stack.sql`select id, body from notes`).toEqual([{ id: 1, body: "hello" }]);
  });

  it("signs a user in, whose token reads that user's rows alone", async () => {
    const user = await stack.createUser();
    await stack.sql`insert into notes values (10, ${user.id}, 'mine'), (11, gen_random_uuid(), 'not mine')`;
    const client = createClient(stack.url, stack.publishableKey);
    const { error } = await client.auth.signInWithPassword({ email: user.email, password: user.password });
    expect(error).toBeNull();
    const { data } = await client.from("notes").select("id");
    expect(data).toEqual([{ id: 10 }]);
  });

  it("refuses a wrong password", async () => {
    const user = await stack.createUser();
    const client = createClient(stack.url, stack.publishableKey);
    const { error } = await client.auth.signInWithPassword({ email: user.email, password: "wrong" });
    expect(error?.status).toBe(400);
  });
});

describe("two test databases", () => {
  it("do not see each other's tables", async () => {
    await using one = await createEmptyDatabase();
    await using two = await createEmptyDatabase();
    await one.sql`create table only_here (id int)`;
    const [row] = await two.sql`select to_regclass('public.only_here') as found`;
    expect(row).toEqual({ found: null });
  });
});
