import type { VideoStore } from "./video-store.ts";

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
  createSignedUrl(
    path: string,
    seconds: number,
  ): Promise<{ data: { signedUrl: string } | null; error: unknown }>;
  remove(paths: string[]): Promise<{ error: unknown }>;
}

/** How videos are copied. */
export interface VideoStoreOptions {
  /** Default `videos`, which the migrations make. */
  readonly bucket?: string | undefined;
  /** Default: `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** The largest video, in bytes. Default 500 000 000. */
  readonly maxBytes?: number | undefined;
  /** For one copy, in ms. Default 60 000. */
  readonly timeoutMs?: number | undefined;
  /** True to also copy from this machine, and over http: for development. Default false. */
  readonly allowLoopback?: boolean | undefined;
}

/**
 * Keeps videos in Supabase Storage.
 *
 * @param storage `createClient(url, secretKey).storage`
 * @param options bucket and bounds
 * @returns the store
 * @example
 * ```ts
 * const store = createSupabaseVideoStore(createClient(url, secretKey).storage);
 * ```
 */
export function createSupabaseVideoStore(
  _storage: StorageClient,
  _options: VideoStoreOptions = {},
): VideoStore {
  throw new Error("not yet");
}
