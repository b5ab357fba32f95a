import type { RuntimeName } from "./failure-cases.ts";
import type { FailureRecord, ThrownRecord } from "./failures.ts";

/** What a runtime did, by the name of the case: what it threw, and how many requests the server saw. */
export type Observed = Readonly<Record<string, Pick<FailureRecord, "thrown" | "requests">>>;

/** The runtimes, in the order in which pages name them. */
export const runtimeNames: readonly RuntimeName[] = ["node", "deno", "bun", "workerd", "chromium"];

/**
 * Takes out of a record what differs from run to run and from system to system: ports, ids, numbers of errors.
 *
 * @param failures as a runtime reported them
 * @returns the same, comparable
 */
export function comparable(failures: Observed): Observed {
  const clean = (value: string): string =>
    value
      .replace(/127\.0\.0\.1:\d{2,5}/g, "127.0.0.1:<port>")
      .replace(/\?id=[\w-]+/g, "")
      .replace(/reference = \w+/, "reference = <id>")
      .replace(/os error \d+/, "os error <n>")
      .replace(/^[0-9A-F]+:error:/, "<id>:error:")
      .replace(/a{64}/g, "<no-such-host>")
      // workerd names every step of a circle.
      .replace(/(http:\S+, ){3}.*/, "…");
  const cleanThrown = (thrown: ThrownRecord): ThrownRecord =>
    Object.fromEntries(
      Object.entries(thrown)
        .filter(([key]) => key !== "errno" && key !== "port")
        .map(([key, value]) => [
          key,
          typeof value === "string" ? clean(value) : typeof value === "object" ? cleanThrown(value) : value,
        ]),
    );
  return Object.fromEntries(
    Object.entries(failures).map(([name, { thrown, requests }]) => [
      name,
      // A browser that sends again by itself does so once, or twice, as it comes.
      { thrown: thrown && cleanThrown(thrown), requests: requests === 3 ? 2 : requests },
    ]),
  );
}

/** An error as the runtime threw it, made of what was written down. */
export function thrownFrom({ class: _, ...properties }: ThrownRecord): Error {
  const { cause } = properties;
  const error = new Error(String(properties.message));
  for (const [key, value] of Object.entries(properties)) {
    Object.defineProperty(error, key, { value: key === "cause" ? thrownFrom(cause as ThrownRecord) : value });
  }
  return error;
}
