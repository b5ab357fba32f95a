import type { ProviderHttp, ProviderJob, SubmitRequest, VideoProvider } from "@vidops/core/providers";

// Answers in the shape that the providers' documentation and clients tell; the values are made up.

/** One answer to one request. */
export interface Recorded {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A provider as the contract suite meets it: a scene is all that the provider answers in it. */
export interface RecordedProvider {
  readonly name: string;
  readonly key: string;
  create(http: ProviderHttp): VideoProvider;
  readonly authorization: string;
  readonly request: SubmitRequest;
  /** The body that the request becomes. */
  readonly input: unknown;
  readonly job: ProviderJob;
  readonly videoUrl: string;
  readonly submitUrl: string;
  readonly statusUrl: string;
  readonly cancelUrl: string;
  readonly cancelMethod: "PUT" | "DELETE";
  readonly scenes: Readonly<Record<SceneName, readonly Recorded[]>>;
}

export type SceneName =
  | "submitted"
  | "queued"
  | "processing"
  | "completed"
  | "failed"
  | "moderated"
  | "cancelled"
  | "unknown_status"
  | "no_video"
  | "missing"
  | "invalid_submit"
  | "refused_key"
  | "no_credits"
  | "cancel_in_time"
  | "cancel_too_late";
