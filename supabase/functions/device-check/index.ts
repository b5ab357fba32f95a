/**
 * Makes the profile of who has just signed in, guest or not, with the initial grant: `POST {"device_id", "attestation"}`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy device-check
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["device-check"]);
