import { describe, expect, it } from "vitest";
import { Output, type OutputFormat } from "./output.ts";

/** What one stream gets of a list whose cells hold what a terminal obeys. */
async function written(format: OutputFormat, isTTY: boolean): Promise<string[]> {
  const texts: string[] = [];
  const stream = {
    ...{ isTTY, columns: 80, closed: false, failure: null, flush: () => Promise.resolve() },
    write: (text: string) => void texts.push(text),
  };
  const output = new Output(
    { stdout: stream, stderr: stream, env: {} },
    { format, quiet: false, verbose: false, color: false, runId: "run", aboutProject: (text) => text },
  );
  const list = {
    columns: ["id", "text"],
    rows: [{ id: 1, text: "a\u001b[31mb\u202e\nc" }],
  };
  await output.result({ data: list.rows, document: [], list });
  await output.part({ document: [], list });
  await output.part({ document: [], list });
  return texts;
}

describe("Output of csv", () => {
  it("keeps each byte in a pipe", async () => {
    const row = '1,"a\u001b[31mb\u202e\nc"\n';
    expect(await written("csv", false)).toEqual([`id,text\n${row}`, `id,text\n${row}`, row]);
  });

  it("writes nothing to a terminal that it would obey", async () => {
    expect(await written("csv", true)).toEqual(["id,text\n1,ab c\n", "id,text\n1,ab c\n", "1,ab c\n"]);
  });
});

describe("Output of JSON", () => {
  it.each(["json", "ndjson"] as const)("as %s is the same for a terminal and a pipe", async (format) => {
    const texts = await written(format, true);
    expect(texts).toEqual(await written(format, false));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(texts.join("")).not.toMatch(/[\u001b\u202e]/);
    expect(texts.at(-1)).toBe('{"id":1,"text":"a\\u001b[31mb\\u202e\\nc"}\n');
  });
});

describe("Output of rows that are not all", () => {
  /** What stands on stderr with --quiet. */
  async function said(format: OutputFormat, cursor: string | null): Promise<string> {
    const parts: string[] = [];
    const stream = (write: (text: string) => void) => ({
      ...{ isTTY: false, columns: 80, closed: false, failure: null, flush: () => Promise.resolve(), write },
    });
    const output = new Output(
      { stdout: stream(() => {}), stderr: stream((part) => void parts.push(part)), env: {} },
      { format, quiet: true, verbose: false, color: false, runId: "run", aboutProject: (line) => line },
    );
    const list = { columns: ["id"], rows: [{ id: 1 }] };
    await output.result({ data: list.rows, document: [], list, meta: { next_cursor: cursor } });
    return parts.join("");
  }

  it.each(["csv", "ndjson"] as const)(
    "warns of it as %s, also with --quiet, with the cursor",
    async (format) => {
      expect(await said(format, "abc")).toMatch(/^warning: there are more rows.* --cursor abc\n$/);
      expect(await said(format, null)).toBe("");
    },
  );

  it("says it in JSON and in a table by what they hold", async () => {
    expect(await said("json", "abc")).toBe("");
    expect(await said("table", "abc")).toBe("");
  });
});
