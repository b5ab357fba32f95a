/**
 * Lists the models that can be chosen: `GET`, with an ETag. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy get-models
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["get-models"]);
