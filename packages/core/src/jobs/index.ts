export {
  attachGeneration,
  type GenerationAttached,
  type GenerationAttachment,
} from "./attach-generation.ts";
export {
  completeGeneration,
  type GenerationCompleted,
  type GenerationDelivery,
} from "./complete-generation.ts";
export { deleteGeneration, type GenerationDeleted, type GenerationDeletion } from "./delete-generation.ts";
export { expireGenerations, type GenerationExpiry, type GenerationsExpired } from "./expire-generations.ts";
export { failGeneration, type GenerationFailed, type GenerationFailure } from "./fail-generation.ts";
export { type FailedJob, failJob, type JobFailure } from "./fail-job.ts";
export {
  type BegunGeneration,
  type Generating,
  type GenerationAccepted,
  type GenerationAnswer,
  generate,
  submitGeneration,
} from "./generate.ts";
export { type Generation, type GenerationStatus, generationStatuses } from "./generation.ts";
export type { GenerationOrder } from "./generation-order.ts";
export { type GenerationQuery, type GenerationRead, getGeneration } from "./get-generation.ts";
export { getJob, type JobAction, type JobEntry, type JobKey, type JobStory } from "./get-job.ts";
export { type GenerationListQuery, type GenerationPage, listGenerations } from "./list-generations.ts";
export { type JobPage, type JobQuery, listJobs } from "./list-jobs.ts";
export { listStuckJobs, type StuckJob, type StuckJobPage, type StuckJobQuery } from "./list-stuck-jobs.ts";
export type { OperatorJob, WholeJob } from "./operator-job.ts";
export type { VideoProviders } from "./provider-call.ts";
export { type JobRetry, type RetriedJob, retryJob } from "./retry-job.ts";
export {
  type SettleableJob,
  type SettledGeneration,
  type Settling,
  type SweepableJob,
  settleGeneration,
} from "./settle-generation.ts";
export { settleWebhook } from "./settle-webhook.ts";
export {
  type GenerationReplayed,
  type GenerationStarted,
  refusingLimits,
  startGeneration,
} from "./start-generation.ts";
export {
  createSupabaseVideoStore,
  type StorageBucket,
  type StorageClient,
  type VideoStoreOptions,
} from "./supabase-video-store.ts";
export {
  type Sweeping,
  type SweptGeneration,
  sweepGeneration,
  sweepGenerations,
} from "./sweep-generations.ts";
export { type ProvidedVideo, type VideoStore, videoAddresses } from "./video-store.ts";
