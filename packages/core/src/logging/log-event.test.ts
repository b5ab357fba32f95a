import { describe, expect, it } from "vitest";
import { createLogger, createRunId, logEvent } from "./index.ts";

function capture(): { lines: string[]; sink: (line: string) => void; clock: () => Date } {
  const lines: string[] = [];
  return { lines, sink: (line) => lines.push(line), clock: () => new Date("2026-11-22T10:00:00Z") };
}

describe("logEvent", () => {
  it("writes one JSON line: timestamp, level, event, data, run id, environment", () => {
    const { lines, ...options } = capture();
    logEvent("credits_refunded", { amount: 4, note: "two\nlines" }, "warn", {
      ...options,
      runId: "run_1",
      environment: "test",
    });
    expect(lines).toEqual([
      '{"timestamp":"2026-11-22T10:00:00.000Z","level":"warn","event":"credits_refunded","amount":4,"note":"two\\nlines","run_id":"run_1","environment":"test"}',
    ]);
  });

  it("never lets data replace what the line says of itself", () => {
    const { lines, ...options } = capture();
    logEvent(
      "real",
      { timestamp: 0, level: "x", event: "forged", run_id: "forged", environment: "forged" },
      "info",
      {
        ...options,
        runId: "run_1",
      },
    );
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      timestamp: "2026-11-22T10:00:00.000Z",
      level: "info",
      event: "real",
      data_timestamp: 0,
      data_level: "x",
      data_event: "forged",
      data_run_id: "forged",
      environment: "forged",
      run_id: "run_1",
    });
  });

  it("takes secrets out of the data", () => {
    const { lines, ...options } = capture();
    logEvent("started", { key: "sb_secret_abc", apikey: "x" }, "info", options);
    expect(lines[0]).not.toMatch(/secret_abc|"x"/);
  });

  it("does not throw when the sink or the clock does, nor for data that cannot be written", () => {
    const failing = (): never => {
      throw new Error("disk full");
    };
    expect(() => logEvent("a", {}, "info", { sink: failing })).not.toThrow();
    expect(() => logEvent("a", {}, "info", { ...capture(), clock: failing })).not.toThrow();
    expect(() => logEvent("a", null as never, "info", capture())).not.toThrow();
  });
});

describe("createLogger", () => {
  it("binds the options and defaults the level to info", () => {
    const { lines, ...options } = capture();
    const log = createLogger({ ...options, runId: "run_2" });
    log("a");
    log("b", { x: 1 }, "error");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "a", level: "info", run_id: "run_2" },
      { event: "b", level: "error", x: 1, run_id: "run_2" },
    ]);
  });
});

describe("createRunId", () => {
  it("is run_ and 20 characters", () => {
    expect(createRunId()).toMatch(/^run_[0-9a-hjkmnp-tv-z]{20}$/);
  });

  it("sorts by time", () => {
    const at = (time: number): string =>
      createRunId(
        () => new Uint8Array(11),
        () => time,
      );
    const times = [0, 1, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
    expect(times.map(at).toSorted()).toEqual(times.map(at));
  });

  it("differs within one millisecond", () => {
    const ids = Array.from({ length: 1_000 }, () => createRunId(undefined, () => 1));
    expect(new Set(ids).size).toBe(1_000);
  });
});
