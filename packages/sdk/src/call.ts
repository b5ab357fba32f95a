import type { CallOptions } from "./call-options.ts";

/** What is known of the outcome of a call, over all its requests. */
export interface Outcome {
  /** True when a request may have been carried out, and no answer has said whether. */
  unknown: boolean;
}

/** One request to the project, without who asks. */
export interface Call extends Pick<CallOptions, "signal" | "maxRetries" | "headers"> {
  /** Default: GET, and POST with a body. */
  readonly method?: "PATCH" | "DELETE" | undefined;
  /** From the origin on, with the query. */
  readonly path: string;
  readonly body?: unknown;
  /** A name that a good answer has: without it, it is somebody else's. Default: any JSON, or none. */
  readonly answer?: string | undefined;
  /** False when doing it twice is not the same as doing it once, neither by a key nor by what it does. */
  readonly repeatable?: false | undefined;
  /** For a call with a key: whether the same call of the app, made again, has the same one. */
  readonly keepsKey?: boolean | undefined;
  /** True when nobody minds whether it was done: then no error says that it may have been. Default: for GET. */
  readonly harmless?: boolean | undefined;
  /** Facts that every error of this call carries in its details. */
  readonly errorDetails?: Readonly<Record<string, unknown>> | undefined;
  /** Shared by all requests of one call of the app. Default: this is the only one. */
  readonly outcome?: Outcome | undefined;
  /** How long all attempts may take, in milliseconds. */
  readonly timeout: number;
}

/** The method of a call. */
export function methodOf({ method, body }: Pick<Call, "method" | "body">): string {
  return method ?? (body === undefined ? "GET" : "POST");
}

/** True when nobody minds whether the call was done. */
export function isHarmless(call: Call): boolean {
  return call.harmless ?? methodOf(call) === "GET";
}

/** True when the app can make the same call again, and nothing is done twice. */
export function mayCallAgain({ keepsKey, repeatable }: Call): boolean {
  return keepsKey ?? repeatable !== false;
}
