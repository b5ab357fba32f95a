import { expect, it } from "vitest";
import { generateThrough } from "./generate-through.ts";

// `npm run bench -- flaky-network` does ten times as many.
it("charges each of 100 generations once, has each made once and loses none, whatever the network does", async () => {
  const { fates, calledAgain: _, seconds: __, ...found } = await generateThrough(100, 7);
  expect(found).toEqual({
    ...{ asked: 100, jobs: { 1: 100 }, charges: { 4: 100 }, submits: { 1: 100 }, delivered: 100 },
    ...{ balance: 60, expectedBalance: 60, drifted: 0 },
  });
  // All of it happened.
  expect(Object.entries(fates).filter(([, count]) => count === 0)).toEqual([]);
});
