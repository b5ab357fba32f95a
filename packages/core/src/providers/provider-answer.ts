import { parseRetryAfter } from "../http/index.ts";
import { faults, type ProviderFault } from "./provider-fault.ts";
import type { ReadBody } from "./read-body.ts";

/** What came back, whatever its status. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined where the body is no JSON. */
  readonly json: unknown;
  /** Why the body is not whole; null when it is. */
  readonly bodyFault: ReadBody["fault"];
  /** When the request was begun, in ms since 1970. */
  readonly sentAt: number;
}

/** What a call means that its caller gave up. */
export const aborted: ProviderFault = {
  code: "ERR_5001",
  reason: "aborted",
  message: "was no longer waited for",
};

/** What an answer without a usable body means. */
export function bodyFaultOf({ bodyFault }: ProviderAnswer): ProviderFault {
  if (bodyFault === "aborted") return aborted;
  return bodyFault === null ? faults.unexpected_answer : faults[bodyFault];
}

/** True for an answer that says: not now, come back. */
export function mayBeRepeated(status: number, headers: Headers): boolean {
  return status === 429 || (status === 503 && parseRetryAfter(headers, 0) !== null);
}

/** True when a submit that was answered so has made no job. 408 and 499 speak of a connection, and leave that open. */
export function surelyRefused(answer: Pick<ProviderAnswer, "status" | "headers"> | undefined): boolean {
  if (answer === undefined) return false;
  const { status, headers } = answer;
  return (status >= 400 && status < 499 && status !== 408) || mayBeRepeated(status, headers);
}

/** The provider's id of a request, of the first header that has one. */
export function requestIdOf(headers: Headers, names: readonly string[]): string | null {
  const ids = names.map((name) => headers.get(name)).filter((id) => id !== null);
  return ids.find((id) => /^[\x21-\x7e]{1,200}$/.test(id)) ?? null;
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
