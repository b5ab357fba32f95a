import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import {
  type AuditProgress,
  addCredits,
  auditAllCredits,
  auditCredits,
  type CreditEntry,
  type CreditHistory,
  creditBalance,
  creditHistory,
  deductCredits,
} from "./index.ts";

const nobody = "00000000-0000-4000-8000-000000000000";
let stack: TestStack;
let db: Database;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());

async function userWith(credits: number): Promise<TestUser> {
  return stack.createUser({ credits });
}

describe("addCredits", () => {
  it("grants, and grants a store transaction once", async () => {
    const { id: userId } = await userWith(1);
    const purchase = { userId, amount: 50, reason: "purchase", transactionId: `tx-${userId}` };
    await expect(addCredits(db, purchase)).resolves.toEqual({
      creditsAdded: 50,
      creditsRemaining: 51,
      replayed: false,
    });
    await expect(addCredits(db, purchase)).resolves.toEqual({
      creditsAdded: 50,
      creditsRemaining: 51,
      replayed: true,
    });
    await expect(addCredits(db, { ...purchase, amount: 60 })).rejects.toMatchObject({
      code: "ERR_4010",
      reason: "transaction_id_reused",
    });
    await expect(creditBalance(db, userId)).resolves.toMatchObject({
      creditsRemaining: 51,
      creditsTotal: 51,
    });
  });

  it("refuses an unknown user", async () => {
    await expect(addCredits(db, { userId: nobody, amount: 1, reason: "gift" })).rejects.toMatchObject({
      code: "ERR_4007",
      reason: "user_not_found",
    });
  });
});

describe("deductCredits", () => {
  it("takes what is there, once for a key, and not more than is there", async () => {
    const { id: userId } = await userWith(10);
    const charge = { userId, amount: 4, idempotencyKey: "k-1" };
    await expect(deductCredits(db, charge)).resolves.toEqual({ creditsRemaining: 6, replayed: false });
    await expect(deductCredits(db, charge)).resolves.toEqual({ creditsRemaining: 6, replayed: true });
    await expect(deductCredits(db, { ...charge, amount: 5 })).rejects.toMatchObject({ code: "ERR_4010" });
    await expect(deductCredits(db, { userId, amount: 7 })).rejects.toMatchObject({
      code: "ERR_4001",
      details: { current_credits: 6, required_credits: 7 },
    });
    await expect(creditBalance(db, userId)).resolves.toMatchObject({ creditsRemaining: 6, creditsTotal: 10 });
  });

  it("takes nothing from a banned account, an unknown user, or for an unknown job", async () => {
    const { id: userId } = await userWith(10);
    await expect(deductCredits(db, { userId, amount: 1, jobId: nobody })).rejects.toMatchObject({
      reason: "job_not_found",
    });
    await expect(deductCredits(db, { userId: nobody, amount: 1 })).rejects.toMatchObject({
      reason: "user_not_found",
    });
    await stack.sql`update users set banned_at = now() where id = ${userId}`;
    await expect(deductCredits(db, { userId, amount: 1 })).rejects.toMatchObject({
      code: "ERR_4012",
      reason: "account_banned",
    });
    await expect(creditBalance(db, userId)).resolves.toMatchObject({ creditsRemaining: 10 });
  });

  it("admits ten of thirty at once against a balance for ten", async () => {
    const { id: userId } = await userWith(10);
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, () => deductCredits(db, { userId, amount: 1 })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    await expect(creditBalance(db, userId)).resolves.toMatchObject({ creditsRemaining: 0 });
    expect((await auditCredits(db, { userId })).user).toMatchObject({ ok: true, entries: 11, ledgerSum: 0 });
  });
});

describe("creditHistory", () => {
  async function allPages(
    query: Omit<Parameters<typeof creditHistory>[1], "cursor">,
  ): Promise<CreditEntry[][]> {
    const pages: CreditEntry[][] = [];
    for (let cursor: string | null = null; ; ) {
      const page: CreditHistory = await creditHistory(db, { ...query, cursor });
      pages.push(page.entries);
      cursor = page.nextCursor;
      if (cursor === null) return pages;
    }
  }

  it("lists every entry once, newest first, whatever the page size, while entries are added", async () => {
    const { id: userId } = await userWith(100);
    for (const amount of [1, 2, 3, 4]) await deductCredits(db, { userId, amount, reason: `spend ${amount}` });
    const [whole] = await allPages({ userId });
    expect(whole?.map(({ change, balanceAfter, reason }) => [change, balanceAfter, reason])).toEqual([
      [-4, 90, "spend 4"],
      [-3, 94, "spend 3"],
      [-2, 97, "spend 2"],
      [-1, 99, "spend 1"],
      [100, 100, "test_grant"],
    ]);
    expect(whole?.[0]).toMatchObject({
      userId,
      jobId: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await allPages({ userId, limit: 2 })).map((page) => page.length)).toEqual([2, 2, 1]);
    expect((await allPages({ userId, limit: 5 })).map((page) => page.length)).toEqual([5]);

    const first = await creditHistory(db, { userId, limit: 2 });
    await deductCredits(db, { userId, amount: 5 });
    const second = await creditHistory(db, { userId, limit: 2, cursor: first.nextCursor });
    expect(second.entries).toEqual(whole?.slice(2, 4));
  });

  it("keeps to a time range, over pages that name it no more", async () => {
    const { id: userId } = await userWith(5);
    for (const amount of [1, 1, 1]) await deductCredits(db, { userId, amount });
    const all = (await creditHistory(db, { userId })).entries;
    const [newest, second, third] = all;
    if (newest === undefined || second === undefined || third === undefined) return expect.unreachable();
    const until = new Date(Date.parse(newest.createdAt) + 1);
    expect((await creditHistory(db, { userId, since: until })).entries).toEqual([]);
    expect((await creditHistory(db, { userId, until: "2020-01-01T00:00:00Z" })).entries).toEqual([]);

    const range = { since: third.createdAt, until };
    const pages: CreditEntry[][] = [];
    let page = await creditHistory(db, { userId, limit: 1, ...range });
    for (
      ;
      page.nextCursor !== null;
      page = await creditHistory(db, { userId, limit: 1, cursor: page.nextCursor })
    ) {
      pages.push(page.entries);
    }
    expect([...pages, page.entries]).toEqual([[newest], [second], [third]]);
    expect(all).toHaveLength(4);
  });

  it("shows a user the own entries and nobody else's", async () => {
    const [ada, eve] = [await userWith(5), await userWith(7)];
    const asEve = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken: eve.accessToken });
    expect((await creditHistory(asEve, { userId: eve.id })).entries).toHaveLength(1);
    expect((await creditHistory(asEve, { userId: ada.id })).entries).toEqual([]);
    await expect(creditBalance(asEve, ada.id)).rejects.toMatchObject({ code: "ERR_4007" });
  });
});

describe("auditCredits", () => {
  it("proves sound books, and finds the user whose balance was changed by hand", async () => {
    await using own = await createTestStack();
    const database = createDatabase({ url: own.url, key: own.secretKey });
    const users = [];
    for (let count = 0; count < 5; count += 1) users.push(await own.createUser({ credits: 10 }));
    const progress: AuditProgress[] = [];
    const sound = await auditAllCredits(database, { limit: 2, onProgress: (page) => progress.push(page) });
    expect(sound).toMatchObject({
      usersChecked: 5,
      usersDrifted: 0,
      drift: [],
      user: null,
      nextCursor: null,
    });
    expect(progress.map(({ usersChecked, pages }) => [usersChecked, pages])).toEqual([
      [2, 1],
      [4, 2],
      [5, 3],
    ]);

    const [first, , , , last] = users.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    if (first === undefined || last === undefined) return expect.unreachable();
    await own.sql`update users set credits_remaining = 999 where id in (${first.id}, ${last.id})`;
    const audit = await auditAllCredits(database, { limit: 2 });
    expect(audit).toMatchObject({ usersChecked: 5, usersDrifted: 2 });
    const proof = { ledgerSum: 10, lastBalanceAfter: 10, creditsRemaining: 999, entries: 1 };
    expect(audit.drift).toEqual([first, last].map(({ id: userId, email }) => ({ userId, email, ...proof })));
    expect((await auditCredits(database, { userId: last.id })).user).toMatchObject({
      ok: false,
      ledgerSum: 10,
    });
    await expect(auditCredits(database, { userId: nobody })).rejects.toMatchObject({ code: "ERR_4007" });
  });

  it("stops at once when its signal says so", async () => {
    const stopped = new Error("enough");
    await expect(auditAllCredits(db, { signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
  });

  it("is not for end users", async () => {
    const { accessToken } = await userWith(1);
    const asUser = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await expect(auditCredits(asUser)).rejects.toMatchObject({ code: "ERR_4006" });
  });
});
