import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

interface Line {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

it.each([
  ["what is built", []],
  ["the sources, as its head says", ["--conditions=vidops-source"]],
])(
  "tells of a 503, of a 429 that asks for a second, and of the success of the same request: with %s",
  async (_, flags) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      ...flags,
      join(import.meta.dirname, "retrying-fetch.ts"),
    ]);
    expect(stderr).toBe("");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line): Line => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: "warn", event: "request_retried", method: "POST", attempt: 1, because: 503 },
      { level: "warn", event: "request_retried", method: "POST", attempt: 2, because: 429 },
      { level: "info", event: "request_answered", status: 200 },
      { level: "info", event: "video_accepted", video: { attempts: 3, same_idempotency_key: true } },
    ]);
    const [first, second, answered] = lines;
    expect(first?.waits_ms).toBeLessThanOrEqual(500);
    // Never less than what was asked for.
    expect(second?.waits_ms).toBeGreaterThanOrEqual(1_000);
    expect(answered?.took_ms).toBeGreaterThanOrEqual(1_000);
  },
  20_000,
);
