export { developmentFetch } from "./development-fetch.ts";
export { createFal } from "./fal/fal.ts";
export type { FalOptions } from "./fal/fal-queue.ts";
export { createPika } from "./pika.ts";
export type {
  CallOptions,
  CancelOutcome,
  LookUpResult,
  LookUpWindow,
  ProviderCapabilities,
  ProviderCost,
  ProviderJob,
  ProviderJobEnd,
  ProviderJobState,
  ProviderJobUrls,
  SubmitRequest,
  SubmittedJob,
  VideoLifetime,
  VideoProvider,
  WebhookDelivery,
  WebhookEvent,
} from "./provider.ts";
export {
  isProviderError,
  ProviderError,
  type ProviderErrorInit,
  type ProviderOperation,
} from "./provider-error.ts";
export type { ProviderHttp, ProviderOptions } from "./provider-http.ts";
export type { ProviderName } from "./provider-name.ts";
export { createRunway } from "./runway.ts";
