/**
 * Moves a guest's credits and videos to the account that is signed in, once: `POST {"guest_token"}`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy hand-over-guest
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["hand-over-guest"]);
