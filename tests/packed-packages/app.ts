import { createErrorResponse, ErrorCode, isVidopsError } from "@vidops/core/errors";
import { fetchWithRetry } from "@vidops/core/http";

/** What the app needs to know. */
export interface Setting {
  /** Answers 503 first, then what it was asked for. */
  readonly unsteady: string;
}

/** An app of somebody who installed vidops: it takes something of each package and uses it. */
export async function useVidops({ unsteady }: Setting): Promise<Record<string, unknown>> {
  const refusal = createErrorResponse({
    code: ErrorCode.ERR_4001,
    language: "tr",
    variables: { required: 4, available: 1 },
  });
  const retried = await fetchWithRetry(unsteady, {}, { initialDelay: 1 });
  return {
    errors: { status: refusal.status, body: await refusal.json(), ours: isVidopsError(new Error("theirs")) },
    http: { status: retried.status, body: await retried.text() },
  };
}
