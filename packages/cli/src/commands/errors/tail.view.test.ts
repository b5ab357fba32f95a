import type { LoggedError } from "@vidops/core/error-log";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../output/display-width.ts";
import { linesOf } from "../../testing/render.ts";
import { tailView } from "./tail.view.ts";

const entry: LoggedError = {
  ...{ id: "4711", createdAt: "2026-11-25T02:59:58.123456Z", code: "ERR_6001", endpoint: "/作成" },
  ...{ userId: null, requestId: "req_1", language: "ja", status: 500, fingerprint: null },
  summary: "動画を作成できませんでした。".repeat(5),
};

describe("tailView", () => {
  it("fits a screen by the cells that text takes", async () => {
    const [line = ""] = await linesOf(tailView([entry], { width: 80, zone: "Asia/Tokyo" }));
    expect(line).toMatch(/^2026-11-25 11:59:58 {2}4711 {2}ERR_6001 {2}\/作成 {2}動画を.*…$/);
    expect(displayWidth(line)).toBeGreaterThan(77);
    expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  it("cuts nothing in a pipe, and says whose it is", async () => {
    const [line = ""] = await linesOf(tailView([entry], { width: null, zone: null }));
    expect(line.startsWith("2026-11-25T02:59:58Z  4711")).toBe(true);
    expect(line.endsWith(`  /作成  -  req_1  ${entry.summary}`)).toBe(true);
  });
});
