import { describe, expect, it } from "vitest";
import { sparkline } from "./sparkline.ts";

describe("sparkline", () => {
  it("draws none lowest, the most highest, and what happened at all above none", () => {
    expect(sparkline([0, 1, 4, 8], 8)).toBe("▁▂▅█");
    expect(sparkline([0, 1, 10_000], 8)).toBe("▁▂█");
    expect(sparkline([3, 3], 8)).toBe("██");
    expect(sparkline([0, 0], 8)).toBe("▁▁");
    expect(sparkline([], 8)).toBe("");
  });

  it("adds neighbours up where there are more slots than room, as many to each bar from the newest on", () => {
    expect(sparkline([1, 0, 0, 0, 0, 2], 3)).toBe("▅▁█");
    expect(sparkline([1, 1, 1, 1, 1], 3)).toBe("▅██");
    expect(sparkline([...Array.from({ length: 287 }, () => 0), 1], 24)).toBe(`${"▁".repeat(23)}█`);
  });
});
