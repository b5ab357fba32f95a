import type { Model, ModelUsage } from "@vidops/core/models";
import { type Text, toned } from "../../output/document.ts";
import type { Row } from "../../output/rows.ts";

/** Columns of a model's row, in their order. */
export const modelColumns: readonly string[] = [
  ...["id", "name", "category", "provider", "provider_model_id", "cost_per_generation", "is_available"],
  ...["is_featured", "created_at", "last_job_at", "jobs", "completed", "failed", "credits", "refunded"],
  "refunded_jobs",
];

/** A model as a row for csv and ndjson, and the flat part of its JSON data. */
export function modelRow(model: Model): Row {
  const { usage } = model;
  return {
    id: model.id,
    name: model.name,
    category: model.category,
    provider: model.provider,
    provider_model_id: model.providerModelId,
    cost_per_generation: model.costPerGeneration,
    is_available: model.isAvailable,
    is_featured: model.isFeatured,
    created_at: model.createdAt,
    last_job_at: model.lastJobAt,
    jobs: usage?.jobs ?? null,
    completed: usage?.completed ?? null,
    failed: usage?.failed ?? null,
    credits: usage?.credits ?? null,
    refunded: usage?.refunded ?? null,
    refunded_jobs: usage?.refundedJobs ?? null,
  };
}

/** A model as JSON data, with its use in slots. */
export function modelData(model: Model): Record<string, unknown> {
  return { ...modelRow(model), slots: model.usage?.slots ?? null };
}

/** In which of the two states a model is, in the words of the commands that change it. */
export function stateText({ isAvailable }: Pick<Model, "isAvailable">): Text {
  return isAvailable ? "enabled" : toned("disabled", "warning");
}

/** A share from which on failures are bad; of a handful of jobs nothing is said. */
const badShare = 0.2;
const fewJobs = 10;

/** How many jobs failed, loud where that is many. */
export function failedText({ jobs, failed }: Pick<ModelUsage, "jobs" | "failed">): Text {
  return jobs >= fewJobs && failed / jobs >= badShare ? toned(`${failed}`, "bad") : `${failed}`;
}

/** The share of failures in per cent, without the sign; empty where nothing was used. */
export function failedShare({ jobs, failed }: Pick<ModelUsage, "jobs" | "failed">): string {
  return jobs === 0 ? "" : `${Math.round((failed / jobs) * 100)}`;
}
