import { describe, expect, it } from "vitest";
import { contentKey, idempotencyKey } from "./idempotency-key.ts";

const read = (...values: string[]): string | null => {
  const headers = new Headers();
  for (const value of values) headers.append("idempotency-key", value);
  return idempotencyKey(headers);
};

describe("idempotencyKey", () => {
  it.each([
    ["8e03978e-40d5", "8e03978e-40d5"],
    ['"8e03978e-40d5"', "8e03978e-40d5"],
    ['"a, b"', "a, b"],
    ['"say \\"no\\" \\\\"', 'say "no" \\'],
    [" padded ", "padded"],
    ["x".repeat(200), "x".repeat(200)],
  ])("reads %j", (header, key) => {
    expect(read(header)).toBe(key);
  });

  it("knows that there is none", () => {
    expect(read()).toBeNull();
  });

  it.each([
    [""],
    ['""'],
    ['" "'],
    ['"open'],
    ['"a" b'],
    ['"a\\b"'],
    ["a,b"],
    ["x".repeat(201)],
    ["one", "two"],
    ['"one"', '"two"'],
  ])("refuses %j", (...values) => {
    expect(() => read(...values)).toThrow(
      expect.objectContaining({ code: "ERR_4008", field: "Idempotency-Key" }),
    );
  });
});

describe("contentKey", () => {
  it("is the same for the same content, and another for any other", async () => {
    const keys = await Promise.all(
      [
        ["a", null],
        ["a", null],
        ["a", "null"],
        ["a", null, null],
        [["a"], null],
      ].map(contentKey),
    );
    expect(keys[0]).toMatch(/^content:[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
    expect(read(keys[0] ?? "")).toBe(keys[0]);
  });
});
