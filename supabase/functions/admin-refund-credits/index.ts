/**
 * Gives credits back, for an admin who is signed in: `POST {"user_id", "amount", "reason"}`. What it takes and answers is said at
 * `createAdminRefundHandler` of `@vidops/sdk/server`.
 *
 *     supabase functions deploy admin-refund-credits
 */
import { createClient } from "@supabase/supabase-js";
import { createAdminRefundHandler } from "@vidops/sdk/server";

/** What is used of Deno and of Supabase's runtime. */
declare const Deno: {
  env: { get(name: string): string | undefined };
  serve(handler: (request: Request) => Promise<Response>): unknown;
};
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined;

const url = Deno.env.get("SUPABASE_URL") ?? "";
const publishableKey = key("SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_ANON_KEY");
const secretKey = key("SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY");
const options = { auth: { persistSession: false, autoRefreshToken: false } };

Deno.serve(
  createAdminRefundHandler({
    url,
    key: publishableKey,
    auth: createClient(url, publishableKey, options).auth,
    db: createClient(url, secretKey, options),
    waitUntil: (work) => EdgeRuntime?.waitUntil(work),
  }),
);

/** Supabase sets both: the keys of today by name, as JSON, and the ones they replace. */
function key(name: string, legacy: string): string {
  const keys = JSON.parse(Deno.env.get(name) ?? "{}") as { default?: string };
  return keys.default ?? Deno.env.get(legacy) ?? "";
}
