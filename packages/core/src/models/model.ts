import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";

/** What a model was used for in a period: the jobs that were started in it, as they stand now. */
export interface ModelUsage {
  jobs: number;
  completed: number;
  /** The rest of the jobs is pending or processing. */
  failed: number;
  /** Credits charged for these jobs. */
  credits: number;
  /** Credits of these jobs that were given back, whenever that was. */
  refunded: number;
  /** Jobs of which credits were given back. */
  refundedJobs: number;
  /** The same in slots of `slotSeconds` each, oldest first; the last one ends with the period. */
  slots: { jobs: number[]; failed: number[]; credits: number[]; refunded: number[] };
}

/** A model as ops see one. */
export interface Model {
  id: string;
  name: string;
  category: string | null;
  /** Credits that one generation costs. */
  costPerGeneration: number;
  provider: string;
  /** What the provider calls it. */
  providerModelId: string;
  isFeatured: boolean;
  /** Whether it is on sale. */
  isAvailable: boolean;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** When it was last used, ISO 8601 UTC; null when it never was. */
  lastJobAt: string | null;
  /** Null when no period was asked for. */
  usage: ModelUsage | null;
}

/** The period that was counted. */
export interface UsagePeriod {
  /** ISO 8601 UTC; all three are null when no period was asked for. */
  since: string | null;
  until: string | null;
  /** How many seconds each entry of `slots` stands for: an hour within two days, else a day. */
  slotSeconds: number | null;
}

/** The fields of {@link Model} as SQL sends them. */
export const modelRow: z.ZodMiniType<ModelRow> = z.object({
  id: z.string(),
  name: z.string(),
  category: z.nullable(z.string()),
  cost_per_generation: z.int(),
  provider: z.string(),
  provider_model_id: z.string(),
  is_featured: z.boolean(),
  is_available: z.boolean(),
  created_at: z.string(),
  last_job_at: z.nullable(z.string()),
  usage: z.nullable(
    z.object({
      jobs: z.number(),
      completed: z.number(),
      failed: z.number(),
      credits: z.number(),
      refunded: z.number(),
      refunded_jobs: z.number(),
      slots: z.object({
        jobs: z.array(z.number()),
        failed: z.array(z.number()),
        credits: z.array(z.number()),
        refunded: z.array(z.number()),
      }),
    }),
  ),
});

/** A checked row. */
export interface ModelRow {
  id: string;
  name: string;
  category: string | null;
  cost_per_generation: number;
  provider: string;
  provider_model_id: string;
  is_featured: boolean;
  is_available: boolean;
  created_at: string;
  last_job_at: string | null;
  usage: (Omit<ModelUsage, "refundedJobs"> & { refunded_jobs: number }) | null;
}

/** The fields of {@link UsagePeriod} as SQL sends them. */
export interface PeriodRow {
  since: string | null;
  until: string | null;
  slot_seconds: number | null;
}

/** Names a row's fields as TypeScript does. */
export function toModel(row: ModelRow): Model {
  return {
    id: row.id,
    name: row.name,
    category: row.category,
    costPerGeneration: row.cost_per_generation,
    provider: row.provider,
    providerModelId: row.provider_model_id,
    isFeatured: row.is_featured,
    isAvailable: row.is_available,
    createdAt: isoTime(row.created_at),
    lastJobAt: row.last_job_at === null ? null : isoTime(row.last_job_at),
    usage: row.usage === null ? null : toUsage(row.usage),
  };
}

function toUsage({ refunded_jobs, ...usage }: NonNullable<ModelRow["usage"]>): ModelUsage {
  return { ...usage, refundedJobs: refunded_jobs };
}

/** The same of a period. */
export function toPeriod({ since, until, slot_seconds }: PeriodRow): UsagePeriod {
  return {
    since: since === null ? null : isoTime(since),
    until: until === null ? null : isoTime(until),
    slotSeconds: slot_seconds,
  };
}
