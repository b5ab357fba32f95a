import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** What was changed of a model, or (with `dryRun`) would be. */
export interface ModelChange<Value> extends Act {
  modelId: string;
  name: string;
  before: Value;
  after: Value;
}

/** Whether a model is to be on sale. */
export interface ModelAvailability extends ActOptions {
  modelId: string;
  available: boolean;
}

/** What a model is to cost. */
export interface ModelPrice extends ActOptions {
  modelId: string;
  /** Credits for one generation, 1 to 2 147 483 647. */
  credits: number;
  /** What it was when somebody looked and consented: if it is not that any more, state_changed_since (ERR_4009). Default: whatever it is. */
  expectedBefore?: number | undefined;
}

/** Whether a model is to be featured. */
export interface ModelFeature extends ActOptions {
  modelId: string;
  featured: boolean;
}

const target = { ...actFields, model_id: z.string(), name: z.string() };
const available = z.object({ is_available: z.boolean() });
const availability = z.object({ ...target, before: available, after: available });
const cost = z.object({ cost_per_generation: z.int() });
const price = z.object({ ...target, before: cost, after: cost });
const featured = z.object({ is_featured: z.boolean() });
const feature = z.object({ ...target, before: featured, after: featured });

/**
 * Takes a model off sale, or puts it back, with its audit row, in one request. Jobs that were started already go on.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param change the model, and why
 * @returns whether it was on sale before, and is after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 model_not_found · ERR_4006 forbidden · ERR_6006 the answer was
 *   lost: repeating it changes nothing
 * @example
 * ```ts
 * await setModelAvailability(db, { modelId, available: false, reason: "provider outage", ticket: "SUP-4711", adminUserId });
 * ```
 */
export async function setModelAvailability(
  db: DatabaseClient,
  change: ModelAvailability,
): Promise<ModelChange<boolean>> {
  const result = await rpc(
    db,
    "set_model_availability",
    {
      p_model_id: requireUuid("modelId", change.modelId),
      p_available: requireFlag("available", change.available),
      ...actArguments(db, change),
    },
    availability,
    actCall(change),
  );
  return {
    ...toAct(result),
    ...{ modelId: result.model_id, name: result.name },
    ...{ before: result.before.is_available, after: result.after.is_available },
  };
}

/**
 * Sets what one generation with a model costs, with its audit row, in one request. Jobs that were started already keep their price.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param change the model, its price in credits, and why
 * @returns the price before and after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 model_not_found · ERR_4006 forbidden · ERR_6006 the answer was
 *   lost: repeating it changes nothing
 * @example
 * ```ts
 * const { before, after } = await setModelPrice(db, { modelId, credits: 12, reason: "the provider raised its price", adminUserId });
 * ```
 */
export async function setModelPrice(db: DatabaseClient, change: ModelPrice): Promise<ModelChange<number>> {
  const result = await rpc(
    db,
    "set_model_price",
    {
      p_model_id: requireUuid("modelId", change.modelId),
      p_credits: requireCount("credits", change.credits, "credits"),
      p_expected:
        change.expectedBefore === undefined ? undefined : { cost_per_generation: change.expectedBefore },
      ...actArguments(db, change),
    },
    price,
    actCall(change),
  );
  return {
    ...toAct(result),
    ...{ modelId: result.model_id, name: result.name },
    ...{ before: result.before.cost_per_generation, after: result.after.cost_per_generation },
  };
}

/**
 * Features a model, or no longer, with its audit row, in one request.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param change the model, and why
 * @returns whether it was featured before, and is after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 model_not_found · ERR_4006 forbidden · ERR_6006 the answer was
 *   lost: repeating it changes nothing
 * @example
 * ```ts
 * await setModelFeatured(db, { modelId, featured: true, reason: "launch week", adminUserId });
 * ```
 */
export async function setModelFeatured(
  db: DatabaseClient,
  change: ModelFeature,
): Promise<ModelChange<boolean>> {
  const result = await rpc(
    db,
    "set_model_featured",
    {
      p_model_id: requireUuid("modelId", change.modelId),
      p_featured: requireFlag("featured", change.featured),
      ...actArguments(db, change),
    },
    feature,
    actCall(change),
  );
  return {
    ...toAct(result),
    ...{ modelId: result.model_id, name: result.name },
    ...{ before: result.before.is_featured, after: result.after.is_featured },
  };
}

function requireFlag(field: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw validationError(field, "is neither true nor false");
}
