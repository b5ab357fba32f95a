import { hashOf, namesItself, textAt } from "./chain-hash.ts";
import type { ChainPage, ChainPlace, ChainRow } from "./read-chain.ts";

/**
 * What was done to a chain. `head`: the stored head is not that of the last row. `pinned`: the history is whole in itself,
 * and another one than was pinned.
 */
export type ChainFaultKind = "altered" | "removed" | "inserted" | "reordered" | "head" | "pinned";

/** The first place where a chain does not hold. */
export interface ChainFault {
  kind: ChainFaultKind;
  position: number;
  /** The act there; null where none is left. */
  actionId: string | null;
  /** What is wrong, in a sentence. */
  explanation: string;
}

/** How far a row is looked for from where it stands. */
const reach = 2_000;

/**
 * Says what was done at a row that does not fit.
 *
 * @param before the two places that fit before it, the nearer one first; `anchored` when the nearer one is believed
 * @param page the rows behind those, and the head
 */
export async function faultAt(
  [last, anchored]: readonly [last: ChainPlace & { id: string | null }, anchored: boolean],
  { rows: [row, next], head }: ChainPage,
): Promise<ChainFault> {
  const at = last.position + 1;
  if (row === undefined) return missingRows(at, head.position);
  if (row.position > at) return missingRows(at, row.position - 1);
  const fault = (kind: ChainFaultKind, explanation: string): ChainFault => ({
    kind,
    position: row.position,
    actionId: row.id,
    explanation,
  });
  if (row.position < at) return fault("inserted", "Two acts stand at one position.");

  const shifted = next?.previousHash === row.hash;
  if (namesItself(row) && (await hashOf(row)) === row.hash) {
    // It is whole, but follows another row. Where what comes after follows it, it is the row before that is another one now.
    if (!anchored && (shifted || head.hash === row.hash))
      return {
        kind: "altered",
        position: last.position,
        actionId: last.id,
        explanation: "It was altered and its hash recomputed: the act after it follows another hash.",
      };
    return fault("altered", "It does not follow the act before it.");
  }
  const stood = await positionOf(row);
  if (stood === null)
    return next?.previousHash === last.hash
      ? fault("inserted", "The act after it follows the one before it.")
      : fault("altered", "What it says is not what its hash was made of.");
  if (stood < row.position)
    return {
      kind: "inserted",
      position: stood,
      actionId: stood === last.position ? last.id : null,
      explanation: `Act ${row.id} stood there; ${acts(row.position - stood)} was put before it.`,
    };
  if (shifted)
    return {
      ...missingRows(at, stood - 1),
      explanation: `Act ${row.id} stood at position ${stood}; ${acts(stood - at)} before it was removed.`,
    };
  return fault("reordered", `It stood at position ${stood}.`);
}

/** The fault of rows of which nothing is left. */
export function missingRows(first: number, last: number): ChainFault {
  const where = first === last ? `position ${first}` : `positions ${first} to ${last}`;
  return { kind: "removed", position: first, actionId: null, explanation: `Nothing is left at ${where}.` };
}

/** Where a row stood when its hash was made, if it is otherwise whole; null if not, or too far away. */
async function positionOf(row: ChainRow): Promise<number | null> {
  for (let distance = 1; distance <= reach; distance += 1)
    for (const position of [row.position - distance, row.position + distance])
      if (position > 0 && (await hashOf({ ...row, text: textAt(position, row.text) })) === row.hash)
        return position;
  return null;
}

function acts(count: number): string {
  return count === 1 ? "1 act" : `${count} acts`;
}
