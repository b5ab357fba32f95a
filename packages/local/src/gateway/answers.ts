import type { IncomingMessage, ServerResponse } from "node:http";

/** What the gateway adds to the answers of services that know nothing of pages. */
export const corsHeaders: Record<string, string> = { "access-control-allow-origin": "*" };

/** Lets a page of any origin send anything, as hosted Supabase does. */
export function sendPreflight(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(204, {
    ...corsHeaders,
    "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS",
    "access-control-allow-headers": header(incoming, "access-control-request-headers") ?? "*",
    "access-control-max-age": "3600",
  });
  outgoing.end();
}

/** An answer of the gateway itself. */
export function sendJson(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { "content-type": "application/json; charset=utf-8", ...corsHeaders });
  outgoing.end(JSON.stringify(body));
}

/** What a broken proxy answers. */
export function sendHtml(outgoing: ServerResponse): void {
  outgoing.writeHead(502, { "content-type": "text/html; charset=utf-8" });
  outgoing.end(
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
  );
}

/** A header's value, the first where there are several; null when absent. */
export function header(incoming: IncomingMessage, name: string): string | null {
  const value = incoming.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
