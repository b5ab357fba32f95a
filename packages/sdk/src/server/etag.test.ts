import { describe, expect, it } from "vitest";
import { entityTag, matchesEntityTag } from "./etag.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe("entityTag", () => {
  it("is the same for the same bytes, and another for any other", async () => {
    const tag = await entityTag(bytes("a"));
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    expect(await entityTag(bytes("a"))).toBe(tag);
    expect(await entityTag(bytes("b"))).not.toBe(tag);
  });
});

describe("matchesEntityTag", () => {
  it.each(['"b"', 'W/"b"', '"a", "b"', '"a",W/"b","c"', ' "b" ', "*", ' "a,x" , "b"'])(
    "finds the tag in %j",
    (header) => {
      expect(matchesEntityTag(header, '"b"')).toBe(true);
    },
  );

  it.each([
    null,
    "",
    "b",
    '"a"',
    '"a,"b',
    '"b',
    'w/"b"',
    '"xb"',
    '"a, "',
    '*, "a"',
    `${'"a", '.repeat(2_000)}"b"`,
  ])("finds nothing in %j", (header) => {
    expect(matchesEntityTag(header, '"b"')).toBe(false);
  });
});
