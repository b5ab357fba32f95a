import type { Behaviour } from "./behaviours/behaviour.ts";
import { bodyBehaviours } from "./behaviours/bodies.ts";
import { mistakeBehaviours } from "./behaviours/mistakes.ts";
import { retryBehaviours } from "./behaviours/retries.ts";
import { timeBehaviours } from "./behaviours/times.ts";
import type { RuntimeName } from "./failure-cases.ts";
import { type FailureRecord, recordFailures, seenRequests } from "./failures.ts";
import type { Targets } from "./targets.ts";

/** What one runtime did. */
export interface RuntimeReport {
  /** How a plain `fetch` failed, by the name of the case. */
  readonly failures: Readonly<Record<string, FailureRecord>>;
  /** By the name of the behaviour: null when it held, else what was wrong. */
  readonly behaviours: Readonly<Record<string, string | null>>;
}

/** Everything that `fetchWithRetry` is to do on every runtime. */
export const behaviours: readonly Behaviour[] = [
  ...retryBehaviours,
  ...bodyBehaviours,
  ...timeBehaviours,
  ...mistakeBehaviours,
];

/** Runs every check on the runtime that this is running on. */
export async function checkRuntime(targets: Targets, runtime: RuntimeName): Promise<RuntimeReport> {
  return {
    failures: await recordFailures(targets, runtime),
    behaviours: await checkBehaviours(targets, runtime),
  };
}

async function checkBehaviours(
  targets: Targets,
  runtime: RuntimeName,
): Promise<Record<string, string | null>> {
  const records: Record<string, string | null> = {};
  for (const [at, { name, check }] of behaviours.entries()) {
    const id = `${runtime}-behaviour-${at}`;
    const url = (plan: string): string => `${targets.origin}/?id=${id}&plan=${encodeURIComponent(plan)}`;
    try {
      await check({ targets, url, seen: () => seenRequests(targets, id) });
      records[name] = null;
    } catch (error) {
      records[name] = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
  }
  return records;
}
