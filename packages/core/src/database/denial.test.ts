import { describe, expect, it } from "vitest";
import { formatMessage } from "../errors/index.ts";
import { denialError } from "./denial.ts";

describe("denialError", () => {
  it("carries what the message of its code needs", () => {
    const short = denialError({
      success: false,
      error: "insufficient_credits",
      code: "ERR_4001",
      current_credits: 2,
      required_credits: 4,
    });
    expect(short.variables).toEqual({ required: 4, available: 2 });
    expect(
      formatMessage("ERR_4001", "en", short.variables as { required: number; available: number }),
    ).toContain("You need 4 credits, but only have 2.");
    const over = denialError({ success: false, error: "nothing_to_refund", code: "ERR_4013", refundable: 0 });
    expect(over.variables).toEqual({ refundable: 0 });
    expect(
      denialError({ success: false, error: "rate_limited", code: "ERR_4004", retry_after: 9 }).variables,
    ).toEqual({
      seconds: 9,
    });
  });

  it.each([
    ["no_rate_limit_rule", "ERR_6003", "vidops limits set"],
    ["reservation_not_found", "ERR_4007", "reserved"],
    ["reservation_settled", "ERR_4010", null],
  ])("says what %s means and what to do, also without a code", (error, code, hint) => {
    const denial = denialError({ success: false, error });
    expect(denial).toMatchObject({ code, reason: error, message: expect.not.stringContaining(error) });
    if (hint === null) expect(denial.hint).toBeNull();
    else expect(denial.hint).toContain(hint);
  });

  it("writes ids as strings and times in UTC, also in what is nested", () => {
    const { details } = denialError({
      ...{ success: false, error: "already_undone", code: "ERR_4009" },
      ...{ action_id: 650, undone_by: 651, approval_id: null, current_credits: 2, at: "an hour" },
      undone_at: "2026-11-26T16:43:38.914331+01:00",
      expected: { banned_at: "2026-11-26T16:43:38+00:00", model_id: 7, credits: 3 },
      candidates: [{ user_id: 8 }],
    });
    expect(details).toEqual({
      ...{ action_id: "650", undone_by: "651", approval_id: null, current_credits: 2, at: "an hour" },
      undone_at: "2026-11-26T15:43:38.914Z",
      expected: { banned_at: "2026-11-26T16:43:38.000Z", model_id: "7", credits: 3 },
      candidates: [{ user_id: "8" }],
    });
  });

  it("has no variables where the message has none", () => {
    expect(denialError({ success: false, error: "job_not_found", code: "ERR_4007" }).variables).toBeNull();
  });
});
