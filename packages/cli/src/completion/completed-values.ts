import type { RowSource } from "./database-candidates.ts";

/** From where the values of an option or argument come. */
export type ValueSource =
  | { readonly words: readonly string[] }
  | { readonly rows: RowSource }
  | { readonly from: "profiles" | "error codes" | "files" };

const users: ValueSource = { rows: "users" };
const models: ValueSource = { rows: "models" };
const files: ValueSource = { from: "files" };
const words = (...list: readonly string[]): ValueSource => ({ words: list });

/**
 * What can be completed, by the command and the name of its option or argument; `*` is every command. The test beside this
 * holds it against the commands.
 */
export const completedValues: Readonly<Record<string, ValueSource>> = {
  "* --profile": { from: "profiles" },
  "* --user": users,
  "* --admin": users,
  "* --model": models,
  "* user": users,
  "* model": models,
  "models list name": models,
  "models list --provider": words("fal", "runway", "pika"),
  "users find text": users,
  "users find --tier": words("free", "premium"),
  "actions show id": { rows: "actions" },
  "actions undo id": { rows: "actions" },
  "actions list --type": { rows: "action types" },
  "approvals show id": { rows: "approvals" },
  "approvals approve id": { rows: "approvals" },
  "approvals reject id": { rows: "approvals" },
  "approvals list --by": users,
  "approvals list --status": words("pending", "expired", "executed", "rejected", "all"),
  "approvals set-threshold name": words("act_credits", "day_credits"),
  "* job-id": { rows: "jobs" },
  "jobs list --status": words("pending", "processing", "completed", "failed"),
  "jobs list --provider": words("fal", "runway", "pika"),
  "jobs stuck --provider": words("fal", "runway", "pika"),
  "errors top --by": words("code", "endpoint", "fingerprint"),
  "errors explain code": { from: "error codes" },
  "errors list --code": { from: "error codes" },
  "errors top --code": { from: "error codes" },
  "errors tail --code": { from: "error codes" },
  "limits top --by": words("ip", "user", "action", "limit"),
  "limits set --per": words("ip", "user", "global"),
  "limits set --tier": words("any", "free", "premium"),
  "limits check ip|user|global": words("global", "unknown"),
  "limits reset ip|user|global": words("global", "unknown"),
  "i18n check file": files,
  "* --errors": files,
  "* --source": files,
  "* --data-dir": files,
  "i18n export --format": words("json", "xcstrings", "android"),
  "cleanup target": words(
    "rate-limits",
    "rate-limit-state",
    "rate-limit-reservations",
    "idempotency",
    "errors",
    "deleted-jobs",
  ),
  "local start --seed": words("demo", "none"),
  "completion shell": words("bash", "zsh", "fish"),
};

/** The source for a place on the command line, if there is one. */
export function valueSource(path: string, name: string): ValueSource | null {
  return completedValues[`${path} ${name}`] ?? completedValues[`* ${name}`] ?? null;
}
