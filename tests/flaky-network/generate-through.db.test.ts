import { expect, it } from "vitest";
import { generateThrough } from "./generate-through.ts";

const count = 1_000;

it("charges each generation once, has each made once and loses none, whatever the network does", async () => {
  // Of a seed of its own each time: `npm run bench -- flaky-network`.
  const { fates, calledAgain: _, seconds: __, ...found } = await generateThrough(count, 7);
  expect(found).toEqual({
    ...{ asked: count, jobs: { 1: count }, charges: { 4: count }, submits: { 1: count }, delivered: count },
    ...{ balance: 60, expectedBalance: 60, drifted: 0 },
  });
  // All of it happened.
  expect(Object.entries(fates).filter(([, met]) => met < count / 50)).toEqual([]);
}, 300_000);
