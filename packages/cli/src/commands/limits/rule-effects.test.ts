import type { RateLimitRule } from "@vidops/core/rate-limit";
import { describe, expect, it } from "vitest";
import { type RuleChange, rulesAfter, surprises } from "./rule-effects.ts";

const now = new Date("2026-11-25T03:00:00Z");
const updatedAt = "2026-11-01T00:00:00.000Z";

/** A rule of login in few words: "ip free 10/60". */
function rule(words: string): RateLimitRule {
  const [, per, tier, max, window] = /^(\w+) (\w+) (\d+)\/(\d+)$/.exec(words) ?? [];
  return {
    ...{ action: "login", per: per as "ip", tier: tier as "any", updatedAt },
    ...{ maxRequests: Number(max), windowSeconds: Number(window) },
  };
}

function change(words: string): RuleChange {
  const { updatedAt: _, ...made } = rule(words.replace("off", "1"));
  return words.includes("off") ? { ...made, maxRequests: null } : made;
}

describe("rulesAfter", () => {
  it.each([
    ["makes", ["ip free 10/60"], "ip any 5/60", ["ip any 5/60", "ip free 10/60"]],
    ["makes another window of", ["ip free 10/3600"], "ip free 5/60", ["ip free 5/60", "ip free 10/3600"]],
    ["changes", ["global any 1/60", "ip free 10/60"], "ip free 5/60", ["global any 1/60", "ip free 5/60"]],
    ["takes away", ["ip free 10/60", "ip premium 10/60"], "ip free off/60", ["ip premium 10/60"]],
    ["takes away what is not there of", ["ip free 10/60"], "user free off/60", ["ip free 10/60"]],
  ])("%s a rule", (_, before, changed, after) => {
    const rules = rulesAfter(before.map(rule), change(changed), now);
    const words = rules.map((one) => `${one.per} ${one.tier} ${one.maxRequests}/${one.windowSeconds}`);
    expect(words).toEqual(after);
  });

  it("dates what changes, and nothing else", () => {
    const before = [rule("ip free 10/60"), rule("ip premium 10/60")];
    expect(rulesAfter(before, change("ip free 5/60"), now).map((one) => one.updatedAt)).toEqual([
      now.toISOString(),
      updatedAt,
    ]);
    expect(rulesAfter(before, change("ip free 10/60"), now)).toEqual(before);
  });
});

describe("surprises", () => {
  it.each<[string, string[], string, RegExp[]]>([
    ["nothing, of a plain change", ["ip free 10/60", "ip premium 10/60"], "ip free 5/60", []],
    ["nothing, of a first rule for all", [], "ip any 5/60", []],
    ["nothing, of a second window", ["ip any 10/60"], "ip any 50/3600", []],
    ["nothing, of what is not there", [], "ip any off/60", []],
    [
      "that guests are refused by a first rule per user",
      ["ip any 10/60"],
      "user any 5/60",
      [/^Requests of login that name no user are refused/],
    ],
    ["nothing of guests, by a second rule per user", ["user any 10/60"], "user any 50/3600", []],
    [
      "that a rule is for nobody",
      ["ip free 10/60", "ip premium 10/60"],
      "ip any 5/60",
      [/not for free and premium users, so for nobody: they have rules per ip/],
    ],
    ["that a rule is not for some", ["ip free 10/60"], "ip any 5/60", [/^This rule is not for free users: /]],
    [
      "that a tier's rule stands in for others",
      ["ip any 10/60", "ip any 50/3600"],
      "ip free 20/60",
      [/^For free users it stands in for the rules of any tier \(10 per 1m, 50 per 1h\)/],
    ],
    [
      "nothing, where the tier has rules of its own already",
      ["ip any 10/60", "ip free 50/3600"],
      "ip free 20/60",
      [],
    ],
    [
      "that others hold once a tier's last rule is gone",
      ["ip any 10/60", "ip free 20/60"],
      "ip free off/60",
      [/^For free users the rules of any tier hold from then on \(10 per 1m\)/],
    ],
    ["nothing of another scope", ["user free 10/60", "user premium 10/60"], "ip any 5/60", []],
    [
      "that no rule is left",
      ["ip any 10/60"],
      "ip any off/60",
      [/^No rule is there for free and premium users: .*no_rate_limit_rule/],
    ],
    ["that a first rule leaves others without", [], "ip free 5/60", [/^No rule is there for premium users/]],
  ])("tell %s", (_, before, changed, says) => {
    const rules = before.map(rule);
    const found = surprises(rules, rulesAfter(rules, change(changed), now), change(changed));
    expect(found).toEqual(says.map((one) => expect.stringMatching(one)));
  });
});
