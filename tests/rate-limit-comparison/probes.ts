import type { Contenders } from "./all-contenders.ts";
import { answeringProbes } from "./answering-probes.ts";
import { bundleProbe } from "./bundle-probe.ts";
import type { Contender, Name } from "./contenders.ts";
import { countingProbes } from "./counting-probes.ts";
import { failingProbes } from "./failing-probes.ts";
import { managingProbes } from "./managing-probes.ts";

/** Finds out what a cell of the table says by trying it; null where that takes a source instead. */
export type Probe = (name: Name, contenders: Contenders) => Promise<string | null>;

function contenderOf(name: Name, { byName }: Contenders): Contender {
  const contender = byName[name];
  if (contender === null) throw new Error(`${name} has no store here.`);
  return contender;
}

const inTheirWays = Object.entries({ ...answeringProbes, ...managingProbes, ...failingProbes });

/** Every row that is found out by trying, by its name in the table. */
export const probes: Readonly<Record<string, Probe>> = {
  ...Object.fromEntries(
    Object.entries(countingProbes).map(([row, probe]): [string, Probe] => [
      row,
      (name, contenders) => probe(contenderOf(name, contenders), name),
    ]),
  ),
  ...Object.fromEntries(
    inTheirWays.map(([row, byName]): [string, Probe] => [
      row,
      async (name, contenders) => (await byName[name]?.(contenders, contenderOf(name, contenders))) ?? null,
    ]),
  ),
  "kB in a bundle, gzipped, with its store's client": (name) => bundleProbe(name),
};
