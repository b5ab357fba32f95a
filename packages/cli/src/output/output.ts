import { redactText } from "@vidops/core/logging";
import type { CommandContext, OutputStream } from "../command-context.ts";
import { toCsv } from "./csv.ts";
import type { Document, Text } from "./document.ts";
import { describeError, errorDocument } from "./error-report.ts";
import { renderDocument, renderText } from "./render-document.ts";
import type { Row } from "./rows.ts";
import { escapeJsonForTerminal, sanitizeText } from "./sanitize.ts";

export const outputFormats = ["table", "json", "ndjson", "csv"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** What a command hands back: its data, how it looks, and for a list its rows. */
export interface Result {
  /** Becomes `data` of the JSON document. */
  readonly data: unknown;
  readonly document: Document;
  /** A list's rows with its columns in order, for csv and ndjson. */
  readonly list?: { readonly columns: readonly string[]; readonly rows: readonly Row[] };
  /** More fields for `meta`. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

export interface OutputOptions {
  readonly format: OutputFormat;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly runId: string;
  /** Makes the commands in a text about the project of this one. */
  readonly aboutProject: (text: string) => string;
}

/** The only place that knows formats. Payload goes to stdout, all else to stderr. */
export class Output {
  readonly format: OutputFormat;
  readonly #options: OutputOptions;
  readonly #context: Pick<CommandContext, "stdout" | "stderr" | "env">;
  /** Whether the header of a list that goes on was printed. */
  #headed = false;

  constructor(context: Pick<CommandContext, "stdout" | "stderr" | "env">, options: OutputOptions) {
    this.#context = context;
    this.#options = options;
    this.format = options.format;
  }

  /**
   * Prints a command's result on stdout in the chosen format. Rows alone cannot say that there are more of them, which is
   * therefore a warning.
   */
  async result(result: Result): Promise<void> {
    const { stdout } = this.#context;
    if (this.format === "json")
      this.#json({ ok: true, data: result.data, meta: { run_id: this.#options.runId, ...result.meta } });
    else if (this.format === "ndjson") stdout.write(jsonRows(result.list?.rows ?? []));
    else if (this.format === "csv") stdout.write(this.#csv(result.list ?? { columns: [], rows: [] }));
    else stdout.write(await renderDocument(result.document, this.takesColour(stdout)));
    const cursor = result.meta?.next_cursor ?? null;
    if (cursor !== null && (this.format === "csv" || this.format === "ndjson"))
      this.warn(`there are more rows; the next ones: the same command with --cursor ${cursor}`);
  }

  /**
   * Prints the next part of a list that goes on while it is printed: rows as CSV under one header, as text, or as one JSON
   * object a line, which is what --json means for a list without an end.
   */
  async part({ document, list }: Required<Pick<Result, "document" | "list">>): Promise<void> {
    const { stdout } = this.#context;
    if (this.format === "table") stdout.write(await renderDocument(document, this.takesColour(stdout)));
    else if (this.format === "csv") {
      const csv = this.#csv(list);
      stdout.write(this.#headed ? csv.slice(csv.indexOf("\n") + 1) : csv);
      this.#headed = true;
    } else stdout.write(jsonRows(list.rows));
  }

  /** One JSON envelope on one line of stdout, exactly as given. */
  envelope(value: unknown): void {
    this.#json(value);
  }

  /** Prints an error: JSON on stdout when JSON was asked for, text on stderr otherwise. */
  async error(error: unknown): Promise<void> {
    const description = describeError(error, this.#options.aboutProject);
    if (this.format === "json") {
      this.#json({
        ok: false,
        error: description.json,
        meta: { run_id: this.#options.runId, ...description.meta },
      });
    }
    const { stderr } = this.#context;
    if (this.format !== "json")
      stderr.write(await renderDocument(errorDocument(description), this.takesColour(stderr)));
    if (this.#options.verbose && error instanceof Error && error.stack) {
      stderr.write(
        redactText(withCauses(error))
          .split("\n")
          .map((text) => `${renderText({ text, tone: "quiet" }, this.takesColour(stderr))}\n`)
          .join(""),
      );
    }
  }

  /** What a person must read before consenting, and warnings: on stderr, also with --quiet. */
  async say(document: Document): Promise<void> {
    this.#context.stderr.write(await renderDocument(document, this.takesColour(this.#context.stderr)));
  }

  /** A remark on stderr that --quiet leaves out. */
  note(text: Text): void {
    if (!this.#options.quiet) this.#line(text);
  }

  /** A warning on stderr, also with --quiet. */
  warn(text: string): void {
    this.#line({ text: `warning: ${text}`, tone: "warning" });
  }

  /** A remark on stderr for --verbose only. */
  detail(text: string): void {
    if (this.#options.verbose) this.#line({ text, tone: "quiet" });
  }

  /** Colour is for people: a TTY, no NO_COLOR, no TERM=dumb, no --no-color. */
  takesColour(stream: Pick<OutputStream, "isTTY">): boolean {
    const { env } = this.#context;
    return this.#options.color && stream.isTTY && !env.NO_COLOR && env.TERM !== "dumb";
  }

  /** Byte for byte in a pipe. A terminal would obey what a cell holds, and CSV has no escapes that would keep it. */
  #csv({ columns, rows }: NonNullable<Result["list"]>): string {
    return toCsv(columns, this.#context.stdout.isTTY ? rows.map(shownRow) : rows);
  }

  #line(remark: Text): void {
    const { aboutProject } = this.#options;
    const text =
      typeof remark === "string" ? aboutProject(remark) : { ...remark, text: aboutProject(remark.text) };
    this.#context.stderr.write(`${renderText(text, this.takesColour(this.#context.stderr))}\n`);
  }

  #json(value: unknown): void {
    this.#context.stdout.write(`${escapeJsonForTerminal(JSON.stringify(value, jsonValue))}\n`);
  }
}

function shownRow(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, cell]) => [
      column,
      typeof cell === "string" ? sanitizeText(cell) : cell,
    ]),
  );
}

function jsonRows(rows: readonly Row[]): string {
  return rows.map((row) => `${escapeJsonForTerminal(JSON.stringify(row))}\n`).join("");
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

function jsonValue(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
