/**
 * An Edge Function that lets each client address start ten videos an hour, and each user five at once in a minute, however many
 * copies of it run. Who asks too often is told in their language how long to wait; a video that could not be started gives its
 * slot back.
 *
 *     deno run --allow-net --allow-env=SUPABASE_URL,SUPABASE_SERVICE_ROLE_KEY,PROVIDER_URL examples/limited-generation.ts
 */
import { createClient } from "@supabase/supabase-js";
import { createErrorResponse, ErrorCode, withErrors, withRateLimit } from "@vidops/sdk/server";

/** Where the project and the provider of videos are. */
export interface Settings {
  readonly url: string;
  readonly secretKey: string;
  readonly providerUrl: string;
}

/** Makes the handler, for `Deno.serve` and for tests. */
export function limitedGeneration({
  url,
  secretKey,
  providerUrl,
}: Settings): (request: Request) => Promise<Response> {
  const db = createClient(url, secretKey);

  async function generate(request: Request): Promise<Response> {
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    const answer = await fetch(providerUrl, { method: "POST", body: await request.text() });
    if (answer.ok) return Response.json({ started: true });
    // What the client got wrong keeps its slot, or it could try without end; only what is not its fault gives it back.
    const code = answer.status < 500 ? ErrorCode.ERR_4003 : ErrorCode.ERR_5002;
    return createErrorResponse({ code, request });
  }

  const limited = withRateLimit(generate, {
    db,
    action: "video_generation",
    limits: [
      { per: "ip", maxRequests: 10, windowMinutes: 60 },
      { per: "user", maxRequests: 5, windowMinutes: 1 },
    ],
    // Auth says whose token it is; a limit of a user whom the client may name would be none.
    userId: async (request) => {
      const token = request.headers.get("authorization")?.replace(/^Bearer /i, "");
      if (token === undefined) return null;
      const { data } = await db.auth.getUser(token);
      return data.user?.id ?? null;
    },
    reserve: true,
    waitUntil: keepAlive,
  });
  return withErrors(limited, { db, endpoint: "generate-video", waitUntil: keepAlive });
}

/** On Supabase the answer goes out at once, and the function lives on until this is done. */
function keepAlive(work: Promise<unknown>): void {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } };
  EdgeRuntime?.waitUntil(work);
}

/** What is used of Deno. */
declare const Deno: {
  env: { get(name: string): string | undefined };
  serve(handler: (request: Request) => Promise<Response>): unknown;
};

if (import.meta.main) {
  Deno.serve(
    limitedGeneration({
      url: Deno.env.get("SUPABASE_URL") ?? "",
      secretKey: Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "",
      providerUrl: Deno.env.get("PROVIDER_URL") ?? "",
    }),
  );
}
