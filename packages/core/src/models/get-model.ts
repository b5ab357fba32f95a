import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type ModelQuery, requirePeriod } from "./list-models.ts";
import { type Model, type ModelRow, modelRow, toModel, toPeriod, type UsagePeriod } from "./model.ts";

/** One model whole. */
export interface ModelDetails extends Model, UsagePeriod {
  description: string | null;
  thumbnailUrl: string | null;
}

/** The period in which its use is counted; nothing is counted without one. */
export type ModelPeriod = Pick<ModelQuery, "since" | "until" | "signal">;

interface DetailsRow {
  description: string | null;
  thumbnail_url: string | null;
}

const details: z.ZodMiniType<DetailsRow> = z.object({
  description: z.nullable(z.string()),
  thumbnail_url: z.nullable(z.string()),
});
const answer = z.object({
  success: z.literal(true),
  since: z.nullable(z.string()),
  until: z.nullable(z.string()),
  slot_seconds: z.nullable(z.int()),
  model: z.intersection(modelRow, details) as z.ZodMiniType<ModelRow & DetailsRow>,
});

/**
 * Reads one model, by its id or its whole name; upper and lower case are the same.
 *
 * @param db a client of an admin, or with a secret key
 * @param idOrName a uuid, or a name
 * @param period from when to when its use is counted, and a signal
 * @returns the model
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 model_not_found, with up to 10 models that have this as part of
 *   their name in `details.candidates` · ERR_4009 ambiguous_model, when several have this name (the same) · ERR_4006 forbidden
 * @example
 * ```ts
 * const { id, costPerGeneration } = await getModel(db, "Kling 2.1 Master");
 * ```
 */
export async function getModel(
  db: DatabaseClient,
  idOrName: string,
  period: ModelPeriod = {},
): Promise<ModelDetails> {
  const { since, until } = requirePeriod(period);
  const found = await rpc(
    db,
    "get_model_usage",
    { p_model: requireModelName(idOrName), p_since: since, p_until: until },
    answer,
    { effect: "read", signal: period.signal },
  );
  return {
    ...toModel(found.model),
    description: found.model.description,
    thumbnailUrl: found.model.thumbnail_url,
    ...toPeriod(found),
  };
}

function requireModelName(value: unknown): string {
  const name = typeof value === "string" ? value.trim() : "";
  if (name === "") throw validationError("model", "is blank", "Give the id or the name of a model.");
  if (name.includes("\0") || !name.isWellFormed()) throw validationError("model", "is not well-formed text");
  return name;
}
