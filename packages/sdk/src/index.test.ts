import { describe, expect, it, vi } from "vitest";
import { createVidops, ErrorCode, isVidopsError } from "./index.ts";

const userId = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";

describe("createVidops", () => {
  it("binds every function to its one client", async () => {
    const answer = { success: true, credits_added: 5, credits_remaining: 6, replayed: false };
    const act = { action_id: 1, changed: true, dry_run: false, admin_user_id: null, needs_approval: null };
    const refund = { ...act, user_id: userId, amount: 2, previous_balance: 6, new_balance: 8 };
    const fetch = vi.fn<typeof globalThis.fetch>(async (input) =>
      Response.json(String(input).includes("quota_log") ? [] : { ...answer, ...refund }),
    );
    const vidops = createVidops({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });

    await expect(vidops.addCredits({ userId, amount: 5, reason: "gift" })).resolves.toMatchObject({
      creditsAdded: 5,
    });
    await expect(vidops.deductCredits({ userId, amount: 1 })).resolves.toMatchObject({ creditsRemaining: 6 });
    await expect(vidops.refundCredits({ userId, amount: 2, reason: "late" })).resolves.toMatchObject({
      newBalance: 8,
    });
    await expect(vidops.creditHistory({ userId })).resolves.toEqual({ entries: [], nextCursor: null });

    const sent = fetch.mock.calls.map(([input, init]) => [
      new URL(String(input)).pathname,
      new Headers(init?.headers).get("apikey"),
    ]);
    expect(sent).toEqual(
      ["rpc/add_credits", "rpc/deduct_credits", "rpc/admin_refund_credits", "quota_log"].map((path) => [
        `/rest/v1/${path}`,
        "sb_secret_abc",
      ]),
    );
  });

  it("throws errors that the app can tell apart", async () => {
    const vidops = createVidops({ url: "https://abc.supabase.co", key: "sb_secret_abc" });
    const error: unknown = await vidops
      .deductCredits({ userId, amount: 0 })
      .catch((reason: unknown) => reason);
    expect(isVidopsError(error) && error.code).toBe(ErrorCode.ERR_4008);
  });
});
