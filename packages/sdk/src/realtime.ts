/** What is needed of a client of supabase-js for changes that are told at once; it has all of it. */
export interface RealtimeClient {
  channel(name: string): RealtimeChannel;
  // biome-ignore lint/suspicious/noExplicitAny: a channel of supabase-js, which has far more than is needed here.
  removeChannel(channel: any): unknown;
}

/** What is needed of its channels. */
export interface RealtimeChannel {
  // biome-ignore lint/suspicious/noExplicitAny: supabase-js types this by an overload for each kind of event.
  on(type: "postgres_changes", filter: any, onChange: (payload: any) => void): RealtimeChannel;
  subscribe(): unknown;
}

/**
 * Is told when the status of a job changes. The table `video_jobs` has to be in the publication `supabase_realtime`, and the
 * client has to be signed in as the job's user.
 *
 * @param client of supabase-js
 * @param jobId which job
 * @param onStatus is called with the new status
 * @returns what ends it
 * @see https://supabase.com/docs/guides/realtime/postgres-changes
 */
export function watchJob(
  client: RealtimeClient,
  jobId: string,
  onStatus: (status: unknown) => void,
): () => void {
  let channel: RealtimeChannel | null = null;
  try {
    channel = client.channel(`vidops:${jobId}:${Math.random()}`);
    channel
      .on(
        "postgres_changes",
        { event: "UPDATE", schema: "public", table: "video_jobs", filter: `job_id=eq.${jobId}` },
        (payload: { readonly new?: { readonly status?: unknown } }) => onStatus(payload.new?.status),
      )
      .subscribe();
  } catch {
    // It only makes pauses shorter: polling goes on without it.
  }
  return () => {
    Promise.resolve()
      .then(() => channel && client.removeChannel(channel))
      .catch(() => {});
  };
}
