import { describe, expect, it } from "vitest";
import { displayWidth, truncate } from "./display-width.ts";

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["数字", 4],
    ["한국어", 6],
    ["🚀", 2],
    ["👩‍🚀", 2],
    ["e\u0301", 1],
    ["Çiğdem…", 7],
  ])("of %s is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("truncate", () => {
  it("cuts by the cells that text takes and marks the cut", () => {
    expect(truncate("abc", 3)).toBe("abc");
    expect(truncate("abcd", 3)).toBe("ab…");
    expect(truncate("🚀🚀🚀", 6)).toBe("🚀🚀🚀");
    expect(truncate("🚀🚀🚀", 5)).toBe("🚀🚀…");
    expect(truncate("🚀🚀🚀", 4)).toBe("🚀…");
    expect(truncate("/a/🚀🚀", 5, "end")).toBe("…🚀🚀");
    expect(truncate("/a/数字", 4, "end")).toBe("…字");
    expect(truncate("数字", 1)).toBe("…");
  });

  it("cuts no character of several code points in two", () => {
    expect(truncate("👩‍🚀👩‍🚀x", 4)).toBe("👩‍🚀…");
    expect(truncate("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…");
  });
});
