import { describe, expect, it } from "vitest";
import { shownBody } from "./shown-body.ts";

describe("shownBody", () => {
  it("shows what a provider says, on one line", () => {
    expect(shownBody('{"detail":\n  "Too  many"}', [])).toBe('{"detail":"Too many"}');
    expect(shownBody("<h1>\u001b[31mBad\u202e gateway</h1>\r\n", [])).toBe("<h1> [31mBad gateway</h1>");
    expect(shownBody(" \n", [])).toBeNull();
  });

  it("never shows the key, whatever it looks like and wherever it stands", () => {
    for (const text of [
      "no plainword here",
      '{"error":"plainword"}',
      '{"plainword":1}',
      "https://x.example/plainword",
    ]) {
      expect(shownBody(text, ["plainword"])).toContain("[redacted]");
      expect(shownBody(text, ["plainword"])).not.toContain("plainword");
    }
  });

  it("never shows a key across the cut", () => {
    const text = `${"x".repeat(1_995)}plainword${"y".repeat(9_000)}`;
    expect(shownBody(text, ["plainword"])).not.toMatch(/plain/);
  });

  it("leaves out what the user wrote, wherever a provider repeats it", () => {
    const said = {
      prompt: "a wedding",
      promptText: "a wedding",
      image_url: "a wedding",
      json_input: { a: "a wedding" },
    };
    const shown = shownBody(
      JSON.stringify({
        detail: [{ type: "missing", input: said, loc: ["body", "prompt"], ctx: { given: "a wedding" } }],
        ...said,
      }),
      [],
    );
    expect(shown).not.toContain("wedding");
    expect(shown).toContain('"type":"missing"');
    expect(shown).toContain('"loc":["body","prompt"]');
  });

  it("leaves out the queries of URLs, and data URIs", () => {
    const urls =
      '{"a":["https://cdn.example/v.mp4?opaque=1&x=2#part","HTTP://cdn.example?z"],"b":"data:image/png;base64,iVBORw0"}';
    expect(shownBody(urls, [])).toBe(
      '{"a":["https://cdn.example/v.mp4?[redacted]","HTTP://cdn.example?[redacted]"],"b":"data:[not shown]"}',
    );
    expect(shownBody("see https://cdn.example/v.mp4?opaque=1, please", [])).not.toContain("opaque");
  });

  it("is bounded in length, depth and time", () => {
    expect(shownBody("x".repeat(100_000), [])?.length).toBe(2_000);
    const deep = `${"[".repeat(200_000)}1${"]".repeat(200_000)}`;
    expect(shownBody(deep, [])).toBe('[[[[[[[["[too deep]"]]]]]]]]');
    const started = performance.now();
    for (const part of ["https://", "data:", "data:a/", "key=", "a@", '"', "\\", "{", "?&"]) {
      shownBody(part.repeat(Math.ceil(1_048_576 / part.length)), ["plainword"]);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
