import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { type ChainVerificationOptions, chainStart, readChainHead, verifyAdminActions } from "./index.ts";

let stack: TestStack;
let db: Database;
let adminId: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  adminId = (await stack.createUser({ email: "ops@example.com", isAdmin: true })).id;
  // As whoever owns the database can: what is tested is that it shows afterwards.
  await stack.sql`alter table admin_actions disable trigger admin_actions_append_only`;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Ten acts, at positions 1 to 10. */
beforeEach(async () => {
  await stack.sql`delete from admin_actions`;
  await stack.sql`update vidops.admin_action_chain set position = 0, hash = repeat('0', 64)`;
  stack.faults.clear();
  await act(10);
});

async function act(count: number, sql: Pick<TestStack, "sql">["sql"] = stack.sql): Promise<void> {
  await sql`insert into admin_actions (admin_user_id, action_type, reason, amount, details)
    select ${adminId}, 'credit_adjustment', 'héllo "☕" ' || i, i, jsonb_build_object('b', 1.50, 'a', null, 'note', E'\\u0001\n\\\\ ' || i)
    from generate_series(1, ${count}::int) i`;
}

async function idAt(position: number): Promise<string> {
  const [row] = await stack.sql`select id::text from admin_actions where chain_position = ${position}`;
  return row?.id;
}

function hashAt(position: number) {
  return stack.sql`select chain_position::int as position, hash from admin_actions where chain_position = ${position}`.then(
    ([row]) => row as { position: number; hash: string },
  );
}

/** Recomputes a row's hash, as a forger would. */
async function rehash(position: number): Promise<void> {
  await stack.sql`update admin_actions a set hash = encode(sha256(convert_to(previous_hash || vidops.admin_action_text(a), 'UTF8')), 'hex')
    where chain_position = ${position}`;
}

/** Makes room at a position: all from there on stand one further. */
async function shift(from: number, by: number): Promise<void> {
  await stack.sql`update admin_actions set chain_position = -chain_position where chain_position >= ${from}`;
  await stack.sql`update admin_actions set chain_position = -chain_position + ${by} where chain_position < 0`;
  await stack.sql`update vidops.admin_action_chain set position = position + ${by}`;
}

async function put(position: number, previous: number): Promise<void> {
  await stack.sql`alter table admin_actions disable trigger admin_actions_chain, disable trigger admin_actions_chain_check`;
  await stack.sql`insert into admin_actions (admin_user_id, action_type, reason, chain_position, previous_hash, hash)
    select ${adminId}, 'user_ban', 'forged', ${position}, coalesce((select hash from admin_actions where chain_position = ${previous}), repeat('0', 64)), repeat('f', 64)`;
  await stack.sql`alter table admin_actions enable trigger admin_actions_chain, enable trigger admin_actions_chain_check`;
}

const verify = (options: ChainVerificationOptions = {}) => verifyAdminActions(db, options);

describe("verifyAdminActions", () => {
  it("proves a chain that nobody touched, whatever its texts hold, in pages of any size", async () => {
    const head = await readChainHead(db);
    expect(head).toEqual(await hashAt(10));
    for (const pageSize of [1, 3, 10, 5000])
      expect(await verify({ pageSize, expect: head })).toEqual({
        ...{ ok: true, checked: 10, verified: head, head, fault: null },
      });
  });

  it("proves a chain without acts", async () => {
    await stack.sql`delete from admin_actions`;
    await stack.sql`update vidops.admin_action_chain set position = 0, hash = repeat('0', 64)`;
    expect(await readChainHead(db)).toEqual(chainStart);
    expect(await verify({ expect: chainStart })).toMatchObject({
      ok: true,
      checked: 0,
      verified: chainStart,
    });
  });

  it("sends one request a page, and tells how far it is", async () => {
    stack.requests.length = 0;
    const seen: unknown[] = [];
    await verify({ pageSize: 4, onProgress: (progress) => seen.push(progress) });
    expect(stack.requests).toHaveLength(3);
    expect(seen).toEqual([
      { checked: 4, position: 4, headPosition: 10 },
      { checked: 8, position: 8, headPosition: 10 },
      { checked: 10, position: 10, headPosition: 10 },
    ]);
  });

  it("takes acts that are added while it walks", async () => {
    const added: Promise<void>[] = [];
    const result = await verify({
      pageSize: 2,
      onProgress: () => {
        if (added.length < 3) added.push(act(1));
      },
    });
    await Promise.all(added);
    expect(result).toMatchObject({ ok: true, fault: null });
    expect(result.checked).toBeGreaterThanOrEqual(10);
    expect(await verify()).toMatchObject({ ok: true, checked: 13 });
  });

  it("goes on from where it was before, and believes what comes before that", async () => {
    const after = await hashAt(6);
    await stack.sql`update admin_actions set reason = 'altered' where chain_position = 2`;
    expect(await verify({ after })).toMatchObject({ ok: true, checked: 4 });
    expect(await verify({ after: await readChainHead(db) })).toMatchObject({ ok: true, checked: 0 });
    expect(await verify({ after: { position: 6, hash: "a".repeat(64) } })).toMatchObject({
      ...{ ok: false, checked: 0, verified: chainStart, fault: { kind: "altered", position: 7 } },
    });
    expect(await verify({ after: { position: 10, hash: "a".repeat(64) } })).toMatchObject({
      fault: { kind: "head" },
    });
    expect(await verify({ after: { position: 12, hash: "a".repeat(64) } })).toMatchObject({
      ...{ verified: chainStart, fault: { kind: "pinned", position: 12 } },
    });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const running = verify({
      pageSize: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
  });

  it.each([
    ["the reason", "set reason = 'nothing'"],
    ["the amount", "set amount = 1000"],
    ["who did it", "set admin_user_id = (select id from users limit 1), approved_by = null, run_id = 'x'"],
    ["a detail", "set details = details || '{\"b\": 1.5}'"],
    ["the time, by a microsecond", "set created_at = created_at + interval '1 microsecond'"],
    ["the hash", "set hash = repeat('a', 64)"],
  ])("names the row in which %s was altered", async (_what, change) => {
    await stack.sql.unsafe(`update admin_actions ${change} where chain_position = 5`);
    expect(await verify({ pageSize: 3 })).toMatchObject({
      ok: false,
      checked: 4,
      verified: await hashAt(4),
      fault: { kind: "altered", position: 5, actionId: await idAt(5) },
    });
  });

  it.each([1, 5, 9])("names row %i, which was altered and its hash recomputed", async (position) => {
    await stack.sql`update admin_actions set reason = 'x' where chain_position = ${position}`;
    await rehash(position);
    expect(await verify()).toMatchObject({
      fault: { kind: "altered", position, actionId: await idAt(position) },
    });
  });

  it("names the last row when it was altered and its hash recomputed", async () => {
    await stack.sql`update admin_actions set reason = 'x' where chain_position = 10`;
    await rehash(10);
    expect(await verify()).toMatchObject({ checked: 10, fault: { kind: "head", position: 10 } });
  });

  it.each([
    ["first", 1, 1, "Nothing is left at position 1."],
    ["middle", 4, 6, "Nothing is left at positions 4 to 6."],
    ["last", 10, 10, "Nothing is left at position 10."],
  ])("says where the %s rows were removed", async (_which, from, to, explanation) => {
    await stack.sql`delete from admin_actions where chain_position between ${from} and ${to}`;
    const { ok, fault, checked } = await verify({ pageSize: 3 });
    expect({ ok, fault, checked }).toEqual({
      ok: false,
      fault: { kind: "removed", position: from, actionId: null, explanation },
      checked: from - 1,
    });
  });

  it("says so too where the rows behind were moved up", async () => {
    await stack.sql`delete from admin_actions where chain_position = 4`;
    await shift(5, -1);
    const { fault } = await verify();
    expect(fault).toMatchObject({ kind: "removed", position: 4 });
    expect(fault?.explanation).toBe(`Act ${await idAt(4)} stood at position 5; 1 act before it was removed.`);
  });

  it("names a row that was inserted, forged badly or well", async () => {
    await shift(5, 1);
    await put(5, 4);
    const forged = { kind: "inserted", position: 5, actionId: await idAt(5) };
    expect(await verify()).toMatchObject({ checked: 4, fault: forged });
    await rehash(5);
    expect(await verify()).toMatchObject({ checked: 5, fault: forged });
  });

  it("names a row that was added behind the head", async () => {
    await put(11, 10);
    await rehash(11);
    expect(await verify()).toMatchObject({
      checked: 11,
      fault: { kind: "head", position: 11, actionId: await idAt(11) },
    });
  });

  it.each([
    [5, 6],
    [2, 9],
    [1, 10],
  ])("names the first of two rows, %i and %i, that changed places", async (a, b) => {
    const second = await idAt(b);
    await stack.sql`update admin_actions set chain_position = -chain_position where chain_position in (${a}, ${b})`;
    await stack.sql`update admin_actions set chain_position = ${a + b} + chain_position where chain_position < 0`;
    const { fault, checked } = await verify();
    expect(fault).toEqual({
      ...{ kind: "reordered", position: a, actionId: second },
      explanation: `It stood at position ${b}.`,
    });
    expect(checked).toBe(a - 1);
  });

  it.each([
    ["another hash", "hash = repeat('a', 64)"],
    [
      "a place before the end",
      "position = 9, hash = (select hash from admin_actions where chain_position = 9)",
    ],
  ])("says that the stored head has %s", async (_what, change) => {
    await stack.sql.unsafe(`update vidops.admin_action_chain set ${change}`);
    expect(await verify()).toMatchObject({ checked: 10, fault: { kind: "head", position: 10 } });
  });

  it("tells a history that was written anew, or cut, from the one that was pinned", async () => {
    const pinned = await readChainHead(db);
    const early = await hashAt(3);
    // Whoever owns the database can make another whole chain.
    await stack.sql`delete from admin_actions where chain_position > 8`;
    await stack.sql`update vidops.admin_action_chain c set position = 8, hash = a.hash from admin_actions a where a.chain_position = 8`;
    expect(await verify()).toMatchObject({ ok: true, checked: 8 });
    expect(await verify({ expect: pinned })).toMatchObject({
      ok: false,
      fault: { kind: "pinned", position: 9 },
    });
    await act(4);
    expect(await verify()).toMatchObject({ ok: true, checked: 12 });
    expect(await verify({ expect: pinned })).toMatchObject({
      ...{ ok: false, checked: 10, fault: { kind: "pinned", position: 10, actionId: await idAt(10) } },
    });
    expect(await verify({ expect: early })).toMatchObject({ ok: true });
    expect(await verify({ expect: { position: 0, hash: "1".repeat(64) } })).toMatchObject({
      fault: { kind: "pinned" },
    });
  });

  it.each([
    [{ pageSize: 0 }],
    [{ pageSize: 5001 }],
    [{ expect: { position: -1, hash: "0".repeat(64) } }],
    [{ expect: { position: 1.5, hash: "0".repeat(64) } }],
    [{ after: { position: 1, hash: "abc" } }],
    [{ after: { position: 4, hash: "0".repeat(64) }, expect: { position: 3, hash: "0".repeat(64) } }],
  ])("sends nothing for %o", async (options) => {
    stack.requests.length = 0;
    await expect(verify(options)).rejects.toMatchObject({ code: "ERR_4008" });
    expect(stack.requests).toHaveLength(0);
  });

  it("does not believe a database whose texts are about other acts", async () => {
    const [found] =
      await stack.sql`select pg_get_functiondef('read_admin_action_chain'::regproc) as definition`;
    const honest: string = found?.definition;
    const lying = honest.replace(
      "'id', a.id::text",
      "'id', case a.chain_position when 5 then '4711' else a.id::text end",
    );
    expect(lying).not.toBe(honest);
    await stack.sql.unsafe(lying);
    const result = await verify();
    await stack.sql.unsafe(honest);
    expect(result).toMatchObject({ checked: 4, fault: { kind: "altered", position: 5, actionId: "4711" } });
    expect(await verify()).toMatchObject({ ok: true });
  });
});
