import type { LoggedError } from "@vidops/core/error-log";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { listView } from "./list.view.ts";
import { parseListInput } from "./list-input.ts";

const now = new Date("2026-11-25T03:00:00Z");
const flags = { profile: null, url: null };
const entry: LoggedError = {
  id: "4711",
  createdAt: "2026-11-25T02:59:58.123456Z",
  code: "ERR_6001",
  endpoint: "POST /functions/v1/generate-video",
  userId: "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90",
  requestId: "req_1m2qk3v7w0a9bcdefghj",
  language: "tr",
  status: 500,
  fingerprint: "a4752abe603d1455",
  summary: "duplicate key value violates unique constraint \u001b[31mvideo_jobs_pkey\u202e of a table",
};

describe("listView", () => {
  it("prints whole cells in a pipe, without what a terminal would obey, and the next commands", async () => {
    const input = parseListInput({ code: "6001", since: "1h" }, now);
    const lines = await linesOf(
      listView({ entries: [entry], nextCursor: "abc" }, input, {
        width: null,
        zone: "UTC",
        flags: { ...flags, profile: "prod" },
      }),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^time \(UTC\) +id +code +endpoint +user +request id +summary$/),
      "2026-11-25 02:59:58  4711  ERR_6001  POST /functions/v1/generate-video  " +
        "0b0e3f5a-5e1c-4b6b-9c1f-2a8d4f6e7a90  req_1m2qk3v7w0a9bcdefghj  " +
        "duplicate key value violates unique constraint video_jobs_pkey of a table",
      "One of them whole: vidops errors show 4711 --profile prod",
      "More: vidops errors list --code ERR_6001 --since 1h --cursor abc --profile prod",
    ]);
  });

  it("fits a screen by cutting what `errors show` has whole; the id stays", async () => {
    const input = parseListInput({}, now);
    const lines = await linesOf(
      listView({ entries: [entry], nextCursor: null }, input, { width: 120, zone: "UTC", flags }),
    );
    expect(lines[1]?.length).toBeLessThanOrEqual(120);
    expect(lines[1]).toMatch(
      /^2026-11-25 02:59:58 {2}4711 {2}ERR_6001 .* 0b0e3f5….*duplicate key value viol/,
    );
  });

  it("leaves user and request out on a screen of 80 characters", async () => {
    const lines = await linesOf(
      listView({ entries: [entry], nextCursor: null }, parseListInput({}, now), {
        width: 80,
        zone: "UTC",
        flags,
      }),
    );
    expect(lines[0]).toMatch(/^time \(UTC\) +id +code +endpoint +summary$/);
    expect(lines[1]?.length).toBeLessThanOrEqual(80);
  });

  it.each([40, 60, 80, 100, 120])("fits %i characters in scripts whose letters take two", async (width) => {
    const wide = {
      ...entry,
      endpoint: "POST /動画/作成/確認/開始/終了",
      summary: "動画を作成できません。".repeat(9),
    };
    const lines = await linesOf(
      listView({ entries: [wide], nextCursor: null }, parseListInput({}, now), { width, zone: "UTC", flags }),
    );
    expect(lines[1]).toContain("動画を");
    expect(displayWidth(lines[1] ?? "")).toBeLessThanOrEqual(width);
  });

  it("says what there is none of, and where to look", async () => {
    const view = (options: Record<string, unknown>) =>
      linesOf(
        listView({ entries: [], nextCursor: null }, parseListInput(options, now), {
          width: null,
          zone: "UTC",
          flags,
        }),
      );
    expect(await view({})).toEqual(["No errors are stored."]);
    expect(await view({ code: "4001", since: "1h" })).toEqual([
      "No errors match since 2026-11-25 02:00:00 (UTC).",
      "See what there is: vidops errors top --since 7d",
    ]);
    expect(await view({ cursor: "abc" })).toEqual(["No more errors."]);
  });
});
