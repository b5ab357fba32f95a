/**
 * Tells how a job stands, and where its video is: `GET ?job_id=`. What it takes and answers is said at `createHandlers` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy get-video-status
 */
import { handlers } from "../_shared/handlers.ts";

/** What is used of Deno. */
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): unknown };

Deno.serve(handlers["get-video-status"]);
