import type { SupabaseClient } from "@supabase/supabase-js";

/**
 * The function that `checkRateLimit` of vidops took the place of, as it was written: the baseline. Only its table has another
 * name, so that both stand in one database.
 */

export interface FirstRateLimitConfig {
  action: string;
  maxRequests: number;
  windowMinutes: number;
}

/** Its table and its index, as they were written. */
export const firstRateLimitSchema = `
  create table public.first_rate_limit_log (
    id bigserial primary key, ip_address inet not null, action text not null, user_id uuid references public.users (id),
    created_at timestamptz default now());
  create index on public.first_rate_limit_log (ip_address, action, created_at);
  grant all on public.first_rate_limit_log to service_role;
  grant all on sequence public.first_rate_limit_log_id_seq to service_role;
  notify pgrst, 'reload schema';`;

export async function firstCheckRateLimit(
  req: Request,
  config: FirstRateLimitConfig,
  supabaseClient: SupabaseClient,
): Promise<{ allowed: boolean; retryAfter?: number }> {
  // Get client IP (handle proxies)
  const forwardedFor = req.headers.get("X-Forwarded-For");
  const ip = forwardedFor
    ? (forwardedFor.split(",")[0] ?? "").trim()
    : req.headers.get("CF-Connecting-IP") || "0.0.0.0";

  // Count recent requests
  const windowStart = new Date(Date.now() - config.windowMinutes * 60 * 1000);

  const { count, error } = await supabaseClient
    .from("first_rate_limit_log")
    .select("*", { count: "exact", head: true })
    .eq("ip_address", ip)
    .eq("action", config.action)
    .gte("created_at", windowStart.toISOString());

  if (error) throw error;

  if ((count ?? 0) >= config.maxRequests) {
    // Calculate retry-after seconds
    const oldestRequest = await supabaseClient
      .from("first_rate_limit_log")
      .select("created_at")
      .eq("ip_address", ip)
      .eq("action", config.action)
      .gte("created_at", windowStart.toISOString())
      .order("created_at", { ascending: true })
      .limit(1)
      .single();

    const retryAfter = Math.ceil(
      (new Date(oldestRequest.data?.created_at).getTime() + config.windowMinutes * 60 * 1000 - Date.now()) /
        1000,
    );

    return { allowed: false, retryAfter };
  }

  // Log this request
  await supabaseClient.from("first_rate_limit_log").insert({
    ip_address: ip,
    action: config.action,
  });

  return { allowed: true };
}
