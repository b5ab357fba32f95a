import { describe, expect, it } from "vitest";
import { jwtClaims, keyKind } from "./index.ts";

const encode = (value: unknown): string =>
  btoa(unescape(encodeURIComponent(JSON.stringify(value))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const jwt = (claims: unknown): string => `${encode({ alg: "HS256" })}.${encode(claims)}.c2ln`;

describe("keyKind", () => {
  it.each([
    ["sb_publishable_abc", "publishable"],
    ["sb_secret_abc", "secret"],
    [jwt({ role: "anon" }), "anon"],
    [jwt({ role: "service_role" }), "service_role"],
    [jwt({ role: "authenticated", sub: "u" }), "user_token"],
    ["hunter2", "unknown"],
    ["a.b.c", "unknown"],
    [jwt([1]), "unknown"],
    ["", "unknown"],
  ])("%s is %s", (key, kind) => {
    expect(keyKind(key)).toBe(kind);
  });
});

describe("jwtClaims", () => {
  it("reads claims that hold any character", () => {
    expect(jwtClaims(jwt({ name: "Çağla ✓ ??>>" }))).toEqual({ name: "Çağla ✓ ??>>" });
  });
});
