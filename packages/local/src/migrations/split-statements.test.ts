import { describe, expect, it } from "vitest";
import { splitStatements } from "./split-statements.ts";

const texts = (sql: string): string[] => splitStatements(sql).map((statement) => statement.text);

describe("splitStatements", () => {
  it.each([
    ["plain statements", "select 1; select 2;", ["select 1", "select 2"]],
    ["a last statement without a semicolon", "select 1;\nselect 2\n", ["select 1", "select 2"]],
    [
      "quoted text with a doubled quote",
      "select 'it''s; fine'; select 2",
      ["select 'it''s; fine'", "select 2"],
    ],
    ["escape strings", String.raw`select E'\'; '; select 2`, [String.raw`select E'\'; '`, "select 2"]],
    ["a backslash in plain text", String.raw`select '\'; select 2`, [String.raw`select '\'`, "select 2"]],
    ["quoted names", 'select 1 as "a;b"; select 2', ['select 1 as "a;b"', "select 2"]],
    ["dollar quotes", "do $$ begin; end $$; select 2", ["do $$ begin; end $$", "select 2"]],
    [
      "tagged dollar quotes with others inside",
      "do $a$ x; $$ ; $$ $a$; select 2",
      ["do $a$ x; $$ ; $$ $a$", "select 2"],
    ],
    [
      "parameters, which are no dollar quotes",
      "prepare p as select $1; select $2",
      ["prepare p as select $1", "select $2"],
    ],
    ["a dollar inside a name", "select a$b$c; select 2", ["select a$b$c", "select 2"]],
    ["line comments", "select 1 -- not; here\n; select 2", ["select 1 -- not; here", "select 2"]],
    [
      "nested comments",
      "select 1 /* a; /* b; */ c; */; select 2",
      ["select 1 /* a; /* b; */ c; */", "select 2"],
    ],
    [
      "rules in parentheses",
      "create rule r as on insert to t do (select 1; select 2); select 3",
      ["create rule r as on insert to t do (select 1; select 2)", "select 3"],
    ],
    [
      "SQL-standard function bodies",
      "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3",
      [
        "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end",
        "select 3",
      ],
    ],
    ["nothing but comments", "-- a\n/* b */\n;;", []],
    ["letters of other scripts", "select 'ş; ü' as çay; select 2", ["select 'ş; ü' as çay", "select 2"]],
  ])("keeps %s whole", (_, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  it("keeps the comment above a statement, and says where its first word stands", () => {
    const sql = "select 1;\n\n-- why\nselect 2;";
    const [, second] = splitStatements(sql);
    expect(second).toEqual({ text: "-- why\nselect 2", offset: 11, firstWord: 18 });
    expect(sql.slice(18)).toBe("select 2;");
  });

  it("ends with an open quote at the end of the file", () => {
    expect(texts("select 'open; select 2")).toEqual(["select 'open; select 2"]);
  });
});
