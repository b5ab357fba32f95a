import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = globSync("packages/*/package.json", { cwd: root }).map(
  (file) => JSON.parse(readFileSync(`${root}/${file}`, "utf8")).name as string,
);

describe("every changeset", () => {
  // What formats Markdown takes the lines between two rules for a heading, and then no release can be made.
  it.each(globSync(".changeset/*.md", { cwd: root }))(
    "%s names packages of this repository, and says something",
    (file) => {
      const [, front, words] =
        /^---\n((?:".+": (?:major|minor|patch)\n)+)---\n\n(\S[\s\S]*)$/.exec(
          readFileSync(`${root}/${file}`, "utf8"),
        ) ?? [];
      expect(words).toBeDefined();
      expect(names).toEqual(
        expect.arrayContaining([...(front ?? "").matchAll(/"(.+)"/g)].map(([, name]) => name)),
      );
    },
  );
});
