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
    // Linear, it takes less than 1 s on an idle machine; quadratic in 1 MiB, minutes. What lies between is a busy machine.
    const started = performance.now();
    for (const part of [
      "https://",
      "data:",
      "data:a/",
      "key=",
      "a@",
      '"',
      "\\",
      "{",
      "?&",
      "input",
      "abcdabc ",
    ]) {
      shownBody(part.repeat(Math.ceil(1_048_576 / part.length)), ["plainword"], ["abcdabcdabcd"]);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  }, 30_000);

  it("leaves out the request's own words, whole or from their start on, escaped or not", () => {
    const words = 'a "private" wedding,\nby the sea, with everyone we know';
    for (const text of [
      JSON.stringify({ detail: `The prompt ${words} is too long`, more: [{ words }] }),
      `<p>${words}</p>`,
      JSON.stringify({ detail: `The prompt ${words.slice(0, 40)}… is too long` }),
      `not JSON: ${JSON.stringify(words)}`,
    ]) {
      const shown = shownBody(text, [], [words]);
      expect(shown).toContain("[not shown]");
      expect(shown).not.toMatch(/private|wedding|sea|everyone/);
    }
    expect(shownBody('{"detail":"16:9 is not offered"}', [], [])).toContain("16:9");
  });

  it("shows what is no JSON only up to the first field of the user's", () => {
    for (const text of [
      '{"detail":[{"type":"missing","input":{"prompt":"a wedd',
      '{"type":"missing","prompt" : "a wedding"',
      '{"type":"missing","json_input":"a wedding"}}',
      "type=missing&prompt=a wedding",
      "missing <prompt>a wedding</prompt>",
      JSON.stringify({ error: `missing ${JSON.stringify({ prompt: "a wedding" })}` }),
      JSON.stringify({ error: JSON.stringify(JSON.stringify({ type: "missing", prompt: "a wedding" })) }),
    ]) {
      expect(shownBody(text, [])).not.toContain("wedd");
      expect(shownBody(text, [])).toContain("missing");
    }
    expect(shownBody('{"msg":"input: too long"}', [])).toBe('{"msg":"input: too long"}');
  });
});
