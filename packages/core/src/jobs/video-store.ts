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
  /** Makes URLs that work for so many seconds, in the order of the paths; null for a file that is not there. */
  sign(paths: readonly string[], seconds: number): Promise<(string | null)[]>;
  /** Deletes files; one that is not there is no error. */
  remove(paths: readonly string[]): Promise<void>;
}

/**
 * Makes the URLs that a user plays videos from, with one request.
 *
 * @param store where videos are kept; null where they are not
 * @param addresses `videoUrl` of each generation: a path in the store, or the provider's URL
 * @param seconds how long a signed URL works
 * @returns the URLs, in the same order; null without a video, and for a path without a store
 * @throws VidopsError ERR_6002 the store does not answer
 * @example
 * ```ts
 * const urls = await videoAddresses(store, jobs.map(({ videoUrl }) => videoUrl));
 * ```
 */
export async function videoAddresses(
  store: VideoStore | null,
  addresses: readonly (string | null)[],
  seconds: number = 3_600,
): Promise<(string | null)[]> {
  const paths = addresses.filter((address) => address !== null && !URL.canParse(address)) as string[];
  const signed = store === null || paths.length === 0 ? [] : await store.sign(paths, seconds);
  const urls = new Map(paths.map((path, at) => [path, signed[at] ?? null]));
  return addresses.map((address) =>
    address === null || URL.canParse(address) ? address : (urls.get(address) ?? null),
  );
}
