import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type Run, runVidops, temporaryFolder } from "../../testing/run-vidops.ts";

const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

const definitions = new URL("../../../../core/dist/error-definitions/index.js", import.meta.url).href;

function vidops(...args: string[]): Promise<Run> {
  return runVidops(["i18n", ...args], { folder: temporary.path });
}

function write(path: string, content: string): void {
  const file = join(temporary.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A module of an app's errors, in TypeScript. */
function errorsModule(messages: Record<string, string>, variables = "{ seconds: 'duration' }"): string {
  const languages = Object.fromEntries(
    Object.entries(messages).map(([language, text]) => [language, { APP_1001: text }]),
  );
  return `import { defineErrors } from ${JSON.stringify(definitions)};
    const variables: Record<string, string> = ${variables};
    export const errors = defineErrors({
      codes: { APP_1001: { name: "video_too_long", status: 400, retryable: false, variables, meaning: "Too long.", action: "Shorten." } },
      messages: ${JSON.stringify(languages)},
    } as never);
    export const another = 1;`;
}

const good = {
  en: "At most {seconds, duration}, 100%.",
  tr: "En fazla {seconds, duration}, %100.",
  es: "Como máximo {seconds, duration}, 100 %.",
};

beforeEach(() => write("errors.ts", errorsModule(good)));

describe("i18n check", () => {
  it("finds vidops' own messages complete, and every code in use", async () => {
    const run = await vidops("check", "--json");
    expect(run.exitCode).toBe(0);
    expect(run.json().data).toMatchObject({ ok: true, languages: ["en", "tr", "es"], findings: [] });
    expect((await vidops("check")).stdout).toMatch(/^\d+ codes have their messages in en, tr, es\.\n$/);
  });

  it("exits 1 for a locale file with a missing, an extra and a mistyped placeholder", async () => {
    write("locales/en.json", (await vidops("export", "--format", "json", "--language", "en")).stdout);
    expect(await vidops("check", "locales/en.json")).toMatchObject({ exitCode: 0 });
    const messages = JSON.parse((await vidops("export", "--format", "json", "--language", "en")).stdout);
    delete messages.ERR_4002;
    write(
      "locales/de.json",
      JSON.stringify({
        ...messages,
        ERR_4001: "Nur {available} da.",
        ERR_4003: "Nicht so, {name}.",
        ERR_4004: "In {seconds} Sekunden.",
        ERR_4005: "Kaputt {",
        ERR_9999: "Gibt es nicht.",
      }),
    );
    const run = await vidops("check", "locales/de.json", "--json");
    expect(run.exitCode).toBe(1);
    const found = run
      .json()
      .data.findings.map((each: Record<string, string>) => [
        each.code,
        each.kind,
        each.placeholder,
        each.file,
      ]);
    const file = "locales/de.json";
    expect(found).toEqual(
      expect.arrayContaining([
        ["ERR_4001", "missing_placeholder", "required", file],
        ["ERR_4002", "missing_message", null, file],
        ["ERR_4003", "unknown_placeholder", "name", file],
        ["ERR_4004", "wrong_kind", "seconds", file],
        ["ERR_4005", "syntax", null, file],
        ["ERR_9999", "unknown_code", null, file],
      ]),
    );
    expect(found).toHaveLength(6);
    const text = await vidops("check", "locales/de.json");
    expect(text).toMatchObject({ exitCode: 1, stderr: "" });
    expect(text.stdout).toMatch(/^6 faults in de\.\n/);
    expect((await vidops("check", "locales/de.json", "--output", "csv")).stdout.split("\n")[0]).toBe(
      "file,language,code,kind,placeholder,message",
    );
  });

  it("checks an app's own errors, and exits 1 with each fault when they are not well defined", async () => {
    write("errors.ts", `console.log("loading");${errorsModule(good)}`);
    const well = await vidops("check", "--errors", "errors.ts", "--json");
    expect(well.json().data).toMatchObject({ ok: true, errors: "errors.ts" });
    expect(well.stderr).toBe("loading\n");
    write("errors.ts", errorsModule({ ...good, tr: "En fazla {saniye}." }));
    const run = await vidops("check", "--errors", "errors.ts", "--json");
    expect(run.exitCode).toBe(1);
    const finding = { language: "tr", code: "APP_1001", file: null };
    expect(run.json().data).toMatchObject({
      ok: false,
      findings: [
        { ...finding, kind: "unknown_placeholder", placeholder: "saniye" },
        { ...finding, kind: "missing_placeholder", placeholder: "seconds" },
      ],
    });
    expect((await vidops("check", "--errors", "errors.ts")).stdout).toMatch(/^2 faults in tr\.\n/);
    write("errors.ts", errorsModule(good).replaceAll("APP_1001", "ERR_4999"));
    const codes = await vidops("check", "--errors", "errors.ts", "--json");
    expect(codes.exitCode).toBe(1);
    expect(codes.json().data.findings).toMatchObject([
      { kind: "definition", message: expect.stringMatching(/^ERR_4999: .*belong to vidops/) },
    ]);
  });

  it("keeps what a module writes while it is loaded out of its one document", async () => {
    write(
      "errors.ts",
      `process.stdout.write("loading\\n"); console.dir({ a: 1 }); console.table([1]);${errorsModule(good)}`,
    );
    const run = await vidops("check", "--errors", "errors.ts", "--json");
    expect(run.json().data).toMatchObject({ ok: true });
    expect(run.stderr).toMatch(/^loading\n\{ a: 1 \}\n/);
    write("errors.ts", 'process.stdout.write("loading\\n"); throw new Error("at home");');
    const failed = await vidops("check", "--errors", "errors.ts", "--json");
    expect(failed.json().error.message).toContain("at home");
    expect(failed.stderr).toBe("loading\n");
  });

  it("takes a locale file with a byte order mark", async () => {
    const { stdout } = await vidops("export", "--format", "json", "--language", "tr");
    write("marked/tr.json", `\ufeff${stdout}`);
    const run = await vidops("check", "marked/tr.json", "--json");
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.json().data.findings).toEqual([]);
  });

  it("lists codes that no source names, which is no lag", async () => {
    write("src/deep/a.ts", "throw errors.createError({ code: 'OTHER_1' });");
    write("src/node_modules/b.ts", "APP_1001");
    const unused = await vidops("check", "--errors", "errors.ts", "--source", "src", "--json");
    expect(unused.exitCode).toBe(0);
    expect(unused.json().data.unused_codes).toEqual(["APP_1001"]);
    expect((await vidops("check", "--errors", "errors.ts", "--source", "src")).stdout).toContain(
      "Not named in the sources (no lag): APP_1001\n",
    );
    write("more/b.swift", 'if code == "APP_1001" {}');
    const used = await vidops("check", "--errors", "errors.ts", "--source", "src", "more", "--json");
    expect(used.json().data.unused_codes).toEqual([]);
    // The module itself names all of them.
    const alone = await vidops("check", "--errors", "errors.ts", "--source", "errors.ts", "--json");
    expect(alone.json().data.unused_codes).toEqual(["APP_1001"]);
  });

  it.each([
    [["nowhere/tr.json"], /no file "nowhere\/tr\.json"/],
    [["errors.ts"], /name of "errors\.ts" is no language/],
    [["messages.json"], /name of "messages\.json" is no language that is known\..*\n.*named by its language/],
    [["errors.json"], /name of "errors\.json" is no language/],
    [["turkish.json"], /name of "turkish\.json" is no language/],
    [["broken/tr.json"], /cannot be read/],
    [["list/tr.json"], /no JSON object/],
    [["--errors", "nowhere.ts"], /cannot be loaded/],
    [["--errors", "throws.mjs"], /cannot be loaded: at home/],
    [
      ["--errors", "none.mjs"],
      /exports nothing that defineErrors returned[\s\S]*from "@vidops\/core\/error-definitions"/,
    ],
    [["--errors", "two.ts"], /several sets of errors: a, b/],
    [["--source", "nowhere"], /no folder "nowhere"/],
    [["--source", "errors.ts", "broken/tr.json"], /neither a folder nor a source file/],
  ])("refuses %j", async (words, says) => {
    write("broken/tr.json", '{"ERR_4001": ');
    write("list/tr.json", "[]");
    write("throws.mjs", 'throw new Error("at home");');
    for (const name of ["messages", "errors", "turkish"]) write(`${name}.json`, "{}");
    write("none.mjs", "export const errors = { codes: {} };");
    write(
      "two.ts",
      `${errorsModule(good).replace("const errors", "const a")}\nexport const b = { ...a, [Symbol.for("@vidops/core/ErrorSet")]: true };`,
    );
    const run = await vidops("check", ...words);
    expect(run).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(says) });
  });
});

describe("i18n export", () => {
  it.each(["en", "tr", "es"])("writes vidops' own messages in %s for Android", async (language) => {
    const run = await vidops("export", "--format", "android", "--language", language);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(
      /^<\?xml version="1\.0" encoding="utf-8"\?>\n<resources>\n[\s\S]*<\/resources>\n$/,
    );
    expect(run.stdout).toContain('<plurals name="err_4001">');
    expect(run.stderr).toBe(`belongs in res/values${language === "en" ? "" : `-${language}`}/\n`);
  });

  it("writes all languages into one String Catalog, or one", async () => {
    const all = JSON.parse((await vidops("export", "--format", "xcstrings")).stdout);
    expect(all).toMatchObject({ sourceLanguage: "en", version: "1.0" });
    expect(Object.keys(all.strings.ERR_4001.localizations)).toEqual(["en", "es", "tr"]);
    const one = JSON.parse((await vidops("export", "--format", "xcstrings", "--language", "TR")).stdout);
    expect(Object.keys(one.strings.ERR_4001.localizations)).toEqual(["tr"]);
  });

  it("writes JSON that check takes, and everything in the envelope with --json", async () => {
    for (const language of ["en", "tr", "es"]) {
      const { stdout } = await vidops("export", "--format", "json", "--language", language);
      write(`${language}.json`, stdout);
      expect((await vidops("check", `${language}.json`)).exitCode).toBe(0);
      const { data } = (await vidops("export", "--format", "json", "--language", language, "--json")).json();
      expect(data).toEqual({ format: "json", language, content: stdout });
    }
    const all = JSON.parse((await vidops("export", "--format", "json")).stdout);
    expect(Object.keys(all)).toEqual(["en", "tr", "es"]);
  });

  it("writes an app's own codes, exactly as they are, with nothing that a terminal would obey", async () => {
    write(
      "errors.ts",
      errorsModule({ ...good, en: "\u202e{seconds, duration}\u200b \u001b[31m \u{e0067}!" }),
    );
    const { stdout } = await vidops("export", "--format", "json", "--errors", "errors.ts");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/[\u001b\u202e\u200b]|\udb40/);
    expect(JSON.parse(stdout).en.APP_1001).toBe("\u202e{seconds, duration}\u200b \u001b[31m \u{e0067}!");
    const android = await vidops(
      "export",
      "--format",
      "android",
      "--language",
      "en",
      "--errors",
      "errors.ts",
    );
    expect(android).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("APP_1001: it holds"),
    });
  });

  it("names each message that a format has no words for", async () => {
    const source = (more: string) => `{n, plural, =0 {none} one {#} ${more} other {#}}`;
    const sources = { en: source(""), tr: source(""), es: source("many {#}") };
    write("errors.ts", errorsModule(sources, "{ n: 'number' }"));
    const run = await vidops("export", "--format", "xcstrings", "--errors", "errors.ts");
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toMatch(/3 messages have no form in xcstrings:\n {2}APP_1001 \(en\): \{n, plural, =0/);
    const json = await vidops(
      "export",
      "--format",
      "android",
      "--language",
      "tr",
      "--errors",
      "errors.ts",
      "--json",
    );
    expect(json.json().error).toMatchObject({
      reason: "inexpressible_message",
      details: { messages: [expect.any(String)] },
    });
  });

  it.each([
    [["export"], /--format is missing/],
    [["export", "--format", "po"], /--format must be json, xcstrings, android/],
    [["export", "--format", "android"], /one language a file/],
    [["export", "--format", "json", "--language", "de"], /no messages in "de"/],
    [["export", "--format", "json", "--output", "csv"], /is for lists/],
  ])("refuses %j", async (words, says) => {
    const run = await vidops(...words);
    expect(run).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(says) });
  });
});
