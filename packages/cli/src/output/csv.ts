import type { Cell, Row } from "./rows.ts";

// A leading quote is what spreadsheets take as "this is text"; OWASP names these first characters.
const runsInSpreadsheets = /^[\s\u00a0]*[=+\-@\t\r|%＝＋－＠]/;

/**
 * Rows as CSV (RFC 4180, LF line ends) with a header. Text that a spreadsheet would run as a formula gets a
 * leading single quote; numbers are left alone, so -5 stays a number.
 * @example toCsv(["email"], [{ email: "=1+1" }]) // "email\n'=1+1\n"
 */
export function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [
    columns.map((column) => csvCell(column)),
    ...rows.map((row) => columns.map((c) => csvCell(row[c] ?? null))),
  ];
  return `${lines.map((line) => line.join(",")).join("\n")}\n`;
}

function csvCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = runsInSpreadsheets.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
