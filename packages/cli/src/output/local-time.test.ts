import { describe, expect, it } from "vitest";
import { linesOf } from "../testing/render.ts";
import { columnsTable } from "./columns.ts";
import { localTimeZone, showMoment, showRange, showTime, timeColumn } from "./local-time.ts";

const moment = "2026-11-25T09:14:09.123456+00:00";

const tableOf = (times: readonly (string | null)[], zone: string | null): Promise<string[]> =>
  linesOf([columnsTable([timeColumn("time", (time: string | null) => time, times, zone)], times, 80)]);

describe("moments", () => {
  it("are local with their offset on a terminal, and UTC in a pipe", () => {
    expect(showMoment(moment, "Europe/Istanbul")).toBe("2026-11-25 12:14:09 (GMT+3)");
    expect(showMoment(moment, "Asia/Kathmandu")).toBe("2026-11-25 14:59:09 (GMT+5:45)");
    expect(showMoment(moment, "America/St_Johns")).toBe("2026-11-25 05:44:09 (GMT-3:30)");
    expect(showMoment(moment, "UTC")).toBe("2026-11-25 09:14:09 (UTC)");
    expect(showMoment(moment, null)).toBe("2026-11-25T09:14:09Z");
  });

  it("stay as they are where they are none, as a database's infinity", () => {
    expect(showTime("infinity", "Europe/Istanbul")).toBe("infinity");
    expect(showMoment("infinity", "Europe/Istanbul")).toBe("infinity");
    expect(showMoment("-infinity", null)).toBe("-infinity");
  });

  it("make a range that says both offsets where summer time ends in it", () => {
    const [since, until] = ["2026-10-24T10:00:00Z", "2026-10-25T10:00:00Z"];
    expect(showRange(since, until, "Europe/Berlin")).toBe(
      "2026-10-24 12:00 (GMT+2) to 2026-10-25 11:00 (GMT+1)",
    );
    expect(showRange(since, until, "Europe/Istanbul")).toBe("2026-10-24 13:00 to 2026-10-25 13:00 (GMT+3)");
    expect(showRange(since, until, null)).toBe("2026-10-24T10:00Z to 2026-10-25T10:00Z");
  });
});

describe("timeColumn", () => {
  it("says the zone in its heading, once for all", async () => {
    expect(await tableOf([moment, null], "Europe/Istanbul")).toEqual(["time (GMT+3)", "2026-11-25 12:14:09"]);
    expect(await tableOf([moment], "UTC")).toEqual(["time (UTC)", "2026-11-25 09:14:09"]);
  });

  it("names only the zone on a narrow screen", async () => {
    const column = timeColumn("time", (time: string) => time, [moment], "America/St_Johns");
    expect(await linesOf([columnsTable([column], [moment], 40)])).toEqual([
      "GMT-3:30",
      "2026-11-25 05:44:09",
    ]);
  });

  it("gives a pipe what data has", async () => {
    expect(await tableOf([moment], null)).toEqual(["time", "2026-11-25T09:14:09Z"]);
  });

  it("tells the hour that summer time's end has twice apart", async () => {
    expect(await tableOf(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"], "Europe/Berlin")).toEqual([
      "time",
      "2026-10-25 02:30:00 +2",
      "2026-10-25 02:30:00 +1",
    ]);
  });
});

describe("localTimeZone", () => {
  it("is one that Intl knows", () => {
    expect(() => new Intl.DateTimeFormat("en", { timeZone: localTimeZone() })).not.toThrow();
  });
});
