import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let stack: TestStack;
let job: string;

interface Plan {
  readonly email?: string | null;
  readonly device?: string;
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** Oldest first, a minute apart: the last one is the newest. */
const people: readonly Plan[] = [
  { email: "Ada.Lovelace@Example.com", columns: { tier: "premium" } },
  { email: "zoe_100%@example.com", columns: { is_admin: true } },
  { email: "o'hara\\x@example.com", columns: { banned_at: "2026-11-01" } },
  { email: null, device: "Device-77", columns: { is_guest: true } },
  { email: "ömer@ornek.test" },
  { email: "adalet@web.test", columns: { is_admin: true, banned_at: "2026-11-02", ban_reason: "spam" } },
];
const id = (nr: number): string => `${`${nr}`.padStart(4, "0")}abcd-0000-4000-8000-00000000000${nr}`;

beforeAll(async () => {
  stack = await createTestStack();
  for (const [at, { email = null, device = null, columns = {} }] of people.entries()) {
    const row = {
      ...{ id: id(at + 1), email, device_id: device, is_guest: false },
      created_at: new Date(Date.UTC(2026, 0, 1, 0, at)),
      ...columns,
    };
    await stack.sql`insert into users ${stack.sql(row)}`;
  }
  const [model] = await stack.sql`
    insert into models (name, cost_per_generation, provider, provider_model_id) values ('m', 1, 'fal', 'm') returning id`;
  const [made] = await stack.sql`
    insert into video_jobs (user_id, model_id, prompt) values (${id(4)}, ${model?.id}, 'a fox') returning job_id`;
  job = String(made?.job_id);
});
afterAll(() => stack[Symbol.asyncDispose]());

interface Answer {
  readonly users: { readonly id: string; readonly matched_by: string | null }[];
  readonly next: { readonly created_at: string; readonly id: string } | null;
}

async function search(
  query: string | null,
  filters: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const names = Object.keys(filters);
  const rest = names.map((name, at) => `, ${name} => $${at + 2}`).join("");
  const [row] = await stack.sql.unsafe(`select search_users(p_query => $1${rest}) as answer`, [
    query,
    ...(Object.values(filters) as string[]),
  ]);
  return row?.answer;
}

/** The numbers of who was found, in the order of the answer. */
async function found(
  query: string | null,
  filters: Readonly<Record<string, unknown>> = {},
): Promise<number[]> {
  return (await search(query, filters)).users.map((user) => Number(user.id.at(-1)));
}

describe("search_users", () => {
  it.each([
    ["ada", [6, 1]],
    ["ADA.LOVE", [1]],
    ["lace@exam", [1]],
    ["@example.com", [3, 2, 1]],
    [".com", [3, 2, 1]],
    [" web ", [6]],
    ["ÖMER", [5]],
    ["ö", [5]],
    ["le", [6, 3, 2, 1]],
    ["'", [3]],
    ["\\x", [3]],
    ["o'hara\\x@", [3]],
    ["m.e", []],
    ["nobody", []],
    ["%", [2]],
    ["_", [2]],
    ["%@", [2]],
    ["a%a", []],
    ["a_l", []],
  ])("finds by a part of the email, in any case and to the letter: %j", async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it("finds by an id, its beginning from four digits on, a device and a job, and says by what", async () => {
    const by = async (query: string) =>
      (await search(query)).users.map((user) => [Number(user.id.at(-1)), user.matched_by]);
    expect(await by(id(5).toUpperCase())).toEqual([[5, "id"]]);
    expect(await by("0005")).toEqual([[5, "id"]]);
    expect(await by("0005abcd-0")).toEqual([[5, "id"]]);
    expect(await by("000")).toEqual([]);
    expect(await by("0005abcd0")).toEqual([]);
    expect(await by("Device-77")).toEqual([[4, "device_id"]]);
    expect(await by("device-77")).toEqual([]);
    expect(await by(job)).toEqual([[4, "job_id"]]);
    expect(await by("adalet")).toEqual([[6, "email"]]);
    expect(await by("00000000-0000-4000-8000-000000000000")).toEqual([]);
  });

  it("lists everybody newest first without a text, and by each filter and all together", async () => {
    expect(await found(null)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await found("  ")).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await found(null, { p_is_admin: true })).toEqual([6, 2]);
    expect(await found(null, { p_is_admin: false })).toEqual([5, 4, 3, 1]);
    expect(await found(null, { p_banned: true })).toEqual([6, 3]);
    expect(await found(null, { p_banned: false, p_is_admin: true })).toEqual([2]);
    expect(await found(null, { p_tier: "premium" })).toEqual([1]);
    expect(await found(null, { p_is_guest: true })).toEqual([4]);
    expect(await found("a", { p_is_admin: true, p_banned: true, p_tier: "free", p_is_guest: false })).toEqual(
      [6],
    );
    expect(await found(id(5), { p_tier: "premium" })).toEqual([]);
  });

  it("pages by keyset: each user once, also where many came in one moment", async () => {
    await stack.sql`
      insert into users (id, email, created_at) select md5('many' || i)::uuid, 'many' || i || '@page.test', '2025-01-01' from generate_series(1, 25) i`;
    const seen: string[] = [];
    let next: Answer["next"] = null;
    do {
      const page: Answer = await search("page.test", {
        p_limit: 10,
        ...(next === null ? {} : { p_before_created_at: next.created_at, p_before_id: next.id }),
      });
      seen.push(...page.users.map((user) => user.id));
      next = page.next;
    } while (next !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toEqual(seen.toSorted().reverse());
    await stack.sql`delete from users where email like '%@page.test'`;
  });

  it("finds the few among many by the index, past those it walks, with filters too", async () => {
    await stack.sql`
      insert into users (id, email, is_guest, created_at)
      select md5('crowd' || i)::uuid, 'crowd' || i || '@crowd.test', false, '2026-02-01'::timestamptz + i * interval '1 second' from generate_series(1, 20500) i`;
    try {
      expect(await found("ada")).toEqual([6, 1]);
      expect(await found("m.e")).toEqual([]);
      expect(await found("ö")).toEqual([5]);
      expect(await found("q§")).toEqual([]);
      expect(await found(null, { p_is_admin: true })).toEqual([6, 2]);
      expect(await found("Device-77")).toEqual([4]);
      expect(await found("0005abcd")).toEqual([5]);
      expect(await found(job, { p_is_guest: true })).toEqual([4]);
      expect(await found("lovelace", { p_tier: "premium" })).toEqual([1]);
      // Many have the text and hardly anybody the filter: a short page that goes on.
      const short = await search("e", { p_tier: "premium" });
      expect(short.users).toEqual([]);
      expect(short.next).not.toBeNull();
      const rest = await search("e", {
        p_tier: "premium",
        p_before_created_at: short.next?.created_at,
        p_before_id: short.next?.id,
      });
      expect(rest.users.map((user) => user.id)).toEqual([id(1)]);
      expect(rest.next).toBeNull();
    } finally {
      await stack.sql`delete from users where email like '%@crowd.test'`;
    }
  });

  it.each([
    [{ p_limit: 0 }, /p_limit/],
    [{ p_limit: -1 }, /p_limit/],
    [{ p_limit: 1001 }, /p_limit/],
    [{ p_tier: "gold" }, /p_tier/],
    [{ p_before_id: id(1) }, /belong together/],
  ])("refuses %j", async (filters, message) => {
    await expect(search("ada", filters)).rejects.toMatchObject({
      code: "22023",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a text that is longer than any address", async () => {
    await expect(search("a".repeat(321))).rejects.toMatchObject({ code: "22023" });
    expect(await found("a".repeat(320))).toEqual([]);
  });
});
