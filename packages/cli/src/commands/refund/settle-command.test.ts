import { describe, expect, it } from "vitest";
import type { GlobalFlags } from "../../global-flags.ts";
import { type SentRefund, settleCommand } from "./settle-command.ts";

const flags: GlobalFlags = {
  ...{ format: "table", yes: true, input: true, profile: null, url: null },
  ...{ quiet: false, verbose: false, color: true },
};
const sent: SentRefund = {
  target: { jobId: "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90" },
  ...{
    amount: 5,
    reason: "it's $HOME; `rm -rf /`",
    reasonCode: "outage",
    ticket: "SUP-4711",
    idempotencyKey: "key-1",
    allowUnfinished: true,
  },
};

describe("settleCommand", () => {
  it("repeats the request to the letter, quoted for a shell, with the same key", () => {
    expect(settleCommand(sent, { ...flags, profile: "prod", format: "json" })).toBe(
      "vidops refund 0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90 --amount 5 --reason 'it'\\''s $HOME; `rm -rf /`' " +
        "--reason-code outage --ticket SUP-4711 --idempotency-key key-1 --allow-unfinished --profile prod --yes --json",
    );
  });

  it("names the amount exactly when it was sent: the database compares the requests", () => {
    expect(settleCommand({ ...sent, amount: null }, flags)).not.toContain("--amount");
  });

  it("names a user and the URL", () => {
    const command = settleCommand(
      { ...sent, target: { user: "u-1" } },
      { ...flags, url: "https://abc.supabase.co" },
    );
    expect(command).toMatch(
      /^vidops refund --user u-1 --amount 5 .* --url https:\/\/abc\.supabase\.co --yes$/,
    );
  });
});
