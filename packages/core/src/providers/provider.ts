import type { ProviderError } from "./provider-error.ts";
import type { ProviderName } from "./provider-name.ts";

/** What a provider offers. What it does not offer is refused with reason `unsupported`, and nothing is sent. */
export interface ProviderCapabilities {
  /** True when a submit that arrives twice makes one job. False for all of today's: a lost answer is not asked for again. */
  readonly idempotentSubmit: boolean;
  /**
   * `requested`: a job that runs is told to stop, and may complete and be charged all the same.
   * `deletes`: cancelling a finished job deletes its video, so `cancel` looks first; a job that finishes between the look
   * and the cancel is lost.
   */
  readonly cancel: "requested" | "deletes";
  /** True when it tells by itself that a job has ended, and signs that. */
  readonly webhooks: boolean;
  /** True when jobs whose submit was not answered can be looked for. */
  readonly lookUp: boolean;
  /** True when `processing` comes with how far it is. */
  readonly progress: boolean;
  /** True when `queued` comes with a position. */
  readonly queuePosition: boolean;
  /** When a cost is told: never; in units after the job; or an estimate at once and what it was at the end. */
  readonly cost: "none" | "after" | "estimate_and_final";
  /** How often a job may be asked after at most, in ms; null when the provider does not say. */
  readonly leastPollInterval: number | null;
}

/** What is asked for. */
export interface SubmitRequest {
  /** The provider's name of the model, e.g. `"fal-ai/veo3.1"` or `"gen4.5"`: `provider_model_id` of the table `models`. */
  readonly model: string;
  /** What the video shall show. Some models that start from an image need none. */
  readonly prompt?: string | undefined;
  /** The image that the video starts from: an https URL, a data URI, or what the provider calls an upload. */
  readonly imageUrl?: string | undefined;
  /** More fields of the model's input, by the provider's names. `prompt` and `imageUrl` win over them. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Where the provider shall tell the end of the job; https. One with the job's own id in it also finds a lost
   * submit, but an id in the URL alone proves nothing: a genuine webhook of another job, or of another customer of the
   * provider, can be sent there. Compare `jobIds` and `accountId` of the event with what was stored; where the id of a lost
   * submit is learned from it, `webhookUserId` must have been given, and `status` asked.
   */
  readonly webhookUrl?: string | undefined;
}

/** A job at a provider: plain data, to be stored as JSON. `provider`, `id` and `model` are enough to ask after it. */
export interface ProviderJob {
  readonly provider: ProviderName;
  /** The provider's id: `provider_job_id` of the table `video_jobs`. */
  readonly id: string;
  readonly model: string;
  /** Addresses that the provider gave for it. They are used only on the provider's own host. */
  readonly urls?: ProviderJobUrls | undefined;
}

/** Addresses of one job. */
export interface ProviderJobUrls {
  readonly status?: string | undefined;
  readonly result?: string | undefined;
  readonly cancel?: string | undefined;
}

/** What a job costs the operator, as the provider tells it. */
export interface ProviderCost {
  readonly amount: number;
  /** `credits` of the provider, not of vidops; `billable_units` have a price that the provider's price list names. */
  readonly unit: "credits" | "billable_units";
  /** The same in US dollars; null when the provider does not tell the price. */
  readonly usd: number | null;
  /** False for an estimate. */
  readonly final: boolean;
}

/** A job that the provider took. */
export interface SubmittedJob {
  readonly job: ProviderJob;
  /** How many are before it; null when not told. */
  readonly position: number | null;
  readonly cost: ProviderCost | null;
  /** The provider's id of the request, for its support; null when it has none. */
  readonly requestId: string | null;
}

/** For how long a video's URL works, in seconds from now; null where it is not known. */
export interface VideoLifetime {
  readonly atLeast: number | null;
  readonly atMost: number | null;
}

/** The end of a job. */
export type ProviderJobEnd =
  | {
      readonly status: "completed";
      /** Copy the file: the URL ends, and whoever has it can read it. */
      readonly videoUrl: string;
      readonly lifetime: VideoLifetime;
      readonly cost: ProviderCost | null;
    }
  | { readonly status: "failed"; readonly error: ProviderError; readonly cost: ProviderCost | null }
  | { readonly status: "cancelled"; readonly cost: ProviderCost | null };

/** How a job stands. */
export type ProviderJobState =
  | { readonly status: "queued"; readonly position: number | null; readonly cost: ProviderCost | null }
  | {
      readonly status: "processing";
      /** 0 to 1; null when not told. */
      readonly progress: number | null;
      readonly cost: ProviderCost | null;
    }
  | ProviderJobEnd;

/** What became of a cancel. */
export type CancelOutcome =
  /** It will not run, or not on. */
  | "cancelled"
  /** It was told to stop and may still complete: ask after it until it has ended. */
  | "requested"
  /** It had ended before. */
  | "too_late";

/** What a provider sent: a Request fits. The body must be as it came, since its bytes are signed. */
export interface WebhookDelivery {
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: ReadableStream<Uint8Array> | Uint8Array | string | null;
  /** Of a Request: whether somebody has read the body, so that it is not there any more. */
  readonly bodyUsed?: boolean | undefined;
}

/** What a genuine webhook says. */
export interface WebhookEvent {
  readonly provider: ProviderName;
  /** Whose job it is, by the provider's id of the account: signed, but only compared when `webhookUserId` was given. */
  readonly accountId: string;
  /** The same for each repeat of the same message: keep it unique, and a repeat changes nothing. */
  readonly deliveryId: string;
  /** Ids of the job; the one that `submit` gave is among them. */
  readonly jobIds: readonly string[];
  /** How the job ended, whole, so that the order of messages does not matter; null when only `status` can tell. */
  readonly state: ProviderJobEnd | null;
  /** When it was sent. ISO 8601, UTC. */
  readonly sentAt: string;
}

/** When a submit was sent, ISO 8601: `details.lookup` of the error whose code is ERR_6006. */
export interface LookUpWindow {
  readonly from: string;
  readonly to: string;
}

/** Jobs that a lost submit may have made. */
export interface LookUpResult {
  /** More than one: nobody can tell which. None does not prove that there is none: jobs appear late, or never. */
  readonly jobs: readonly ProviderJob[];
  /** False when there were jobs that could not be compared. */
  readonly complete: boolean;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call at once. A submit that may have arrived then rejects with ERR_6006. */
  readonly signal?: AbortSignal | undefined;
}

/** A provider of videos. All times it takes are bounded; see `ProviderHttp`. */
export interface VideoProvider {
  readonly name: ProviderName;
  readonly capabilities: ProviderCapabilities;
  /**
   * Orders a video, which costs money from then on. It is sent again only when it was surely not taken.
   *
   * @throws ProviderError ERR_6006, `outcome: "unknown"`: it may have been taken; `hint` says how to find out · ERR_5001,
   *   ERR_5002, ERR_5003, `outcome: "not_accepted"`: there is no job · ValidationError ERR_4008, nothing was sent
   */
  submit(request: SubmitRequest, options?: CallOptions): Promise<SubmittedJob>;
  /**
   * Asks how a job stands. A job that failed is returned; what is thrown proves nothing about the job.
   *
   * @throws ProviderError ERR_5001, ERR_5002, ERR_5003 (reason `job_not_found`: too young, too old, or deleted) · the signal's reason
   */
  status(job: ProviderJob, options?: CallOptions): Promise<ProviderJobState>;
  /**
   * Stops a job as far as the provider can.
   *
   * @throws ProviderError as `status` does
   */
  cancel(job: ProviderJob, options?: CallOptions): Promise<CancelOutcome>;
  /**
   * Reads a webhook and makes sure that the provider sent it, a short while ago.
   *
   * @throws ProviderError ERR_4005 forged, stale or malformed: answer 401 · ERR_5002 it cannot be told now: answer 5xx, and
   *   it will be sent again · ERR_6003 `unsupported` · ValidationError ERR_4008 for a Request whose body was read before
   */
  verifyWebhook(delivery: WebhookDelivery, options?: CallOptions): Promise<WebhookEvent>;
  /**
   * Looks for the job of a submit whose outcome is unknown.
   *
   * @throws ProviderError as `status` does · ERR_6003 `unsupported`
   */
  lookUp(request: SubmitRequest, window: LookUpWindow, options?: CallOptions): Promise<LookUpResult>;
}
