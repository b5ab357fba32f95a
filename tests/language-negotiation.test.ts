import { languages, negotiateLanguage } from "@vidops/core/errors";
import Negotiator from "negotiator";
import { describe, expect, it } from "vitest";

interface Range {
  readonly tag: string;
  /** In thousandths. */
  readonly weight: number;
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomNumbers(9110);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

const tags = ["en", "tr", "es", "en-US", "en-GB", "tr-TR", "es-MX", "EN-us", "TR", "de", "ku-TR", "ca", "*"];
const weights = [1000, 1000, 1000, 900, 800, 500, 500, 300, 1, 0];

function randomRanges(): Range[] {
  const ranges: Range[] = [];
  const named = new Set<string>();
  for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
    const tag = pick(tags);
    // To say two weights of one tag is to contradict oneself.
    if (!named.has(tag.toLowerCase())) ranges.push({ tag, weight: pick(weights) });
    named.add(tag.toLowerCase());
  }
  return ranges;
}

/** The header, in one of the spellings that the grammar allows. */
function write(ranges: readonly Range[]): string {
  const parts = ranges.map(({ tag, weight }) => {
    if (weight === 1000) return pick([tag, `${tag};q=1`, `${tag};q=1.000`]);
    const quality = `0.${String(weight).padStart(3, "0")}`;
    return `${tag}${pick([";", "; ", " ; "])}q=${pick([quality, weight === 0 ? "0" : quality.replace(/0+$/, "")])}`;
  });
  return parts.join(pick([",", ", ", " ,\t", ", , "]));
}

const negotiator = (header: string, supported: readonly string[] = languages): string =>
  new Negotiator({ headers: { "accept-language": header } }).language([...supported]) ?? "en";

const primary = (tag: string): string => tag.split("-", 1)[0]?.toLowerCase() ?? "";

/** Where the two rightly differ: what negotiator has to be told for it to answer as we do. */
const differences: Readonly<Record<string, (ranges: readonly Range[]) => readonly Range[]>> = {
  // `tr-TR, en`: negotiator answers en, for it fits exactly; the reader named Turkish first.
  "among equal weights the first counts, not the one that fits most exactly": (ranges) => {
    const order = ranges.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
    return ranges.map((range) =>
      range.weight === 0 ? range : { ...range, weight: 999 - order.indexOf(range) },
    );
  },
  // `en-US, tr;q=0.5, en;q=0.1`: RFC 4647 looks `en` up for en-US before it goes on to Turkish; negotiator goes by 0.1.
  "a region stands for its language, also where the language is named later": (ranges) =>
    ranges.filter(
      ({ tag, weight }) =>
        weight === 0 ||
        !ranges.some(
          (other) => other.weight > weight && other.tag !== tag && primary(other.tag) === primary(tag),
        ),
    ),
  // `tr-TR;q=0, *`: this refuses the Turkish of Turkey, not Turkish.
  "a refused region does not refuse its language": (ranges) =>
    ranges.filter(({ tag, weight }) => weight > 0 || !tag.includes("-")),
};

describe("negotiating a language", () => {
  const headers = Array.from({ length: 20_000 }, () => {
    const ranges = randomRanges();
    return { ranges, header: write(ranges) };
  });

  it("answers as the package negotiator does, but for three differences that are meant", () => {
    const told = Object.values(differences);
    for (const { ranges, header } of headers) {
      const adapted = told.reduce((rest, difference) => difference(rest), ranges as readonly Range[]);
      expect(negotiateLanguage(header), header).toBe(negotiator(write(adapted)));
    }
  });

  it.each(Object.entries(differences))("differs only where it has to: %s", (name, _) => {
    const others = Object.entries(differences).filter(([other]) => other !== name);
    const differing = headers.filter(({ ranges, header }) => {
      const adapted = others.reduce((rest, [, difference]) => difference(rest), ranges as readonly Range[]);
      return negotiateLanguage(header) !== negotiator(write(adapted));
    });
    expect(differing.length).toBeGreaterThan(20);
    expect(differing.length).toBeLessThan(headers.length / 4);
  });

  it.each([
    ["es-AR", "another region of the language", ["en", "es-MX"], "es-MX", "en"],
    ["zh-Hans-CN", "the language in its script", ["en", "zh-Hans"], "zh-Hans", "en"],
    ["tr;q=2, es", "what is no weight is no wish", languages, "es", "tr"],
    ["tr;q=0.5;level=1, es;q=0.4", "a range has no parameters but its weight", languages, "es", "tr"],
  ] as const)("answers %s in its own way: %s", (header, _, supported, ours, theirs) => {
    expect([negotiateLanguage(header, { supported }), negotiator(header, supported)]).toEqual([ours, theirs]);
  });
});
