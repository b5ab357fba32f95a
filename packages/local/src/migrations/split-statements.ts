/** One statement of an SQL file. */
export interface SqlStatement {
  /** With the comments above it, without the semicolon. */
  readonly text: string;
  /** Where `text` begins in the file, in UTF-16 units. */
  readonly offset: number;
  /** Where its first word stands in the file, in UTF-16 units. */
  readonly firstWord: number;
}

/**
 * Splits an SQL file as psql does: quotes, dollar quotes, nested comments, parentheses and the
 * `begin atomic … end` bodies of functions keep their semicolons.
 *
 * @example splitStatements("select 1; select ';'").map((s) => s.text); // ["select 1", "select ';'"]
 */
export function splitStatements(sql: string): SqlStatement[] {
  return new Splitter(sql).split();
}

const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const number = /[\d$][\w$]*/uy;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

class Splitter {
  readonly #sql: string;
  readonly #statements: SqlStatement[] = [];
  #at = 0;
  #start = 0;
  #firstWord = -1;
  #parentheses = 0;
  #words: string[] = [];
  #bodyDepth = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  split(): SqlStatement[] {
    while (this.#at < this.#sql.length) this.#step();
    this.#endStatement(this.#sql.length);
    return this.#statements;
  }

  #step(): void {
    const character = this.#sql[this.#at] ?? "";
    const next = this.#sql[this.#at + 1];
    if (/\s|\uFEFF/.test(character)) this.#at += 1;
    else if (character === "-" && next === "-") this.#skipTo("\n");
    else if (character === "/" && next === "*") this.#skipComment();
    else if (character === ";" && this.#parentheses === 0 && this.#bodyDepth === 0) {
      this.#endStatement(this.#at);
      this.#at += 1;
      this.#start = this.#at;
    } else this.#token(character);
  }

  #token(character: string): void {
    if (this.#firstWord < 0) this.#firstWord = this.#at;
    const tag = character === "$" ? this.#match(dollarTag) : null;
    const name = this.#match(word);
    if (character === "'" || character === '"') this.#skipQuoted(character, false);
    else if (tag !== null) {
      this.#at += tag.length;
      this.#skipTo(tag);
    } else if (name !== null) {
      this.#at += name.length;
      if (/^e$/i.test(name) && this.#sql[this.#at] === "'") this.#skipQuoted("'", true);
      else this.#noteWord(name.toLowerCase());
    } else {
      if (character === "(") this.#parentheses += 1;
      if (character === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
      // Digits and parameters with the letters behind them, so that none of those is read as a word.
      this.#at += this.#match(number)?.length ?? 1;
    }
  }

  /** Bodies of SQL-standard functions: `begin atomic … end`, with `case … end` inside. */
  #noteWord(name: string): void {
    if (this.#words.length < 4) this.#words.push(name);
    const [first, second, third, fourth] = this.#words;
    const kind = second === "or" && third === "replace" ? fourth : second;
    if (first !== "create" || (kind !== "function" && kind !== "procedure")) return;
    if (name === "begin") this.#bodyDepth += 1;
    else if (name === "case" && this.#bodyDepth > 0) this.#bodyDepth += 1;
    else if (name === "end" && this.#bodyDepth > 0) this.#bodyDepth -= 1;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#sql)?.[0] ?? null;
  }

  #skipTo(end: string): void {
    const found = this.#sql.indexOf(end, this.#at);
    this.#at = found < 0 ? this.#sql.length : found + end.length;
  }

  #skipQuoted(quote: string, backslashes: boolean): void {
    this.#at += 1;
    for (; this.#at < this.#sql.length; this.#at++) {
      const character = this.#sql[this.#at];
      if (backslashes && character === "\\") this.#at += 1;
      else if (character === quote) {
        this.#at += 1;
        // Doubled, it is part of the text.
        if (this.#sql[this.#at] !== quote) return;
      }
    }
  }

  #skipComment(): void {
    let depth = 0;
    for (; this.#at < this.#sql.length; this.#at += 2) {
      const pair = this.#sql.slice(this.#at, this.#at + 2);
      if (pair === "/*") depth += 1;
      else if (pair === "*/") depth -= 1;
      else this.#at -= 1;
      if (depth === 0) {
        this.#at += 2;
        return;
      }
    }
  }

  #endStatement(end: number): void {
    if (this.#firstWord >= 0) {
      const raw = this.#sql.slice(this.#start, end);
      const offset = this.#start + (raw.length - raw.trimStart().length);
      this.#statements.push({ text: raw.trim(), offset, firstWord: this.#firstWord });
    }
    this.#firstWord = -1;
    this.#parentheses = 0;
    this.#words = [];
    this.#bodyDepth = 0;
  }
}
