import { describe, expect, it } from "vitest";
import { createProgress } from "./progress.ts";

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, written, write: (text: string) => void written.push(text) };
}

describe("progress", () => {
  it("rewrites one line on a terminal, never wider than it, and takes it away", () => {
    const stderr = stream(true);
    const progress = createProgress(stderr, { quiet: false, now: () => new Date(0) });
    progress.update("a long line that does not fit");
    progress.end();
    expect(stderr.written).toEqual(["\r\u001b[2Ka long line that d…", "\r\u001b[2K"]);
  });

  it("prints a line every few seconds elsewhere", () => {
    const stderr = stream(false);
    let now = 0;
    const progress = createProgress(stderr, { quiet: false, now: () => new Date(now) });
    for (now = 0; now < 10_000; now += 100) progress.update(`at ${now}`);
    expect(stderr.written).toEqual(["at 3000\n", "at 6000\n", "at 9000\n"]);
  });

  it("is silent with --quiet", () => {
    const stderr = stream(true);
    createProgress(stderr, { quiet: true, now: () => new Date(0) }).update("x");
    expect(stderr.written).toEqual([]);
  });
});
