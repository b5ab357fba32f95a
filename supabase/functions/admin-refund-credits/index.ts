/**
 * Gives credits back, for an admin who is signed in: `POST {"user_id", "amount", "reason"}`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy admin-refund-credits
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["admin-refund-credits"]);
