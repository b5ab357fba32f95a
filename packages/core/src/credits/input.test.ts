import { describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import {
  addCredits,
  auditCredits,
  creditBalance,
  creditHistory,
  deductCredits,
  type RefundRequest,
  refundCredits,
} from "./index.ts";

const jobId = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
const userId = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";
const reason = "The video never arrived";

function silentDatabase(): { db: Database; fetch: ReturnType<typeof vi.fn> } {
  const fetch = vi.fn(() => Promise.reject(new Error("nothing may be sent")));
  return { db: createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch }), fetch };
}

/** The bad input of each function, and the field that is to be named. */
const badInput: readonly [string, string, (db: Database) => Promise<unknown>][] = [
  ...(
    [
      ["neither job nor user", "jobId", { reason }],
      ["a user without an amount", "amount", { userId, reason }],
      ["an amount without a job or user", "jobId", { amount: 4, reason }],
      ["a malformed job id", "jobId", { jobId: "42", reason }],
      ["a malformed user id", "userId", { userId: "ada@example.com", amount: 1, reason }],
      ["amount 0", "amount", { jobId, amount: 0, reason }],
      ["a negative amount", "amount", { jobId, amount: -1, reason }],
      ["a fraction", "amount", { jobId, amount: 1.5, reason }],
      ["a huge amount", "amount", { jobId, amount: 2 ** 31, reason }],
      ["an amount that is no number", "amount", { jobId, amount: "4" as never, reason }],
      ["a blank reason", "reason", { jobId, reason: " \n" }],
      ["a reason of 10 kB", "reason", { jobId, reason: "x".repeat(10_240) }],
      ["a missing reason", "reason", { jobId } as RefundRequest],
      ["a malformed reason code", "reasonCode", { jobId, reason, reasonCode: "Outage!" }],
      ["an empty key", "idempotencyKey", { jobId, reason, idempotencyKey: "" }],
      ["a malformed admin", "adminUserId", { jobId, reason, adminUserId: "root" }],
      ["a malformed run id", "runId", { jobId, reason, runId: "a b" }],
    ] as const satisfies readonly (readonly [string, string, RefundRequest])[]
  ).map(([title, field, request]): (typeof badInput)[number] => [
    `refundCredits: ${title}`,
    field,
    (db) => refundCredits(db, request),
  ]),
  ["addCredits: amount 0", "amount", (db) => addCredits(db, { userId, amount: 0, reason })],
  ["addCredits: no user", "userId", (db) => addCredits(db, { userId: "", amount: 1, reason })],
  ["addCredits: blank reason", "reason", (db) => addCredits(db, { userId, amount: 1, reason: "" })],
  [
    "addCredits: empty transaction",
    "transactionId",
    (db) => addCredits(db, { userId, amount: 1, reason, transactionId: "" }),
  ],
  ["deductCredits: a fraction", "amount", (db) => deductCredits(db, { userId, amount: 0.5 })],
  ["deductCredits: no user", "userId", (db) => deductCredits(db, { userId: "x", amount: 1 })],
  ["deductCredits: a malformed job", "jobId", (db) => deductCredits(db, { userId, amount: 1, jobId: "x" })],
  ["deductCredits: blank reason", "reason", (db) => deductCredits(db, { userId, amount: 1, reason: " " })],
  [
    "deductCredits: a key with a line end",
    "idempotencyKey",
    (db) => deductCredits(db, { userId, amount: 1, idempotencyKey: "a\n" }),
  ],
  ["creditBalance: a malformed user", "userId", (db) => creditBalance(db, "x")],
  ["creditHistory: limit 0", "limit", (db) => creditHistory(db, { userId, limit: 0 })],
  ["creditHistory: limit 1001", "limit", (db) => creditHistory(db, { userId, limit: 1_001 })],
  ["creditHistory: a time that is none", "since", (db) => creditHistory(db, { userId, since: "yesterday" })],
  ["creditHistory: a damaged cursor", "cursor", (db) => creditHistory(db, { userId, cursor: "abc" })],
  ["auditCredits: a malformed user", "userId", (db) => auditCredits(db, { userId: "x" })],
  ["auditCredits: a malformed cursor", "cursor", (db) => auditCredits(db, { cursor: "x" })],
  ["auditCredits: a huge page", "limit", (db) => auditCredits(db, { limit: 10_001 })],
];

describe("bad input", () => {
  it.each(badInput)("is refused before anything is sent: %s", async (_title, field, call) => {
    const { db, fetch } = silentDatabase();
    await expect(call(db)).rejects.toMatchObject({
      code: "ERR_4008",
      retryable: false,
      message: expect.stringMatching(new RegExp(`^${field} .+\\.$`)),
      details: { field },
    });
    expect(fetch).not.toHaveBeenCalled();
  });
});
