import { describe, expect, it, vi } from "vitest";
import { createDatabase } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { cleanup, cleanupReportOf, cleanupTargets, selectCleanupTargets } from "./index.ts";

describe("cleanupTargets", () => {
  it("are these, with these ages; the ledger and the audit trail are never among them", () => {
    expect(
      cleanupTargets.map(({ name, rpc, defaultOlderThanSeconds }) => [name, rpc, defaultOlderThanSeconds]),
    ).toEqual([
      ["rate-limits", "cleanup_rate_limit_logs", 604_800],
      ["rate-limit-state", "cleanup_rate_limit_state", 0],
      ["rate-limit-reservations", "cleanup_rate_limit_reservations", 86_400],
      ["idempotency", "cleanup_expired_idempotency_keys", 0],
      ["errors", "cleanup_error_log", 7_776_000],
      ["deleted-jobs", null, 2_592_000],
    ]);
  });

  it("are selected in the order of the table, each once; none named means all", () => {
    expect(selectCleanupTargets(["errors", "rate-limits", "errors"]).map(({ name }) => name)).toEqual([
      "rate-limits",
      "errors",
    ]);
    for (const none of [undefined, null, []]) expect(selectCleanupTargets(none)).toHaveLength(6);
  });
});

describe("cleanup", () => {
  it.each([
    ["targets", { targets: ["ledger" as never] }],
    ["olderThanSeconds", { olderThanSeconds: 0 }],
    ["olderThanSeconds", { olderThanSeconds: -1 }],
    ["olderThanSeconds", { olderThanSeconds: Number.NaN }],
    ["olderThanSeconds", { olderThanSeconds: 2 ** 31 }],
    ["batchSize", { batchSize: 0 }],
    ["batchSize", { batchSize: 100_001 }],
  ])("refuses a bad %s before anything is sent: %j", async (field, options) => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const db = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    await expect(cleanup(db, options)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(fetch).not.toHaveBeenCalled();
  });

  it("sends nothing when it is stopped before it starts", async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const db = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    const report = await cleanup(db, { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ deleted: 0, interrupted: true });
    expect(report.targets.map(({ more, batches }) => [more, batches])).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("cleanupReportOf", () => {
  it("finds no report in what is none of cleanup's errors", () => {
    const other = new VidopsError({ code: "ERR_6001", reason: "x", message: "x" });
    for (const error of [other, new Error("x"), null, undefined]) expect(cleanupReportOf(error)).toBeNull();
  });
});
