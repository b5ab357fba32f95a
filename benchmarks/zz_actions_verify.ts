import { performance } from "node:perf_hooks";
import { verifyAdminActions } from "@vidops/core/admin";
import { createDatabase } from "@vidops/core/database";

// One verification in a process of its own, so that its memory is its own: prints what it took as JSON.
// Arguments: url, secret key, position and hash to begin behind ("0:000…" is the start).
const [url = "", key = "", after = ""] = process.argv.slice(2);
const [position, hash = ""] = after.split(":");
const started = performance.now();
let heap = 0;
const verification = await verifyAdminActions(createDatabase({ url, key }), {
  after: { position: Number(position), hash },
  pageSize: Number(process.argv[5]), onProgress: () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    heap = Math.max(heap, heapUsed + arrayBuffers);
  },
});
console.log(
  JSON.stringify({
    ok: verification.ok,
    checked: verification.checked,
    ms: performance.now() - started,
    heapMb: heap / 2 ** 20,
    rssMb: process.resourceUsage().maxRSS / 1024,
  }),
);
