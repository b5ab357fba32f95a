import { styleText } from "node:util";
import type { Block, Document, Text, Tone } from "./document.ts";
import { sanitizeText } from "./sanitize.ts";

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  good: "green",
  warning: "yellow",
  bad: "red",
  quiet: "dim",
  strong: "bold",
};

/**
 * A document as text for a screen, every piece sanitised, ending with a line break.
 * @param colour whether the stream it goes to takes colours.
 */
export async function renderDocument(document: Document, colour: boolean): Promise<string> {
  const parts: string[] = [];
  for (const block of document) parts.push(await renderBlock(block, colour));
  return parts.join("");
}

/** One piece of text, sanitised and, where wanted, coloured. */
export function renderText(text: Text, colour: boolean): string {
  if (typeof text === "string") return sanitizeText(text);
  const clean = sanitizeText(text.text);
  return colour ? styleText(styles[text.tone], clean, { validateStream: false }) : clean;
}

async function renderBlock(block: Block, colour: boolean): Promise<string> {
  if (block.kind === "line") return `${renderText(block.text, colour)}\n`;
  if (block.kind === "fields") {
    const width = Math.max(0, ...block.rows.map(([label]) => label.length));
    return block.rows
      .map(([label, value]) => `  ${label.padEnd(width)}  ${renderText(value, colour)}\n`)
      .join("");
  }
  return renderTable(block, colour);
}

const noBorders = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((name) => [name, ""]),
);

async function renderTable(block: Extract<Block, { kind: "table" }>, colour: boolean): Promise<string> {
  // Loaded only when a table is printed: it costs as much as the rest of a command's start.
  const { default: Table } = await import("cli-table3");
  const right = new Set(block.right ?? []);
  const rendered = new Table({
    head: block.head.map((name) => renderText({ text: name, tone: "quiet" }, colour)),
    chars: { ...noBorders, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: block.head.map((_, column) => (right.has(column) ? "right" : "left")),
  });
  rendered.push(...block.rows.map((row) => row.map((cell) => renderText(cell, colour))));
  return `${rendered
    .toString()
    .split("\n")
    .map((text) => text.trimEnd())
    .join("\n")}\n`;
}
