import { isVidopsError, VidopsError, type VidopsErrorInit } from "../errors/index.ts";
import type { ProviderName } from "./provider-name.ts";

/** Which call failed; `job` for a job that the provider gave up. */
export type ProviderOperation = "submit" | "status" | "cancel" | "webhook" | "look_up" | "job";

/** What a {@link ProviderError} is made of. */
export interface ProviderErrorInit extends VidopsErrorInit {
  readonly provider: ProviderName;
  readonly operation: ProviderOperation;
  readonly status?: number | null | undefined;
  readonly requestId?: string | null | undefined;
  readonly outcome?: "not_accepted" | "unknown" | null | undefined;
}

/**
 * What went wrong with a provider. Branch on `code`, `reason` and `outcome`. `details.body` is the start of what the
 * provider answered, without secrets and without what the user wrote: for the log, never for users.
 */
export class ProviderError extends VidopsError {
  readonly provider: ProviderName;
  readonly operation: ProviderOperation;
  /** The HTTP status of its answer; null when there was none. */
  readonly status: number | null;
  /** The provider's own id of the request, for its support; null when it gave none. */
  override readonly requestId: string | null;
  /** Of a submit: `not_accepted` when there surely is no job, `unknown` when there may be one. Null for all else. */
  readonly outcome: "not_accepted" | "unknown" | null;

  constructor(init: ProviderErrorInit) {
    super(init);
    this.name = "ProviderError";
    this.provider = init.provider;
    this.operation = init.operation;
    this.status = init.status ?? null;
    this.requestId = init.requestId ?? null;
    this.outcome = init.outcome ?? null;
  }
}

/**
 * Tells a {@link ProviderError} from anything else, also one of another copy of this package.
 *
 * @param value what was caught
 * @returns true when a provider, or the way to it, was at fault
 * @example
 * ```ts
 * if (isProviderError(error) && error.outcome === "unknown") await keepForLookUp(request, error.details);
 * ```
 */
export function isProviderError(value: unknown): value is ProviderError {
  const { provider, operation } = isVidopsError(value) ? (value as ProviderError) : ({} as ProviderError);
  return typeof provider === "string" && typeof operation === "string";
}
