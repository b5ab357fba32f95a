/**
 * Takes what providers tell of jobs that have ended, by their signature: `POST ?provider=&job=`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy provider-webhook
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["provider-webhook"]);
