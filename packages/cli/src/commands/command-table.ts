// Long because it is one table, with a row for each command.
import type { CommandModule } from "./command-module.ts";

export interface CommandEntry {
  readonly path: readonly [string] | readonly [string, string];
  /** One line for the list of commands. */
  readonly summary: string;
  /** Imported when the command runs or its own help is shown, never before. */
  readonly load: () => Promise<CommandModule>;
}

export const groupSummaries: Readonly<Record<string, string>> = {
  credits: "look at balances, adjust them, and prove the ledger",
  users: "find users, see all of one, ban, and make admins",
  models: "prices, availability and use of what is sold",
  jobs: "generations: look, settle what hangs, end one, order one again",
  actions: "what admins did: look, undo, prove",
  approvals: "acts that need a second admin, and above which credits",
  errors: "what went wrong for users: list, count, follow, explain",
  limits: "who is being limited, and the rules by which",
  i18n: "check the messages of error codes, and hand them to mobile apps",
  local: "run an embedded Supabase on this machine, without Docker or an account",
};

/** All commands, in the order of `--help`. */
export const commandTable: readonly CommandEntry[] = [
  {
    path: ["refund"],
    summary: "give credits back for a job or to a user",
    load: async () => (await import("./refund/refund.ts")).refundCommand,
  },
  {
    path: ["credits", "show"],
    summary: "a user's balance, totals and the proof of the ledger",
    load: async () => (await import("./credits/show.ts")).creditsShowCommand,
  },
  {
    path: ["credits", "history"],
    summary: "a user's ledger, newest first",
    load: async () => (await import("./credits/history.ts")).creditsHistoryCommand,
  },
  {
    path: ["credits", "adjust"],
    summary: "add credits to a balance, or take them away",
    load: async () => (await import("./credits/adjust.ts")).creditsAdjustCommand,
  },
  {
    path: ["credits", "audit"],
    summary: "prove the ledger of one user or of all",
    load: async () => (await import("./credits/audit.ts")).creditsAuditCommand,
  },
  {
    path: ["users", "find"],
    summary: "find users by part of an email, id, device or job",
    load: async () => (await import("./users/find.ts")).usersFindCommand,
  },
  {
    path: ["users", "show"],
    summary: "the support view: balance, ledger, jobs, limits, errors, bans",
    load: async () => (await import("./users/show.ts")).usersShowCommand,
  },
  {
    path: ["users", "stats"],
    summary: "what users did by day, and whether it grows",
    load: async () => (await import("./users/stats.ts")).usersStatsCommand,
  },
  {
    path: ["users", "ban"],
    summary: "refuse an account's charges and generations",
    load: async () => (await import("./users/ban.ts")).usersBanCommand,
  },
  {
    path: ["users", "unban"],
    summary: "lift a ban",
    load: async () => (await import("./users/unban.ts")).usersUnbanCommand,
  },
  {
    path: ["users", "grant-admin"],
    summary: "make a user an admin",
    load: async () => (await import("./users/grant-admin.ts")).usersGrantAdminCommand,
  },
  {
    path: ["users", "revoke-admin"],
    summary: "make an admin an ordinary user",
    load: async () => (await import("./users/revoke-admin.ts")).usersRevokeAdminCommand,
  },
  {
    path: ["models", "list"],
    summary: "models with price, state and use",
    load: async () => (await import("./models/list.ts")).modelsListCommand,
  },
  {
    path: ["models", "show"],
    summary: "one model whole, with its use",
    load: async () => (await import("./models/show.ts")).modelsShowCommand,
  },
  {
    path: ["models", "enable"],
    summary: "put a model on sale again",
    load: async () => (await import("./models/enable.ts")).modelsEnableCommand,
  },
  {
    path: ["models", "disable"],
    summary: "take a model off sale",
    load: async () => (await import("./models/disable.ts")).modelsDisableCommand,
  },
  {
    path: ["models", "price"],
    summary: "set what one generation costs",
    load: async () => (await import("./models/price.ts")).modelsPriceCommand,
  },
  {
    path: ["models", "feature"],
    summary: "feature a model, or no longer",
    load: async () => (await import("./models/feature.ts")).modelsFeatureCommand,
  },
  {
    path: ["jobs", "list"],
    summary: "generations of everybody, newest first",
    load: async () => (await import("./jobs/list.ts")).jobsListCommand,
  },
  {
    path: ["jobs", "show"],
    summary: "one generation whole: order, state, money, what to do",
    load: async () => (await import("./jobs/show.ts")).jobsShowCommand,
  },
  {
    path: ["jobs", "stuck"],
    summary: "what hangs; and settle it by asking the providers",
    load: async () => (await import("./jobs/stuck.ts")).jobsStuckCommand,
  },
  {
    path: ["jobs", "fail"],
    summary: "end one that hangs, and give its credits back",
    load: async () => (await import("./jobs/fail.ts")).jobsFailCommand,
  },
  {
    path: ["jobs", "retry"],
    summary: "order one that failed once more",
    load: async () => (await import("./jobs/retry.ts")).jobsRetryCommand,
  },
  {
    path: ["actions", "list"],
    summary: "what admins did, newest first",
    load: async () => (await import("./actions/list.ts")).actionsListCommand,
  },
  {
    path: ["actions", "show"],
    summary: "one admin action whole",
    load: async () => (await import("./actions/show.ts")).actionsShowCommand,
  },
  {
    path: ["actions", "undo"],
    summary: "make the act that takes another back",
    load: async () => (await import("./actions/undo.ts")).actionsUndoCommand,
  },
  {
    path: ["actions", "verify"],
    summary: "prove that no action was altered, removed or inserted",
    load: async () => (await import("./actions/verify.ts")).actionsVerifyCommand,
  },
  {
    path: ["approvals", "list"],
    summary: "acts that wait for a second admin",
    load: async () => (await import("./approvals/list.ts")).approvalsListCommand,
  },
  {
    path: ["approvals", "show"],
    summary: "the exact act that a request is for",
    load: async () => (await import("./approvals/show.ts")).approvalsShowCommand,
  },
  {
    path: ["approvals", "approve"],
    summary: "do what another admin asked for",
    load: async () => (await import("./approvals/approve.ts")).approvalsApproveCommand,
  },
  {
    path: ["approvals", "reject"],
    summary: "end a request without doing it",
    load: async () => (await import("./approvals/reject.ts")).approvalsRejectCommand,
  },
  {
    path: ["approvals", "thresholds"],
    summary: "above how many credits a second admin is needed",
    load: async () => (await import("./approvals/thresholds.ts")).approvalsThresholdsCommand,
  },
  {
    path: ["approvals", "set-threshold"],
    summary: "set such a number of credits, or take it away",
    load: async () => (await import("./approvals/set-threshold.ts")).approvalsSetThresholdCommand,
  },
  {
    path: ["errors", "top"],
    summary: "what goes wrong most, and whether it grows",
    load: async () => (await import("./errors/top.ts")).errorsTopCommand,
  },
  {
    path: ["errors", "list"],
    summary: "logged errors, newest first",
    load: async () => (await import("./errors/list.ts")).errorsListCommand,
  },
  {
    path: ["errors", "show"],
    summary: "one logged error whole, by its id or request id",
    load: async () => (await import("./errors/show.ts")).errorsShowCommand,
  },
  {
    path: ["errors", "tail"],
    summary: "follow errors as they are logged",
    load: async () => (await import("./errors/tail.ts")).errorsTailCommand,
  },
  {
    path: ["errors", "explain"],
    summary: "what a code means, and its message in every language",
    load: async () => (await import("./errors/explain.ts")).errorsExplainCommand,
  },
  {
    path: ["limits", "top"],
    summary: "who is refused most, and whether it grows",
    load: async () => (await import("./limits/top.ts")).limitsTopCommand,
  },
  {
    path: ["limits", "check"],
    summary: "how the limits of an address, a user or everybody stand",
    load: async () => (await import("./limits/check.ts")).limitsCheckCommand,
  },
  {
    path: ["limits", "log"],
    summary: "what was admitted and refused, newest first",
    load: async () => (await import("./limits/log.ts")).limitsLogCommand,
  },
  {
    path: ["limits", "reset"],
    summary: "forget what was counted for an address, a user or everybody",
    load: async () => (await import("./limits/reset.ts")).limitsResetCommand,
  },
  {
    path: ["limits", "list"],
    summary: "the rules: what may be done how often",
    load: async () => (await import("./limits/list.ts")).limitsListCommand,
  },
  {
    path: ["limits", "set"],
    summary: "change a rule, or take it away",
    load: async () => (await import("./limits/set.ts")).limitsSetCommand,
  },
  {
    path: ["i18n", "check"],
    summary: "hold every language's messages against the codes",
    load: async () => (await import("./i18n/check.ts")).i18nCheckCommand,
  },
  {
    path: ["i18n", "export"],
    summary: "print the messages for web, iOS or Android",
    load: async () => (await import("./i18n/export.ts")).i18nExportCommand,
  },
  {
    path: ["cleanup"],
    summary: "delete old rows of limits, keys and errors, and deleted videos, in batches",
    load: async () => (await import("./cleanup/cleanup.ts")).cleanupCommand,
  },
  {
    path: ["doctor"],
    summary: "check URL, key, clock, schema, grants and ledger, and say how to mend each",
    load: async () => (await import("./doctor/doctor.ts")).doctorCommand,
  },
  {
    path: ["login"],
    summary: "sign in as yourself; then no command needs a secret key",
    load: async () => (await import("./login/login.ts")).loginCommand,
  },
  {
    path: ["logout"],
    summary: "end the login, here and at Auth",
    load: async () => (await import("./logout/logout.ts")).logoutCommand,
  },
  {
    path: ["whoami"],
    summary: "which project and who one is there, and where each setting came from",
    load: async () => (await import("./whoami/whoami.ts")).whoamiCommand,
  },
  {
    path: ["completion"],
    summary: "print a script that completes commands, options and names with Tab",
    load: async () => (await import("./completion/completion.ts")).completionCommand,
  },
  {
    path: ["demo"],
    summary: "a guided refund and cleanup on a throw-away database",
    load: async () => (await import("./demo/demo.ts")).demoCommand,
  },
  {
    path: ["local", "start"],
    summary: "start it in the foreground",
    load: async () => (await import("./local/start.ts")).localStartCommand,
  },
  {
    path: ["local", "status"],
    summary: "what runs, and where its data is",
    load: async () => (await import("./local/status.ts")).localStatusCommand,
  },
  {
    path: ["local", "stop"],
    summary: "stop it",
    load: async () => (await import("./local/stop.ts")).localStopCommand,
  },
  {
    path: ["local", "reset"],
    summary: "delete its data",
    load: async () => (await import("./local/reset.ts")).localResetCommand,
  },
];
