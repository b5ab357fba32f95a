import { expect, it } from "vitest";
import { generateThrough } from "./generate-through.ts";

/** 100 are enough to see most faults; CI asks for 1,000. */
const count = Number(process.env.VIDOPS_FLAKY_GENERATIONS ?? 100);

it("charges each generation once, has each made once and loses none, whatever the network does", async () => {
  const { fates, calledAgain: _, seconds: __, ...found } = await generateThrough(count, 7);
  expect(found).toEqual({
    ...{ asked: count, jobs: { 1: count }, charges: { 4: count }, submits: { 1: count }, delivered: count },
    ...{ balance: 60, expectedBalance: 60, drifted: 0 },
  });
  // All of it happened.
  expect(Object.entries(fates).filter(([, met]) => met === 0)).toEqual([]);
}, 300_000);
