import { expect, it } from "vitest";
import { trendOf } from "./trend.ts";

it.each([
  [56, 50, "+12 %"],
  [44, 50, "-12 %"],
  [150, 50, "+200 %"],
  [500, 50, "x10"],
  [1000, 1001, "same"],
  [3, 0, "new"],
  [0, 3, "gone"],
  [0, 0, ""],
  [3, null, ""],
])("%d after %s is %j", (count, previous, says) => {
  const trend = trendOf(count, previous);
  expect(typeof trend === "string" ? trend : trend.text).toBe(says);
});
