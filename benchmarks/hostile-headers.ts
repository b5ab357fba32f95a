const size = 100_000;
const fill = (part: string): string => part.repeat(Math.ceil(size / part.length)).slice(0, size);

/** `Accept-Language` headers of 100 kB that somebody sends to keep a server busy, by what they are made of. */
export const hostileHeaders: Readonly<Record<string, string>> = {
  "languages, each weighted": fill("de-DE;q=0.9,fr;q=0.8,"),
  "languages, none of them known": Array.from({ length: 20_000 }, (_, at) => `x${at.toString(36)}`)
    .join(",")
    .slice(0, size),
  "refusals, each of another region": Array.from({ length: 12_000 }, (_, at) => `en-${at.toString(36)};q=0`)
    .join(",")
    .slice(0, size),
  wildcards: fill("*;q=0.001,"),
  commas: fill(","),
  spaces: `en${fill(" ")}`,
  "spaces before weights": fill("en   ;   q=0.5   ,"),
  "one tag of many subtags": fill("en-a-"),
  "one long tag": fill("a"),
  "one weight of many digits": `tr;q=0.${fill("0")}1`,
  "parameters without end": `tr${fill(";q=1")}`,
  "quotes that never close": fill('en;q="\\"'),
  "control characters": fill("\u0000\u001b[2J\u202e,"),
};
