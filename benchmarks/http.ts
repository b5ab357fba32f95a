import { outageComparisons } from "./http-outages.ts";
import { sizeComparisons } from "./http-sizes.ts";
import { socketComparisons } from "./http-sockets.ts";
import { timeComparisons } from "./http-time.ts";
import type { Benchmark } from "./measure.ts";

/** What a retrying fetch costs when nothing goes wrong, and what it does when everything does. */
export const http: Benchmark = {
  name: "http",
  run: async (say) => [
    ...(await sizeComparisons(say)),
    ...(await timeComparisons(say)),
    ...(await socketComparisons(say)),
    ...(await outageComparisons(say)),
  ],
};
