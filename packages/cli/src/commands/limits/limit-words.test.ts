import { describe, expect, it } from "vitest";
import { limitWords, parseAction, waitWords } from "./limit-words.ts";
import { parseSubject } from "./subject.ts";

describe("waitWords", () => {
  it.each([
    [0, "now"],
    [1, "1s"],
    [1_000, "1s"],
    [1_001, "2s"],
    [60_000, "1m"],
    [61_000, "1m 1s"],
    [3_600_000, "1h"],
    [3_605_000, "1h"],
    [3_725_000, "1h 2m"],
    [90_000_000, "1d 1h"],
    [31_622_400_000, "366d"],
  ])("%d ms are %s", (ms, words) => {
    expect(waitWords(ms)).toBe(words);
  });
});

describe("limitWords", () => {
  it("says the window in its largest unit", () => {
    expect([limitWords(10, 3600), limitWords(1, 90), limitWords(5, 86_400)]).toEqual([
      "10 per 1h",
      "1 per 90s",
      "5 per 1d",
    ]);
  });
});

describe("parseAction", () => {
  it("takes 100 characters, however many bytes, without the space around", () => {
    expect(parseAction(` ${"𝒜".repeat(100)} `)).toBe("𝒜".repeat(100));
  });

  it.each(["", " \n", "x".repeat(101), "a\0b", "\ud800"])("refuses %j", (text) => {
    expect(() => parseAction(text)).toThrow(/action/i);
  });
});

describe("parseSubject", () => {
  const id = "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90";
  it.each([
    ["global", { per: "global" }],
    ["unknown", { per: "ip", bucket: "unknown" }],
    [id.toUpperCase(), { per: "user", user: id }],
    [" ada@example.com ", { per: "user", user: "ada@example.com", typed: "ada@example.com" }],
    ["203.0.113.7", { per: "ip", bucket: "203.0.113.7" }],
    ["203.0.113.7:49152", { per: "ip", bucket: "203.0.113.7", typed: "203.0.113.7:49152" }],
    ["::ffff:203.0.113.7", { per: "ip", bucket: "203.0.113.7" }],
    ["10.0.0.7", { per: "ip", bucket: "10.0.0.7" }],
    ["::1", { per: "ip", bucket: "::/64" }],
    ["2001:DB8:1:2:3::4", { per: "ip", bucket: "2001:db8:1:2::/64" }],
    ["2001:db8:1:2::/64", { per: "ip", bucket: "2001:db8:1:2::/64" }],
    ["2001:db8:1:2::/48", { per: "ip", bucket: "2001:db8:1::/48" }],
  ])("reads %j", (text, expected) => {
    expect(parseSubject(text)).toMatchObject(expected);
  });

  it.each([
    "",
    "ada",
    "GLOBAL",
    "203.0.113",
    "2001:db8::/31",
    "2001:db8::/65",
    "a@b@c",
    `${"x".repeat(320)}@example.com`,
    "1.2.3.4,5.6.7.8",
  ])("refuses %j", (text) => {
    expect(() => parseSubject(text)).toThrow(/neither an IP address/);
  });
});
