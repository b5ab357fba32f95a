/**
 * Ends a CI run: `node .ci/summary.mjs <vitest's JSON report> test=<exit> check=<exit> demo=<exit>`.
 * The last line is `<n> passed, <n> failed`: the tests as vitest counted them, and one for each other step.
 * Exits 1 when anything failed, a step that failed without a failed test (it would not start, it hung) included.
 */
import { existsSync, readFileSync } from "node:fs";

const [reportFile, ...steps] = process.argv.slice(2);
const report =
  reportFile !== undefined && existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : null;
const exits = new Map(
  steps.map((step) => {
    const [name, code] = step.split("=");
    return [name, Number(code)];
  }),
);

let passed = report?.numPassedTests ?? 0;
let failed = report?.numFailedTests ?? 0;
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
// A file that cannot be loaded holds no test that could fail.
const unloaded = (report?.testResults ?? []).filter(
  (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
);
failed += unloaded.length;
if (exits.get("test") !== 0 && failed === 0) failed += 1;
if (report === null) console.log("tests: no report was written");
else console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
for (const file of unloaded) console.log(`  could not be run: ${file.name}`);
for (const [name, code] of exits) {
  if (name === "test") continue;
  console.log(`${name}: ${code === 0 ? "passed" : `failed (exit ${code})`}`);
  if (code === 0) passed += 1;
  else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
