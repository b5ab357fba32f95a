/**
 * Tells the user's profile, and changes language and theme: `GET`, `PATCH {"language", "theme_preference"}`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy get-user-profile
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["get-user-profile"]);
