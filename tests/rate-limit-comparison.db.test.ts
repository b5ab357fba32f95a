import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Contenders, closeContenders, openContenders } from "./rate-limit-comparison/all-contenders.ts";
import { type Name, names } from "./rate-limit-comparison/contenders.ts";
import { TooBusy } from "./rate-limit-comparison/counting-probes.ts";
import { type Probe, probes } from "./rate-limit-comparison/probes.ts";
import { missingRedis } from "./rate-limit-stores/redis-server.ts";

/** Ends a cell that was found out by trying. */
const TRIED = " ✓";
const LINK = /\]\((?:https:\/\/|\.\.\/|adr\/)[^)]+\)/;

const page = readFileSync(new URL("../docs/rate-limit-comparison.md", import.meta.url), "utf8");

/** The cells of the page's table by row and column, as they are written. */
const table: ReadonlyMap<string, ReadonlyMap<Name, string>> = new Map(
  page
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .slice(1)
    .map((line) => {
      const [row = "", ...cells] = line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim());
      return [row, new Map(names.map((name, at) => [name, cells[at] ?? ""]))];
    }),
);

const cellsTried = Object.entries(probes).flatMap(([row, probe]) =>
  names.map((name): [row: string, name: Name, probe: Probe] => [row, name, probe]),
);

/** A cell that cannot be tried here. */
const isMissing = (name: Name): boolean => missingRedis !== null && name === "@upstash/ratelimit";

describe("docs/rate-limit-comparison.md", () => {
  let contenders: Contenders;

  beforeAll(async () => {
    if (missingRedis !== null)
      process.stderr.write(`SKIPPED: what the page says of @upstash/ratelimit: ${missingRedis}\n`);
    contenders = await openContenders();
  });
  afterAll(async () => {
    if (contenders !== undefined) await closeContenders(contenders);
  });

  it("has a column for each library and the rows that are tried", () => {
    const head = page.split("\n").find((line) => line.startsWith("| "));
    expect(head?.split("|").length).toBe(names.length + 3);
    expect([...table.keys()]).toEqual(expect.arrayContaining(Object.keys(probes)));
  });

  it.for(cellsTried.filter(([, name]) => !isMissing(name)))(
    "says of “%s” for %s what trying shows, or cites a source",
    async ([row, name, probe], context) => {
      const written = table.get(row)?.get(name);
      const found = await probe(name, contenders).catch((error: unknown) => {
        if (error instanceof TooBusy) context.skip(error.message);
        throw error;
      });
      if (found === null) expect(written).toMatch(LINK);
      else expect(written).toBe(found + TRIED);
    },
  );

  it.skip.each(cellsTried.filter(([, name]) => isMissing(name)))(
    `says of “%s” for %s what trying shows: ${missingRedis}`,
    () => {},
  );

  it("has no cell that is neither tried nor cited", () => {
    const unproven: string[] = [];
    for (const [row, cells] of table) {
      for (const [name, cell] of cells) {
        const tried = cell.endsWith(TRIED) && row in probes;
        if (!tried && !LINK.test(cell)) unproven.push(`${row}, ${name}: ${cell}`);
      }
    }
    expect(unproven).toEqual([]);
  });

  it("names the versions that are installed", () => {
    const { devDependencies } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    ) as { devDependencies: Record<string, string> };
    const named = [
      "rate-limiter-flexible",
      "pg",
      "express-rate-limit",
      "@upstash/ratelimit",
      "@upstash/redis",
    ];
    for (const name of named) expect(page).toContain(`${name} ${devDependencies[name]}`);
    expect(page).toContain(`Express ${devDependencies.express}`);
  });
});
