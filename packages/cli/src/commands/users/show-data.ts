import type { UserOverview } from "@vidops/core/users";

/** The support view as JSON data. */
export function overviewData(overview: UserOverview): Record<string, unknown> {
  const { user, ban, proof, jobs, actions } = overview;
  return {
    user: {
      ...{ id: user.id, email: user.email, device_id: user.deviceId, tier: user.tier },
      ...{ credits_remaining: user.creditsRemaining, credits_total: user.creditsTotal },
      ...{ is_guest: user.isGuest, is_admin: user.isAdmin, language: user.language },
      ...{ banned_at: user.bannedAt, public_ban_reason: user.publicBanReason, created_at: user.createdAt },
    },
    ban:
      ban === null
        ? null
        : {
            ...{ action_id: ban.actionId, reason: ban.reason, ticket: ban.ticket },
            ...{ admin_user_id: ban.adminUserId, admin_email: ban.adminEmail },
          },
    proof,
    ledger: overview.ledger.map((entry) => ({
      ...{ id: entry.id, created_at: entry.createdAt, change: entry.change },
      ...{ balance_after: entry.balanceAfter, reason: entry.reason },
      ...{ job_id: entry.jobId, transaction_id: entry.transactionId },
    })),
    jobs: {
      ...{ counted: jobs.counted, whole: jobs.whole, by_status: jobs.byStatus },
      latest: jobs.latest.map((job) => ({
        ...{ job_id: job.jobId, created_at: job.createdAt, completed_at: job.completedAt },
        ...{ status: job.status, model_name: job.modelName, prompt: job.prompt },
        ...{ credits_used: job.creditsUsed, credits_refunded: job.creditsRefunded },
        error_message: job.errorMessage,
      })),
    },
    refunds: { ...actions.refunds, whole: actions.whole },
    actions: actions.latest.map((action) => ({
      ...{ id: action.id, created_at: action.createdAt, action_type: action.actionType },
      ...{ amount: action.amount, reason: action.reason, ticket: action.ticket },
      ...{ admin_user_id: action.adminUserId, admin_email: action.adminEmail },
      undone_by: action.undoneBy,
    })),
    approvals: overview.approvals.map((request) => ({
      ...{ id: request.id, action_type: request.actionType, amount: request.amount },
      expires_at: request.expiresAt,
    })),
    limits: overview.limits.map(({ action, limits }) => ({
      action,
      limits: limits.map((limit) => ({
        ...{ name: limit.name, limit: limit.limit, remaining: limit.remaining },
        ...{ window_seconds: limit.windowSeconds, retry_after_ms: limit.retryAfterMs },
      })),
    })),
    errors: overview.errors.map((error) => ({
      ...{ id: error.id, created_at: error.createdAt, error_code: error.errorCode },
      ...{ endpoint: error.endpoint, request_id: error.requestId, summary: error.summary },
    })),
  };
}
