import { type AdminAction, type AdminActionReport, actionTypes } from "@vidops/core/admin";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { undoWords } from "../../undo-words.ts";
import { actionWords, changeWords } from "./action-words.ts";
import { listRows, listView } from "./list.view.ts";
import { parseListInput } from "./list-input.ts";
import { showView } from "./show.view.ts";
import { type VerifyReport, verifyView } from "./verify.view.ts";

const hostile = `\u001b[31m\u001b]0;owned\u0007\u202e=1+1${"x".repeat(10_240)}`;
const flags = { profile: "prod", url: null };
const action: AdminAction = {
  ...{ id: "4711", createdAt: "2026-11-25T09:14:09.123Z", actionType: "credit_adjustment" },
  ...{ adminUserId: "a", adminEmail: "ops@example.com", signedIn: true },
  ...{
    targetUserId: "u",
    targetEmail: "ada@example.com",
    targetModelId: null,
    modelName: null,
    targetJobId: null,
  },
  ...{
    amount: 5,
    subject: null,
    deleted: null,
    before: { credits_remaining: 5 },
    after: { credits_remaining: 10 },
  },
  ...{ reason: "goodwill", reasonCode: null, ticket: "SUP-1", runId: null, undoes: null, undoneBy: "4712" },
  ...{ approvedBy: null, approverEmail: null, approvalId: null },
};
const report: AdminActionReport = {
  ...action,
  ...{ details: { note: hostile }, idempotencyKey: null, requestHash: null, chainPosition: 7 },
  ...{
    previousHash: "0".repeat(64),
    hash: "a".repeat(64),
    undoneAction: null,
    undoneByAction: null,
    approval: null,
  },
};
const input = parseListInput({}, new Date("2026-11-25T12:00:00Z"), actionTypes);

describe.each([40, 60, 80, 120])("on a screen of %i cells", (width) => {
  it("the table fits, without what a terminal would obey, in the local zone", async () => {
    const strange = {
      ...action,
      adminEmail: hostile,
      targetEmail: hostile,
      reason: hostile,
      ticket: hostile,
    };
    const page = {
      actions: [action, strange, { ...action, targetEmail: "数字".repeat(40) }],
      nextCursor: null,
    };
    const lines = await linesOf(listView(page, input, { width, zone: "America/St_Johns", flags }));
    for (const line of lines.slice(0, 4)) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    expect(lines[0]).toContain("GMT-3:30");
    expect(lines[1]).toContain(width < 60 ? "05:44:09" : "2026-11-25 05:44:09");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what is looked for
    expect(lines.join("\n")).not.toMatch(/[\u0007\u001b\u202e]/);
  });
});

describe("listView", () => {
  it("shows all in a pipe, with times as data has them, and the commands to go on with", async () => {
    const lines = await linesOf(
      listView({ actions: [action], nextCursor: "abc" }, input, { width: null, zone: null, flags }),
    );
    expect(lines).toEqual(
      [
        "time                    id  by               what                                ticket  reason    undone",
        "2026-11-25T09:14:09Z  4711  ops@example.com  gave 5 credits to ada@example.com  SUP-1   goodwill  by 4712",
        "One of them whole: vidops actions show 4711 --profile prod",
        "More: vidops actions list --cursor abc --profile prod",
      ].map((line) =>
        line.startsWith("time")
          ? expect.stringMatching(/^time +id +by +what +ticket +reason +undone$/)
          : line,
      ),
    );
  });

  it("names both admins of an act that was approved", async () => {
    const approved = { ...action, approvedBy: "b", approverEmail: "second@example.com" };
    const lines = await linesOf(
      listView({ actions: [approved], nextCursor: null }, input, { width: null, zone: null, flags }),
    );
    expect(lines[1]).toContain("ops@example.com + second@example.com");
  });

  it("gives spreadsheets text and numbers only", () => {
    const { rows } = listRows({ actions: [action], nextCursor: null });
    expect(rows[0]).toMatchObject({ amount: 5, before: '{"credits_remaining":5}', undone_by: "4712" });
  });
});

describe("actionWords", () => {
  it("has words for each kind of act", () => {
    for (const actionType of actionTypes) {
      expect(actionWords({ ...action, actionType, subject: "login", deleted: 3 })).not.toMatch(
        /undefined|null|_(?!credits)/,
      );
      expect(undoWords(actionType).sentence).toMatch(/^[A-Z].*\.$/);
    }
    expect(actionWords({ ...action, actionType: "of_a_newer_database" })).toBe("of a newer database");
    expect(actionWords({ ...action, amount: -1, undoes: "12" })).toBe(
      "undid 12: took 1 credit from ada@example.com",
    );
    expect(undoWords("of_a_newer_database").possible).toBe(false);
  });

  it("says what changed", () => {
    expect(changeWords({ before: { credits: null }, after: { credits: 5 } })).toBe("none → 5");
    expect(changeWords({ before: 4, after: null })).toBe("4 → none");
    expect(changeWords({ before: { banned_at: null, ban_reason: null }, after: { is_admin: true } })).toBe(
      "banned at none, ban reason none → true",
    );
  });
});

describe("showView", () => {
  it("says of a key that it named who acted, and shows nothing that a terminal would obey", async () => {
    const lines = await linesOf(
      showView({ ...report, signedIn: false, undoneBy: null }, { width: 80, zone: "UTC", flags }),
    );
    expect(lines).toContain("  by         ops@example.com (key)");
    expect(lines).toContain("  signed in  no: a secret key said who acts");
    expect(lines.at(-1)).toContain("vidops actions undo 4711 --reason WHY --profile prod");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is what is looked for
    expect(lines.join("\n")).not.toMatch(/[\u0007\u001b\u202e]/);
  });
});

describe("verifyView", () => {
  const place = { position: 4, hash: "b".repeat(64) };
  const verification: VerifyReport = {
    ...{ ok: false, checked: 4, verified: place, head: { position: 9, hash: "c".repeat(64) } },
    fault: {
      kind: "altered",
      position: 5,
      actionId: "4711",
      explanation: "What it says is not what its hash was made of.",
    },
    ...{ expect: null, after: null, action, project: "https://abc.supabase.co" },
  };

  it("names what does not fit, what it says now, and up to where it fits", async () => {
    const lines = await linesOf(verifyView(verification, { width: 80, zone: "Europe/Istanbul", flags }));
    expect(lines[0]).toBe("The chain does not hold: what stands at position 5 was altered.");
    expect(lines).toContain(`  fits up to  4:${"b".repeat(64)}`);
    expect(lines.join("\n")).toContain(
      "2026-11-25 12:14:09 (GMT+3), ops@example.com: gave 5 credits to ada@example.com",
    );
  });
});
