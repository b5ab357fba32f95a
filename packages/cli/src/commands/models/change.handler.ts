import type { ActOptions } from "@vidops/core/acts";
import type { ActionType } from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import { type ModelChange, setModelAvailability, setModelFeatured, setModelPrice } from "@vidops/core/models";
import { act } from "../../act.ts";
import type { CommandSession } from "../../command-session.ts";
import { type ChangeReport, changePlanView, changeQuestion } from "./change.view.ts";
import type { Change, ChangeInput } from "./change-input.ts";
import { type ModelTarget, targetModel } from "./find-model.ts";

/**
 * Enables, disables, prices or features a model.
 * @throws CommandError, VidopsError.
 */
export async function changeModel(
  { reference, change, ...input }: ChangeInput,
  session: CommandSession,
): Promise<ChangeReport> {
  const report = await act<ModelTarget, ModelChange<boolean | number>>(session, input, {
    actionType: actionTypeOf(change),
    name: "the change",
    find: (db) => targetModel(session, db, reference),
    send: (db, { id }, options, seen) => send(db, id, change, options, seen),
    plan: (plan) => changePlanView({ ...plan, change }),
    question: (plan) => changeQuestion({ ...plan, change }),
  });
  return { ...report, change };
}

function send(
  db: DatabaseClient,
  modelId: string,
  change: Change,
  options: ActOptions,
  seen: ModelChange<boolean | number> | null,
): Promise<ModelChange<boolean | number>> {
  const { column, value } = change;
  if (column === "price") {
    const expectedBefore = seen === null ? undefined : Number(seen.before);
    return setModelPrice(db, { modelId, credits: value, expectedBefore, ...options });
  }
  if (column === "featured") return setModelFeatured(db, { modelId, featured: value, ...options });
  return setModelAvailability(db, { modelId, available: value, ...options });
}

function actionTypeOf({ column, value }: Change): ActionType {
  if (column === "price") return "model_price";
  if (column === "featured") return value ? "model_feature" : "model_unfeature";
  return value ? "model_enable" : "model_disable";
}
