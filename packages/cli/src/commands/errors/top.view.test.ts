import { describe, expect, it } from "vitest";
import { linesOf } from "../../testing/render.ts";
import { filterWords } from "./error-filters.ts";
import { topData, topView } from "./top.view.ts";
import { parseTopInput } from "./top-input.ts";
import type { RankedGroup, TopReport } from "./top-table.ts";

const now = new Date("2026-11-25T03:00:00Z");
const look = { width: null, zone: "UTC", bars: false, flags: { profile: null, url: null } };

function group(
  key: string,
  count: number,
  previousCount: number,
  more: Partial<RankedGroup> = {},
): RankedGroup {
  return {
    ...{ key, count, previousCount, code: key, endpoint: null, fingerprint: null, summary: null },
    ...{ slots: [0, 0, 1, count], lastSeen: "2026-11-25T02:59:58Z", example: "4711", ...more },
  };
}

function report(groups: RankedGroup[], more: Partial<TopReport> = {}): TopReport {
  return {
    by: "code",
    since: "2026-11-24T03:00:00Z",
    until: "2026-11-25T03:00:00Z",
    previousSince: "2026-11-23T03:00:00Z",
    total: groups.reduce((sum, { count }) => sum + count, 0),
    previousTotal: groups.reduce((sum, { previousCount }) => sum + previousCount, 0),
    countedSince: null,
    slotSeconds: 3600,
    groups,
    nameOf: (code) => (code === "ERR_6001" ? "database_error" : null),
    ...more,
  };
}

describe("topView", () => {
  it("says how many there were, how that compares, and which", async () => {
    const groups = [group("ERR_6001", 300, 100), group("APP_1001", 2, 0), group("ERR_4001", 0, 9)];
    expect(await linesOf(topView(report(groups), parseTopInput({}, now), look))).toEqual([
      "302 errors, +177 %",
      "2026-11-24 03:00 to 2026-11-25 03:00 (UTC), against the time before",
      "code      name            count  share   trend  last seen (UTC)",
      "ERR_6001  database_error    300   99 %  +200 %  2026-11-25 02:59:58",
      "APP_1001                      2   <1 %     new  2026-11-25 02:59:58",
      "ERR_4001                      0    0 %    gone  2026-11-25 02:59:58",
      "These errors: vidops errors list --code ERR_6001 --since 24h",
      "One of them: vidops errors show 4711",
    ]);
  });

  it("draws bars on a terminal", async () => {
    const lines = await linesOf(
      topView(report([group("ERR_6001", 8, 8)]), parseTopInput({}, now), { ...look, bars: true, width: 120 }),
    );
    expect(lines[3]).toContain("▁▁▂█");
  });

  it("fits alike errors on a screen of 110 characters, with what they say", async () => {
    const groups = [
      group("a4752abe603d1455", 12_345, 0, {
        ...{ code: "ERR_6001", endpoint: "POST /functions/v1/generate-video", slots: Array(25).fill(1) },
        summary: "duplicate key value violates unique constraint",
      }),
    ];
    const lines = await linesOf(
      topView(report(groups, { by: "fingerprint" }), parseTopInput({ by: "fingerprint" }, now), {
        ...{ ...look, bars: true, width: 110 },
      }),
    );
    expect(lines[3]).toMatch(
      /^a4752abe603d1455 {2}ERR_6001 {2}…enerate-video +12345 +new +[▅█]+ +duplicate key value vi/,
    );
    expect(lines[3]?.length).toBeLessThanOrEqual(110);
  });

  it.each(
    ([40, 60, 80] as const).flatMap((width) =>
      (["code", "endpoint", "fingerprint"] as const).map((by) => [width, by] as const),
    ),
  )("fits %i characters by %s", async (width, by) => {
    const groups = [
      group("a4752abe603d1455", 12_345, 10_000, {
        ...{ code: "ERR_6001", endpoint: "POST /functions/v1/generate-video", slots: Array(25).fill(1) },
        summary: by === "fingerprint" ? "duplicate key value violates unique constraint" : null,
      }),
    ];
    const lines = await linesOf(
      topView(report(groups, { by }), parseTopInput({ by }, now), { ...look, bars: true, width }),
    );
    expect(lines[2]?.length).toBeLessThanOrEqual(width);
    expect(lines[3]?.length).toBeLessThanOrEqual(width);
    expect(lines[3]).toContain("12345");
  });

  it("leads from an endpoint, whose ids are left out, to what happened there", async () => {
    const groups = [group("/jobs/:id", 3, 3, { code: null, endpoint: "/jobs/:id" })];
    const input = parseTopInput({ by: "endpoint", since: "1h", language: "tr" }, now);
    const lines = await linesOf(topView(report(groups, { by: "endpoint" }), input, look));
    expect(lines).toContain(
      "What they are: vidops errors top --by fingerprint --endpoint /jobs/:id --language tr --since 1h",
    );
  });

  it.each([
    [
      { by: "code", user: "ada@example.com" },
      "These errors: vidops errors list --code KEY --user ada@example.com",
    ],
    [
      { by: "code", endpoint: "/jobs/:id", language: "tr" },
      "What they are: vidops errors top --by fingerprint --code KEY --endpoint /jobs/:id --language tr",
    ],
    [
      { by: "endpoint", code: "4001" },
      "What they are: vidops errors top --by fingerprint --code ERR_4001 --endpoint KEY",
    ],
    [
      { by: "fingerprint", code: "4001", endpoint: "/jobs/:id" },
      "These errors: vidops errors list --code ERR_4001 --fingerprint KEY",
    ],
  ] as const)("goes on with every filter and both times: %j", async (options, command) => {
    const input = parseTopInput({ ...options, since: "2026-11-01", until: "2026-11-20" }, now);
    const lines = await linesOf(topView(report([group("KEY", 3, 3)], { by: input.by }), input, look));
    expect(lines).toContain(`${command} --since 2026-11-01 --until 2026-11-20`);
    const nothing = report([], {
      by: input.by,
      since: "2026-11-01T00:00:00Z",
      until: "2026-11-20T00:00:00Z",
    });
    const back = (await linesOf(topView(nothing, input, look)))[1] ?? "";
    expect(back).toMatch(
      /^Further back: vidops errors top .*--since 2026-10-25T00:00:00.000Z --until 2026-11-20$/,
    );
    for (const word of filterWords(input.filters)) expect(back).toContain(word);
    expect(back.includes(`--by ${input.by}`)).toBe(input.by !== "code");
  });

  it("says what alike errors said", async () => {
    const groups = [
      group("a4752abe603d1455", 3, 3, {
        ...{ code: "ERR_6001", endpoint: "/jobs/:id", fingerprint: "a4752abe603d1455" },
        summary: "duplicate key",
      }),
    ];
    const input = parseTopInput({ by: "fingerprint" }, now);
    const lines = await linesOf(topView(report(groups, { by: "fingerprint" }), input, look));
    expect(lines[2]).toMatch(/^fingerprint +code +endpoint +count .* summary$/);
    expect(lines[3]).toMatch(/^a4752abe603d1455 +ERR_6001 +\/jobs\/:id +3 .* duplicate key$/);
    expect(lines).toContain("These errors: vidops errors list --fingerprint a4752abe603d1455 --since 24h");
  });

  it("tells no trend where the period before was not counted, to people and to programs", async () => {
    const partial = report([group("ERR_6001", 3, 0)], { countedSince: "2026-11-24T01:00:00Z" });
    const lines = await linesOf(topView(partial, parseTopInput({}, now), look));
    expect(lines.slice(0, 2)).toEqual(["3 errors", "2026-11-24 03:00 to 2026-11-25 03:00 (UTC)"]);
    expect(lines.join("\n")).not.toMatch(/\bnew\b/);
    expect(lines).toContain("No trend: errors are counted since 2026-11-24 01:00 only.");
    expect(topData(partial)).toMatchObject({ previous_total: null, groups: [{ previous_count: null }] });
  });

  it("says when there is nothing, and when more groups are there than shown", async () => {
    expect(await linesOf(topView(report([]), parseTopInput({}, now), look))).toEqual([
      "No errors from 2026-11-24 03:00 to 2026-11-25 03:00 (UTC).",
      "Further back: vidops errors top --since 7d",
    ]);
    const gone = await linesOf(topView(report([group("ERR_6001", 0, 9)]), parseTopInput({}, now), look));
    expect(gone[0]).toBe("No errors, 9 before");
    expect(gone.join("\n")).not.toContain("errors list");
    const lines = await linesOf(
      topView(report([group("ERR_6001", 3, 3)], { total: 10 }), parseTopInput({}, now), look),
    );
    expect(lines).toContain("7 more in other groups: --limit 20 shows more.");
  });
});

describe("parseTopInput", () => {
  it.each([
    [{ by: "user" }, /--by must be code, endpoint, fingerprint/],
    [{ limit: "101" }, /--limit/],
    [{ since: "2027-01-01" }, /in the future/],
    [{ since: "1h", until: "2h" }, /before --until/],
  ])("refuses %j", (options, says) => {
    expect(() => parseTopInput(options, now)).toThrow(says);
  });
});
