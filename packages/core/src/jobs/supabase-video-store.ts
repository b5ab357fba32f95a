import { requireCount, requireUuid } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { type OpenVideo, openVideo } from "./open-video.ts";
import type { ProvidedVideo, VideoStore } from "./video-store.ts";

/** What is used of `supabase.storage` of supabase-js; a client with a secret key. */
export interface StorageClient {
  from(bucket: string): StorageBucket;
}

/** One bucket of {@link StorageClient}. */
export interface StorageBucket {
  upload(
    path: string,
    body: ReadableStream<Uint8Array>,
    options: { contentType: string; upsert: boolean; duplex: string },
  ): Promise<{ error: unknown }>;
  createSignedUrls(
    paths: string[],
    seconds: number,
  ): Promise<{ data: { path: string | null; signedUrl: string | null }[] | null; error: unknown }>;
  remove(paths: string[]): Promise<{ error: unknown }>;
}

/** How videos are copied. */
export interface VideoStoreOptions {
  /** Default `videos`, which the migrations make. */
  readonly bucket?: string | undefined;
  /** Fetches the provider's videos. Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The largest video, in bytes. Default 500 000 000. */
  readonly maxBytes?: number | undefined;
  /** For one copy, in ms. Default 60 000. */
  readonly timeoutMs?: number | undefined;
  /** True to also copy from this machine, over https or http: for development. Default false. */
  readonly allowLoopback?: boolean | undefined;
}

/** Storage takes so many paths in one request. */
const mostPaths = 1_000;

/**
 * Keeps videos in Supabase Storage, as `<user id>/<job id>.mp4`. A video is passed on as it comes, so it needs no memory.
 *
 * @param storage `createClient(url, secretKey).storage`
 * @param options bucket and bounds
 * @returns the store
 * @throws ValidationError ERR_4008 for bounds that cannot be meant
 * @example
 * ```ts
 * const store = createSupabaseVideoStore(createClient(url, secretKey).storage);
 * ```
 */
export function createSupabaseVideoStore(
  storage: StorageClient,
  options: VideoStoreOptions = {},
): VideoStore {
  const { bucket = "videos", allowLoopback = false, fetch = globalThis.fetch } = options;
  const maxBytes = requireCount(
    "maxBytes",
    options.maxBytes ?? 500_000_000,
    "bytes",
    Number.MAX_SAFE_INTEGER,
  );
  const timeoutMs = requireCount("timeoutMs", options.timeoutMs ?? 60_000, "milliseconds");
  const files = (): StorageBucket => storage.from(bucket);
  return {
    save: async ({ userId, jobId, url, signal }: ProvidedVideo) => {
      const path = `${requireUuid("userId", userId)}/${requireUuid("jobId", jobId)}.mp4`;
      signal?.throwIfAborted();
      await within(timeoutMs, signal, async (ending) => {
        const video = await openVideo(url, {
          fetch: (input, init) => fetch(input, init),
          ...{ maxBytes, allowLoopback, signal: ending },
        });
        await upload(files(), path, video);
      });
      return path;
    },
    sign: async (paths, seconds) => {
      if (paths.length === 0) return [];
      const { data, error } = await files().createSignedUrls([...paths], seconds);
      if (error || data === null) throw storageError("cannot be signed", error);
      const urls = new Map(data.map(({ path, signedUrl }) => [path, signedUrl]));
      return paths.map((path) => urls.get(path) || null);
    },
    remove: async (paths) => {
      for (let at = 0; at < paths.length; at += mostPaths) {
        const { error } = await files().remove(paths.slice(at, at + mostPaths));
        if (error) throw storageError("cannot be deleted", error);
      }
    },
  };
}

async function upload(files: StorageBucket, path: string, video: OpenVideo): Promise<void> {
  const { body, contentType } = video;
  const uploading = files.upload(path, body, { contentType, upsert: true, duplex: "half" });
  const error = await uploading.then(
    (answer) => answer.error,
    (thrown: unknown) => thrown,
  );
  const fault = video.fault();
  if (fault !== null) throw fault;
  if (error) throw storageError("cannot be stored", error);
}

function storageError(fault: string, cause: unknown): VidopsError {
  const refused = isRefusal(cause);
  return new VidopsError({
    code: "ERR_6002",
    reason: "storage_failed",
    message: `The video ${fault}.`,
    hint: refused
      ? "Check the bucket `videos` and that the storage client has a secret key."
      : "Storage does not answer, or is not well: try it again later.",
    retryable: !refused,
    cause,
  });
}

/** Whether storage spoke, and would say the same again; else it was not reached, was busy or is broken. */
function isRefusal(cause: unknown): boolean {
  const { status } = (cause ?? {}) as { readonly status?: unknown };
  return typeof status === "number" && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** Ends work that takes too long, or that nobody waits for any more, also where it does not listen. */
async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (ending: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    reject(reason);
    controller.abort(reason);
  };
  const onAbort = (): void => end(signal?.reason);
  const timer = setTimeout(() => end(tookTooLong(ms)), ms);
  signal?.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // What a failed upload did not take is not fetched.
    controller.abort();
  }
}

function tookTooLong(ms: number): VidopsError {
  return new VidopsError({
    code: "ERR_6002",
    reason: "copy_timeout",
    message: `Copying the video took longer than ${ms / 1_000} s.`,
    hint: "It is tried again; raise timeoutMs of the store if videos are large.",
    retryable: true,
  });
}
