// biome-ignore-all format: the endpoint is kept as its author wrote it
// biome-ignore-all assist/source/organizeImports: the same
import { createErrorResponse } from '@vidops/core/errors'
import { ErrorCode } from '@vidops/core/errors'

// The two endpoints that the error codes of vidops were first written for, but for their imports: what stood around them,
// and so is not in their text, are the arguments. The tests beside this run them, in Node from sources and in Deno from
// what is built.

/** Refuses a user who has too few credits. */
export function answerInEndpoint(
  req: Request,
  deductResult: { success: boolean; current_credits?: number },
  model: { cost_per_generation: number },
): Response | undefined {
// Get user's preferred language
const userLanguage = req.headers.get('Accept-Language')?.split(',')[0]?.substring(0, 2) || 'en'
const language = ['en', 'tr', 'es'].includes(userLanguage) ? userLanguage : 'en'

// Check credits
if (!deductResult.success) {
  return createErrorResponse({
    code: ErrorCode.ERR_4001,
    language,
    variables: {
      required: model.cost_per_generation,
      available: deductResult.current_credits || 0
    }
  })
}
}

/** Refuses a user who asks too often. */
export function limitInEndpoint(rateLimitCheck: { allowed: boolean; retryAfter: number }): Response | undefined {
    if (!rateLimitCheck.allowed) {
      return createErrorResponse({
        code: ErrorCode.ERR_4004,
        variables: { seconds: rateLimitCheck.retryAfter },
        details: { retry_after: rateLimitCheck.retryAfter }
      })
    }
}
