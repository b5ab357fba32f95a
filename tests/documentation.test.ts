import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const pages = globSync(["*.md", "docs/**/*.md", "packages/*/*.md", "benchmarks/*.md", "examples/**/*.md"], {
  cwd: root,
}).filter((page) => !page.includes("node_modules"));

/** GitHub's anchors: the heading in lower case, spaces as hyphens, most other signs left out. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}_\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Links within the repository that lead nowhere. */
function brokenLinks(page: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(root, page) : join(root, dirname(page), path);
      if (!existsSync(file)) return true;
      if (anchor === undefined) return false;
      return !anchors(path === "" ? text : readFileSync(file, "utf8")).includes(anchor);
    })
    .map((target) => `${page} -> ${target}`);
}

describe("the documentation", () => {
  it("links to what is there", () => {
    expect(pages.length).toBeGreaterThan(8);
    expect(pages.flatMap((page) => brokenLinks(page, readFileSync(join(root, page), "utf8")))).toEqual([]);
  });

  it("names only npm scripts and repository paths that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const broken: string[] = [];
    for (const page of pages) {
      const text = readFileSync(join(root, page), "utf8");
      for (const [, name = ""] of text.matchAll(/npm run ([a-z]+)/g)) {
        if (!Object.hasOwn(scripts, name)) broken.push(`${page}: npm run ${name}`);
      }
      for (const [, path = ""] of text.matchAll(/`((?:packages|scripts|tests|supabase|docs)\/[\w./-]+)`/g)) {
        if (!existsSync(join(root, path))) broken.push(`${page}: ${path}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

describe("the check itself", () => {
  it("finds a missing file and a missing heading, and passes what is there", () => {
    const text =
      "# A b: `c`\n[a](#a-b-c) [b](#nowhere) [c](package.json) [d](no-file.md) [e](https://example.com)";
    expect(brokenLinks("README.md", text)).toEqual(["README.md -> #nowhere", "README.md -> no-file.md"]);
  });
});
