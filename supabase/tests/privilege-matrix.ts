/**
 * Who may do what, for every table and function of the schema `public`. The test beside this file compares it with the database
 * and with what the Data API answers, so a new table or function has to be put in here before it can be merged.
 */

/** The four kinds of caller: an anon key, a signed-in user, a signed-in admin (same database role as a user), a service key. */
export type Caller = "anon" | "user" | "admin" | "service_role";

/** Rows a caller sees: none at all (no grant), none by policy, the own ones, those on sale, or all. */
export type VisibleRows = "no grant" | "none" | "own" | "available" | "all";

export interface TableRule {
  readonly select: Readonly<Record<Caller, VisibleRows>>;
  /** Columns that `authenticated` (users and admins alike) may update; there is no insert or delete for them anywhere. */
  readonly authenticatedUpdate: readonly string[];
  readonly serviceInsert: readonly string[] | "all" | "none";
  readonly serviceUpdate: readonly string[] | "all" | "none";
  readonly serviceDelete: boolean;
}

const profile = [
  "apple_sub",
  "device_id",
  "email",
  "initial_grant_claimed",
  "is_guest",
  "language",
  "theme_preference",
  "tier",
];

export const tableRules: Readonly<Record<string, TableRule>> = {
  users: {
    select: { anon: "no grant", user: "own", admin: "all", service_role: "all" },
    authenticatedUpdate: ["language", "theme_preference"],
    serviceInsert: [...profile, "id"],
    serviceUpdate: [...profile, "updated_at"],
    serviceDelete: false,
  },
  models: {
    select: { anon: "available", user: "available", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "all",
    serviceUpdate: [
      "category",
      "created_at",
      "description",
      "id",
      "name",
      "provider",
      "provider_model_id",
      "thumbnail_url",
    ],
    serviceDelete: false,
  },
  video_jobs: {
    select: { anon: "no grant", user: "own", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: [
      "completed_at",
      "created_at",
      "error_message",
      "job_id",
      "model_id",
      "prompt",
      "provider_job_id",
      "settings",
      "status",
      "thumbnail_url",
      "user_id",
      "video_url",
    ],
    serviceUpdate: [
      "completed_at",
      "error_message",
      "prompt",
      "provider_job_id",
      "settings",
      "status",
      "thumbnail_url",
      "video_url",
    ],
    serviceDelete: false,
  },
  quota_log: {
    select: { anon: "no grant", user: "own", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "none",
    serviceUpdate: "none",
    serviceDelete: false,
  },
  idempotency_log: {
    select: { anon: "no grant", user: "no grant", admin: "no grant", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "all",
    serviceUpdate: "all",
    serviceDelete: true,
  },
  error_log: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: [
      "created_at",
      "endpoint",
      "error_code",
      "error_details",
      "fingerprint",
      "language",
      "request_data",
      "request_id",
      "status",
      "user_id",
    ],
    serviceUpdate: "none",
    serviceDelete: false,
  },
  rate_limit_log: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: ["action", "allowed", "created_at", "ip_address", "limit_name", "requests", "user_id"],
    serviceUpdate: "none",
    serviceDelete: false,
  },
  rate_limit_rules: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "none",
    serviceUpdate: "none",
    serviceDelete: false,
  },
  admin_actions: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "none",
    serviceUpdate: "none",
    serviceDelete: false,
  },
  admin_approvals: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "none",
    serviceUpdate: "none",
    serviceDelete: false,
  },
  approval_thresholds: {
    select: { anon: "no grant", user: "none", admin: "all", service_role: "all" },
    authenticatedUpdate: [],
    serviceInsert: "none",
    serviceUpdate: "none",
    serviceDelete: false,
  },
};

export interface FunctionRule {
  /** Database roles with EXECUTE. */
  readonly execute: readonly ("anon" | "authenticated" | "service_role")[];
  /** A call whose arguments pass, so that only permission can refuse it. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Whether the function itself refuses a signed-in user who is no admin. */
  readonly adminOnly: boolean;
  /** Whether it writes the audit, and so a service key has to name the acting admin. */
  readonly act?: true;
}

const nobody = "00000000-0000-4000-8000-00000000dead";
const serviceOnly = { execute: ["service_role"], adminOnly: false } as const;
const adminAndService = { execute: ["authenticated", "service_role"], adminOnly: true } as const;
const act = { ...adminAndService, act: true } as const;

export const functionRules: Readonly<Record<string, FunctionRule>> = {
  add_credits: { ...serviceOnly, args: { p_user_id: nobody, p_amount: 1, p_reason: "x" } },
  deduct_credits: { ...serviceOnly, args: { p_user_id: nobody, p_amount: 1 } },
  admin_refund_credits: { ...act, args: { p_user_id: nobody, p_amount: 1, p_reason: "x" } },
  audit_credits: { ...adminAndService, args: {} },
  find_user: { ...adminAndService, args: { p_user: "nobody@example.com" } },
  doctor_report: { ...adminAndService, args: {} },
  cleanup_rate_limit_logs: { ...adminAndService, args: {} },
  cleanup_expired_idempotency_keys: { ...adminAndService, args: {} },
  cleanup_error_log: { ...adminAndService, args: {} },
  log_error: { ...serviceOnly, args: { p_error_code: "ERR_6003", p_endpoint: "/x" } },
  list_errors: { ...adminAndService, args: {} },
  top_errors: {
    ...adminAndService,
    args: { p_by: "code", p_since: "2026-01-01T00:00:00Z", p_until: "2026-01-02T00:00:00Z" },
  },
  get_error: { ...adminAndService, args: { p_error: "1" } },
  check_rate_limit: {
    ...serviceOnly,
    args: { p_ip: "203.0.113.9", p_action: "x", p_max: 1000, p_window_seconds: 60 },
  },
  check_rate_limits: {
    ...serviceOnly,
    args: {
      p_action: "x",
      p_limits: [{ name: "global", per: "global", max_requests: 1000, window_seconds: 60 }],
    },
  },
  commit_rate_limit: { ...serviceOnly, args: { p_reservation: nobody } },
  release_rate_limit: { ...serviceOnly, args: { p_reservation: nobody } },
  forget_rate_limits: {
    ...serviceOnly,
    args: {
      p_action: "x",
      p_limits: [{ name: "global", per: "global", max_requests: 1000, window_seconds: 60 }],
    },
  },
  cleanup_rate_limit_state: { ...adminAndService, args: {} },
  cleanup_rate_limit_reservations: { ...adminAndService, args: {} },
  peek_rate_limits: { ...adminAndService, args: { p_action: "x" } },
  reset_rate_limits: {
    ...act,
    args: { p_action: "x", p_per: "ip", p_subject: "203.0.113.8", p_reason: "x" },
  },
  set_rate_limit_rule: {
    ...act,
    args: {
      ...{ p_action: "x", p_per: "ip", p_tier: "any", p_window_seconds: 60, p_max_requests: 1 },
      ...{ p_reason: "x", p_dry_run: true },
    },
  },
  top_rate_limits: {
    ...adminAndService,
    args: { p_by: "ip", p_since: "2026-01-01T00:00:00Z", p_until: "2026-01-02T00:00:00Z" },
  },
  start_generation: {
    ...serviceOnly,
    args: { p_user_id: nobody, p_model_id: nobody, p_prompt: "x", p_idempotency_key: "x" },
  },
  attach_generation: { ...serviceOnly, args: { p_job_id: nobody, p_provider_job_id: "x" } },
  complete_generation: { ...serviceOnly, args: { p_job_id: nobody, p_video_url: "x" } },
  fail_generation: { ...serviceOnly, args: { p_job_id: nobody, p_code: "ERR_5003", p_reason: "x" } },
  expire_generations: { ...serviceOnly, args: {} },
  delete_generation: { ...serviceOnly, args: { p_user_id: nobody, p_job_id: nobody } },
  get_generation: { ...serviceOnly, args: { p_user_id: nobody, p_job_id: nobody } },
  list_generations: { ...serviceOnly, args: { p_user_id: nobody } },
  onboard_guest: { ...serviceOnly, args: { p_user_id: nobody, p_device_id: "x" } },
  hand_over_guest: {
    ...serviceOnly,
    args: {
      ...{ p_guest_id: "00000000-0000-4000-8000-00000000beef" },
      p_user_id: "00000000-0000-4000-8000-00000000cafe",
    },
  },
  list_model_usage: { ...adminAndService, args: {} },
  get_model_usage: { ...adminAndService, args: { p_model: "no such model" } },
  set_model_availability: {
    ...act,
    args: { p_model_id: nobody, p_available: false, p_reason: "x" },
  },
  set_model_price: {
    ...act,
    args: { p_model_id: nobody, p_credits: 1, p_reason: "x" },
  },
  set_model_featured: {
    ...act,
    args: { p_model_id: nobody, p_featured: true, p_reason: "x" },
  },
  admin_adjust_credits: { ...act, args: { p_user_id: nobody, p_change: 1, p_reason: "x" } },
  ban_user: { ...act, args: { p_user_id: nobody, p_reason: "x" } },
  unban_user: { ...act, args: { p_user_id: nobody, p_reason: "x" } },
  grant_admin: { ...act, args: { p_user_id: nobody, p_reason: "x" } },
  revoke_admin: { ...act, args: { p_user_id: nobody, p_reason: "x" } },
  undo_admin_action: { ...act, args: { p_action_id: 999_999, p_reason: "x" } },
  set_approval_threshold: {
    ...act,
    args: { p_name: "day_credits", p_credits: 1_000_000, p_reason: "x", p_dry_run: true },
  },
  // Approving takes a login: with a secret key it is refused whoever is named.
  approve_admin_request: { ...act, args: { p_approval_id: 999_999, p_payload_hash: "x" } },
  reject_admin_request: { ...act, args: { p_approval_id: 999_999, p_reason: "x" } },
  list_admin_actions: { ...adminAndService, args: {} },
  get_admin_action: { ...adminAndService, args: { p_action_id: 1 } },
  read_admin_action_chain: { ...adminAndService, args: {} },
  list_admin_approvals: { ...adminAndService, args: {} },
  get_admin_approval: { ...adminAndService, args: { p_approval_id: 1 } },
  list_approval_thresholds: { ...adminAndService, args: {} },
  search_users: { ...adminAndService, args: { p_query: "nobody" } },
  get_user_overview: { ...adminAndService, args: { p_user_id: nobody } },
  user_stats: { ...adminAndService, args: { p_since: new Date(Date.now() - 86_400_000).toISOString() } },
  list_rate_limit_log: { ...adminAndService, args: {} },
  list_jobs: { ...adminAndService, args: {} },
  get_job: { ...adminAndService, args: { p_job_id: nobody } },
  list_stuck_jobs: { ...adminAndService, args: {} },
  fail_job: { ...act, args: { p_job_id: nobody, p_reason: "x" } },
  retry_job: { ...act, args: { p_job_id: nobody, p_reason: "x" } },
  list_deleted_jobs: { ...adminAndService, args: {} },
  cleanup_deleted_jobs: { ...adminAndService, args: { p_jobs: [] } },
};
