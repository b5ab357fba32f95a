import { describe, expect, it } from "vitest";
import {
  requireCount,
  requireIdempotencyKey,
  requireReason,
  requireReasonCode,
  requireRunId,
  requireUuid,
} from "./index.ts";

const refused = (field: string, message: string): object => ({
  code: "ERR_4008",
  message,
  hint: expect.any(String),
  details: { field },
});

describe("requireCount", () => {
  it.each([1, 2_147_483_647])("takes %d", (value) => {
    expect(requireCount("amount", value, "credits")).toBe(value);
  });

  it.each([
    [0, "amount is 0."],
    [-3, "amount is negative."],
    [1.5, "amount is not a whole number."],
    [2_147_483_648, "amount is too large."],
    [Number.POSITIVE_INFINITY, "amount is too large."],
    [Number.NaN, "amount is not a number."],
    ["4", "amount is not a number."],
    [null, "amount is not a number."],
    [4n, "amount is not a number."],
  ])("refuses %s and says why", (value, message) => {
    expect(() => requireCount("amount", value, "credits")).toThrow(
      expect.objectContaining(refused("amount", message)),
    );
  });
});

describe("requireUuid", () => {
  it("takes upper case and answers in lower case, as the database does", () => {
    expect(requireUuid("jobId", "0B0E3F5A-5E1C-4B6B-9C1F-2A8D4F6E7A90")).toBe(
      "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90",
    );
  });

  it.each([
    "",
    "abc",
    "{0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90}",
    "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90\n",
    1,
    null,
  ])("refuses %j", (value) => {
    expect(() => requireUuid("jobId", value)).toThrow(
      expect.objectContaining(refused("jobId", "jobId is not a uuid.")),
    );
  });
});

describe("requireReason", () => {
  it("trims, and counts characters as the database does", () => {
    expect(requireReason("  late \n")).toBe("late");
    expect(requireReason("🎬".repeat(500))).toHaveLength(1_000);
  });

  it.each([
    ["", "reason is blank."],
    [" \t\n", "reason is blank."],
    ["x".repeat(501), "reason is 501 characters long."],
    ["x".repeat(10_000), "reason is 10000 characters long."],
    ["a\0b", "reason holds a NUL character."],
    ["a\ud800", "reason is not well-formed text."],
    [undefined, "reason is missing."],
  ])("refuses %j", (value, message) => {
    expect(() => requireReason(value)).toThrow(expect.objectContaining(refused("reason", message)));
  });
});

describe("keys and codes", () => {
  it.each(["k", "refund 2026/11", "x".repeat(200)])("takes the key %j", (key) => {
    expect(requireIdempotencyKey(key)).toBe(key);
  });

  it.each(["", " k", "k ", "x".repeat(201), "é", "a\nb", 1, null])("refuses the key %j", (key) => {
    expect(() => requireIdempotencyKey(key)).toThrow(
      expect.objectContaining(refused("idempotencyKey", "idempotencyKey is malformed.")),
    );
  });

  it.each(["Outage", "1st", "a-b", "a".repeat(41), "", "a\n"])("refuses the reason code %j", (code) => {
    expect(() => requireReasonCode(code)).toThrow(
      expect.objectContaining(refused("reasonCode", "reasonCode is malformed.")),
    );
    expect(requireReasonCode("provider_outage_2")).toBe("provider_outage_2");
  });

  it.each(["", "a b", "a\r\nx: y", "x".repeat(101)])("refuses the run id %j", (id) => {
    expect(() => requireRunId(id)).toThrow(expect.objectContaining(refused("runId", "runId is malformed.")));
  });
});
