import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Forwarder } from "./forward.ts";

/** Where a request for an Edge Function goes, or what to answer in its place. */
export type FunctionsVerdict =
  | { readonly forwarder: Forwarder }
  | { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** Edge Functions, as the gateway sees them. */
export interface FunctionsService {
  /**
   * Admits a request, and starts what serves it where that does not run yet.
   *
   * @param name the function, as the path names it
   * @param authorization the header as it came; null when absent
   * @param isPreflight true for a browser's OPTIONS, which carries no token
   */
  admit(name: string, authorization: string | null, isPreflight: boolean): Promise<FunctionsVerdict>;
}

/**
 * What a function gets to see of who called: as on hosted Supabase, where Cloudflare stands in front. What the caller wrote
 * himself stays on the left of X-Forwarded-For, and nothing of it in CF-Connecting-IP.
 */
export function clientHeaders(incoming: IncomingMessage): OutgoingHttpHeaders {
  const address = incoming.socket.remoteAddress ?? "";
  const before = incoming.headers["x-forwarded-for"];
  return {
    "cf-connecting-ip": address,
    "x-forwarded-for": before === undefined ? address : `${before}, ${address}`,
    "x-forwarded-proto": "http",
    "x-forwarded-host": incoming.headers.host ?? "",
  };
}
