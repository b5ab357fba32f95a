import { stopTestServer } from "@vidops/local/testing";
import { generateThrough } from "/work/main/tests/flaky-network/generate-through.ts";

console.log(JSON.stringify(await generateThrough(Number(process.argv[2]), Number(process.argv[3])), null, 1));
await stopTestServer();
