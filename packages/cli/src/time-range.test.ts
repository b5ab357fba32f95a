import { describe, expect, it } from "vitest";
import { parseTimeRange, refuseFuture } from "./time-range.ts";

const now = new Date("2026-11-25T12:00:00Z");

describe("parseTimeRange", () => {
  it("takes lengths of time ago, dates and nothing", () => {
    expect(parseTimeRange({ since: "24h", until: "2026-11-25" }, now)).toEqual({
      since: new Date("2026-11-24T12:00:00Z"),
      until: new Date("2026-11-25T00:00:00Z"),
    });
    expect(parseTimeRange({}, now)).toEqual({ since: null, until: null });
  });

  it("leaves lengths of time to the cursor, and keeps dates", () => {
    expect(parseTimeRange({ since: "2026-11-01", until: "1h", cursor: "x" }, now)).toEqual({
      since: new Date("2026-11-01T00:00:00Z"),
      until: null,
    });
  });

  it("refuses a range that holds nothing", () => {
    expect(() => parseTimeRange({ since: "1h", until: "1h" }, now)).toThrow(/before --until/);
    expect(() => parseTimeRange({ since: "soon", cursor: "x" }, now)).toThrow(/--since/);
  });
});

describe("refuseFuture", () => {
  it("refuses what is yet to come, and takes now", () => {
    expect(() => refuseFuture(new Date("2026-11-25T12:00:01Z"), now)).toThrow(/in the future/);
    refuseFuture(now, now);
    refuseFuture(null, now);
  });
});
