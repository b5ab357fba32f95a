import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const page = join(import.meta.dirname, "../docs/testing-checklist.md");

/** The checklist that vidops is made from, line by line. */
const checklist = {
  "Security Testing": [
    "RLS policies prevent unauthorized access",
    "Apple IAP receipts validated server-side",
    "DeviceCheck prevents duplicate initial grants",
    "No API keys exposed in client code",
    "Token refresh works correctly",
    "Idempotency prevents double-charging",
  ],
  "Functionality Testing": [
    "Guest user onboarding works",
    "Video generation with idempotency",
    "Credit purchase flow",
    "Apple Sign-In flow",
    "History loading with pagination",
    "Rollback on generation failure",
  ],
  "Edge Cases": [
    "Insufficient credits",
    "Network timeout during generation",
    "Provider API failure",
    "Duplicate transaction_id",
    "Duplicate idempotency key",
    "Concurrent video generations",
    "Token expiration during request",
  ],
  "Performance Testing": [
    "100+ video jobs in history",
    "Pagination works correctly",
    "Concurrent requests handled",
    "Database queries < 100ms",
    "Stored procedures handle concurrency",
  ],
};

interface Line {
  readonly section: string;
  readonly text: string;
  readonly done: boolean;
  readonly links: { readonly title: string; readonly path: string }[];
}

/** Reads `## section`, `- [x] line: note` and, below a line, `  - [title of a test](path)`. */
function readLines(text: string): Line[] {
  const lines: Line[] = [];
  let section = "";
  for (const row of text.split("\n")) {
    section = /^## (.+)$/.exec(row)?.[1] ?? section;
    const [, mark, what] = /^- \[([ x])\] ([^:]+)/.exec(row) ?? [];
    if (what !== undefined) lines.push({ section, text: what, done: mark === "x", links: [] });
    const [, title, path] = /^ {2}- \[(.+)\]\(([^)]+)\)$/.exec(row) ?? [];
    if (title !== undefined && path !== undefined) lines.at(-1)?.links.push({ title, path });
  }
  return lines;
}

/** Null when a test or a group of that title is in the file, else what is wrong. */
function wrongIn({ title, path }: Line["links"][number]): string | null {
  const file = join(dirname(page), path);
  if (!existsSync(file)) return `${path} is not there`;
  if (!/\.test\.ts$/.test(file)) return `${path} is no test`;
  const quoted = title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // As the first argument of it, describe, or what their `each` gives back.
  return new RegExp(`(?:\\b(?:it|describe)|\\))\\(\\s*(["'\`])${quoted}\\1,`).test(readFileSync(file, "utf8"))
    ? null
    : `${path} has no test "${title}"`;
}

describe("the testing checklist", () => {
  const lines = readLines(readFileSync(page, "utf8"));

  it("has each line, in its section", () => {
    const bySection = Object.groupBy(lines, ({ section }) => section);
    expect(
      Object.fromEntries(
        Object.entries(bySection).map(([section, found = []]) => [section, found.map(({ text }) => text)]),
      ),
    ).toEqual(checklist);
  });

  it.each(lines.map((line) => [line.text, line] as const))(
    "is held by tests that are there: %s",
    (_, line) => {
      expect(line.links.map(wrongIn).filter((fault) => fault !== null)).toEqual([]);
      expect(line.done).toBe(line.links.length > 0);
    },
  );
});

describe("the check itself", () => {
  it("finds a missing file, a missing title, and what is no test", () => {
    const path = "../tests/testing-checklist.test.ts";
    expect(wrongIn({ title: "the check itself", path })).toBeNull();
    expect(wrongIn({ title: "is held by tests that are there: %s", path })).toBeNull();
    expect(wrongIn({ title: "the check", path })).toContain("has no test");
    expect(wrongIn({ title: "x", path: "../tests/nowhere.test.ts" })).toContain("is not there");
    expect(wrongIn({ title: "Vidops", path: "../README.md" })).toContain("is no test");
  });
});
