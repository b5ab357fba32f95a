import { networkFailure } from "@vidops/core/http";
import { failureCases, type RuntimeName } from "./failure-cases.ts";
import type { SeenRequest, Targets } from "./targets.ts";

/** What was thrown, as plain data. */
export interface ThrownRecord {
  readonly [property: string]: string | number | boolean | ThrownRecord;
}

/** What happened in one case. */
export interface FailureRecord {
  /** Null when nothing was thrown: this runtime takes it. */
  readonly thrown: ThrownRecord | null;
  /** How many requests the server saw of this one `fetch`. */
  readonly requests: number;
  readonly failure: ReturnType<typeof networkFailure>;
}

/**
 * Lets `fetch` fail in every way.
 *
 * @param targets where to
 * @param runtime whose own cases are run too
 * @returns what was thrown, and what `networkFailure` makes of it, by the name of the case
 */
export async function recordFailures(
  targets: Targets,
  runtime: RuntimeName,
): Promise<Record<string, FailureRecord>> {
  const records: Record<string, FailureRecord> = {};
  for (const [at, { name, only, run }] of failureCases.entries()) {
    if (only !== undefined && !only.includes(runtime)) continue;
    const id = `${runtime}-failure-${at}`;
    await warmUp(targets);
    let thrown: ThrownRecord | null = null;
    let failure: FailureRecord["failure"] = null;
    try {
      await run(targets, `?id=${id}`);
    } catch (error) {
      thrown = describeThrown(error);
      failure = networkFailure(error);
    }
    records[name] = { thrown, requests: (await seenRequests(targets, id)).length, failure };
  }
  return records;
}

/** Leaves a connection open for the next request: some runtimes send a request again when a connection was used before. */
export async function warmUp({ origin }: Targets): Promise<void> {
  await (await fetch(`${origin}/200?id=warm-up`)).text();
  // Some put it back into the pool a moment after its body was read.
  await new Promise((resolve) => setTimeout(resolve, 30));
}

/** What the server saw of one check. */
export async function seenRequests({ origin }: Targets, id: string): Promise<SeenRequest[]> {
  return (await fetch(`${origin}/seen?id=${id}`)).json() as Promise<SeenRequest[]>;
}

/** Everything of an error but its stack: class, name, message, and what it carries of its own. */
function describeThrown(error: unknown, depth = 0): ThrownRecord {
  if (typeof error !== "object" || error === null || depth > 3) return { value: String(error) };
  const { name, message } = error as Error;
  const record: Record<string, string | number | boolean | ThrownRecord> = {
    class: error.constructor.name,
    name,
    message,
  };
  for (const key of new Set([...Object.getOwnPropertyNames(error), "code", "cause"])) {
    const value = (error as Record<string, unknown>)[key];
    if (/^(?:name|message|stack|line|column|sourceURL|originalLine|originalColumn)$/.test(key)) continue;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      record[key] = value;
    else if (value instanceof Error) record[key] = describeThrown(value, depth + 1);
  }
  return record;
}
