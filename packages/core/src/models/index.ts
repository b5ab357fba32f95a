export {
  type ModelAvailability,
  type ModelChange,
  type ModelFeature,
  type ModelPrice,
  setModelAvailability,
  setModelFeatured,
  setModelPrice,
} from "./change-model.ts";
export { getModel, type ModelDetails, type ModelPeriod } from "./get-model.ts";
export { type AvailableModel, listAvailableModels } from "./list-available-models.ts";
export { listModels, type ModelPage, type ModelQuery } from "./list-models.ts";
export type { Model, ModelUsage, UsagePeriod } from "./model.ts";
