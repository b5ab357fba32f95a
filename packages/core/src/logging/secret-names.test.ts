import { describe, expect, it } from "vitest";
import { redact } from "./redact.ts";
import { isSecret } from "./secret-names.ts";

describe("isSecret", () => {
  it.each([
    ["X-Amz-Signature", "0a1b"],
    ["user[passcode]", "x"],
    ["key", "x"],
    ["Sig", "x"],
    ["auth", "x"],
    ["sid", "x"],
    ["session", "x"],
    ["session_id", "x"],
    ["otp", "123456"],
    ["PIN", "0000"],
    ["tokens", ["a"]],
    ["credentials", { user: "ada" }],
    ["otp", 123_456],
    ["pin", 12n],
    ["password", 1234],
    ["passcode", 1234],
  ])("hides %s: %o", (name, value) => {
    expect(isSecret(name, value)).toBe(true);
  });

  it.each([
    ["max_tokens", 100],
    ["tokens_used", 12n],
    ["receipt_count", 2],
    ["has_password", true],
    ["token", null],
    ["key", 7],
    ["session", { id: "s-1" }],
    ["auth", ["basic"]],
    ["monkey", "George"],
    ["idempotency_key", "k-1"],
    ["authentic", "yes"],
    ["shipping", "today"],
    ["code", "ERR_4001"],
    ["code", "23505"],
    ["code", "ECONNREFUSED"],
  ])("leaves %s: %o alone", (name, value) => {
    expect(isSecret(name, value)).toBe(false);
  });
});

describe("redact of names beside their values", () => {
  it.each([
    [
      "pairs",
      [
        ["apikey", "x"],
        ["authorization", "y"],
        ["accept", "z"],
      ],
      [
        ["apikey", "[redacted]"],
        ["authorization", "[redacted]"],
        ["accept", "z"],
      ],
    ],
    ["pairs in a set", new Set([["password", "hunter2"]]), [["password", "[redacted]"]]],
    ["raw headers", ["Authorization", "x", "Host", "y"], ["Authorization", "[redacted]", "Host", "y"]],
    ["lists under a name", ["set-cookie", ["a=b"]], ["set-cookie", "[redacted]"]],
    ["raw cookies", ["cookie", "x"], ["cookie", "[redacted]"]],
    ["raw keys", ["apikey", "x", "accept", "*/*"], ["apikey", "[redacted]", "accept", "*/*"]],
    ["a pin", [["pin", 1234]], [["pin", "[redacted]"]]],
    ["a name and its value", { name: "apikey", value: "x" }, { name: "apikey", value: "[redacted]" }],
    ["a key and its value", { key: "password", value: "x" }, { key: "password", value: "[redacted]" }],
    [
      "a key beside a name and its value",
      { name: "sid", value: "x", key: "y" },
      { name: "sid", value: "[redacted]", key: "[redacted]" },
    ],
  ])("hides the secret ones of %s", (_title, value, clean) => {
    expect(redact(value)).toEqual(clean);
  });

  it.each([
    ["sentences", ["invalid token", "missing field"]],
    ["the fields of a form", { fields: ["password", "email", "card.pin", "plan-name"] }],
    ["an odd number of words", ["body", "password", "too short"]],
    ["a path", ["tokens", 0]],
    ["harmless pairs", [["page", "2"]]],
    ["a harmless key and value", { key: "page", value: "2" }],
    ["a value without a name", { value: "x" }],
  ])("leaves %s alone", (_title, value) => {
    expect(redact(value)).toEqual(value);
  });

  it("knows a secret by its whole name, not by what is kept of it", () => {
    const name = `${"x".repeat(5_000)}_password`;
    expect(Object.values(redact({ [name]: "hunter2" }) as object)).toEqual(["[redacted]"]);
  });
});
