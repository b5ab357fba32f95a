// biome-ignore-all format: the endpoint is kept as its author wrote it
// biome-ignore-all assist/source/organizeImports: the same
import { checkRateLimit } from '@vidops/sdk/server'
import { createErrorResponse } from '@vidops/sdk/server'
import { ErrorCode } from '@vidops/sdk/server'
import type { SupabaseClient } from '@supabase/supabase-js'

// The endpoint that the rate limits of vidops were first written for, but for its imports: what stood around it, and so is
// not in its text, are the arguments. The test beside this runs it over a real database,
// `limit-in-endpoint.edge.test.ts` in Deno.

/** Lets a client generate ten videos an hour. */
export async function limitInEndpoint(req: Request, supabaseClient: SupabaseClient): Promise<Response> {
    // Check rate limit: max 10 video generations per hour
    const rateLimitCheck = await checkRateLimit(
      req,
      {
        action: 'video_generation',
        maxRequests: 10,
        windowMinutes: 60
      },
      supabaseClient
    )

    if (!rateLimitCheck.allowed) {
      return createErrorResponse({
        code: ErrorCode.ERR_4004,
        variables: { seconds: rateLimitCheck.retryAfter },
        details: { retry_after: rateLimitCheck.retryAfter }
      })
    }

    // Continue with video generation...
    return new Response('started')
}
