/** One request the gateway saw. */
export interface RecordedRequest {
  readonly method: string;
  /** Without the query: "/rest/v1/rpc/admin_refund_credits". */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  /** What the caller got; null while open, and for good when the caller got no answer. */
  status: number | null;
}
