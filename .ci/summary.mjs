/**
 * Ends a CI run: `node .ci/summary.mjs test=<exit>:<vitest's JSON report> check=<exit> demo=<exit>`.
 * The last line is `<n> passed, <n> failed`: the tests of each step that names a report, as vitest counted them, and
 * one for each other step. Exits 1 when anything failed, a step that failed without a failed test (it would not
 * start, it hung) included.
 */
import { existsSync, readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const step of process.argv.slice(2)) {
  const [, name = step, exit = "1", report] = /^([^=]*)=(\d+)(?::(.*))?$/.exec(step) ?? [];
  const counts =
    report === undefined ? countStep(name, Number(exit)) : countTests(name, Number(exit), report);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {number} exit
 */
function countStep(name, exit) {
  console.log(`${name}: ${exit === 0 ? "passed" : `failed (exit ${exit})`}`);
  return exit === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * @param {string} name
 * @param {number} exit
 * @param {string} file
 */
function countTests(name, exit, file) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
  // A file that cannot be loaded holds no test that could fail.
  const unloaded = (report?.testResults ?? []).filter(
    (/** @type {any} */ result) =>
      result.status === "failed" &&
      !result.assertionResults.some((/** @type {any} */ test) => test.status === "failed"),
  );
  const counts = {
    passed: report?.numPassedTests ?? 0,
    failed: (report?.numFailedTests ?? 0) + unloaded.length,
  };
  if ((exit !== 0 || report === null) && counts.failed === 0) counts.failed = 1;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  if (report === null) console.log(`${name}: no report was written`);
  else console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${skipped} skipped`);
  for (const result of unloaded) console.log(`  could not be run: ${result.name}`);
  return counts;
}
