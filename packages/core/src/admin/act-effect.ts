import * as z from "zod/mini";

/** What an act changes, whatever its kind; null where it has no such thing. */
export interface ActEffect {
  userId: string | null;
  email: string | null;
  modelId: string | null;
  /** Of a model. */
  name: string | null;
  /** In credits; negative for what is taken. */
  change: number | null;
  previousBalance: number | null;
  newBalance: number | null;
  before: unknown;
  after: unknown;
}

/** The fields of an effect in the answers of all acts. */
export interface EffectRow {
  user_id?: string | null | undefined;
  email?: string | null | undefined;
  model_id?: string | null | undefined;
  name?: string | null | undefined;
  /** Refunds say `amount`, adjustments `change`. */
  amount?: number | null | undefined;
  change?: number | null | undefined;
  previous_balance?: number | null | undefined;
  new_balance?: number | null | undefined;
  before?: unknown;
  after?: unknown;
}

const text = z.optional(z.nullable(z.string()));
const number = z.optional(z.nullable(z.int()));

export const effectRow: z.ZodMiniType<EffectRow> = z.object({
  user_id: text,
  email: text,
  model_id: text,
  name: text,
  amount: number,
  change: number,
  previous_balance: number,
  new_balance: number,
  // A refund's answer has neither.
  before: z.optional(z.unknown()),
  after: z.optional(z.unknown()),
});

/** Names an answer's fields as TypeScript does. */
export function toEffect(row: EffectRow): ActEffect {
  return {
    userId: row.user_id ?? null,
    email: row.email ?? null,
    modelId: row.model_id ?? null,
    name: row.name ?? null,
    change: row.change ?? row.amount ?? null,
    previousBalance: row.previous_balance ?? null,
    newBalance: row.new_balance ?? null,
    before: row.before ?? null,
    after: row.after ?? null,
  };
}
