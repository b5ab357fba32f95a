/** A video of a provider that is to be kept. */
export interface ProvidedVideo {
  userId: string;
  jobId: string;
  /** Where the provider has it. */
  url: string;
  signal?: AbortSignal | undefined;
}

/** Where videos are kept after the provider made them: its own URLs end, and whoever has one can read it. */
export interface VideoStore {
  /**
   * Copies a video; copying it again overwrites it.
   *
   * @returns its path, which goes into `video_jobs.video_url`
   * @throws VidopsError ERR_5002 the provider's file cannot be had, or is none · ERR_6002 it cannot be stored; the job stays as it
   *   is, and a later call may succeed
   */
  save(video: ProvidedVideo): Promise<string>;
  /** Makes a URL that works for so many seconds. */
  sign(path: string, seconds: number): Promise<string>;
  /** Deletes files; one that is not there is no error. */
  remove(paths: readonly string[]): Promise<void>;
}

/**
 * Makes the URL that a user plays a video from.
 *
 * @param store where videos are kept; null where they are not
 * @param address `videoUrl` of a generation: a path in the store, or the provider's URL
 * @param seconds how long a signed URL works
 * @returns the URL; null without a video, and for a path without a store
 * @example
 * ```ts
 * const url = await videoAddress(store, job.videoUrl, 3_600);
 * ```
 */
export async function videoAddress(
  store: VideoStore | null,
  address: string | null,
  seconds: number = 3_600,
): Promise<string | null> {
  if (address === null || URL.canParse(address)) return address;
  return store === null ? null : await store.sign(address, seconds);
}
