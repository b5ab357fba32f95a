import type { DatabaseClient } from "@vidops/core/database";
import type { VideoStore } from "@vidops/core/jobs";
import { CommandError } from "./command-error.ts";
import type { CommandSession } from "./command-session.ts";
import { type ConnectionPlan, openDatabase, planConnection } from "./connection.ts";
import { proxyFetch } from "./proxy-fetch.ts";
import { type OpenProviders, openProviders } from "./video-providers.ts";

/** All that it takes to ask a provider about a job and to do what follows. */
export interface Settlers extends OpenProviders {
  /** With the secret key. */
  readonly db: DatabaseClient;
  readonly store: VideoStore;
  readonly plan: ConnectionPlan;
}

/**
 * Opens what settling needs: the database and the files with the secret key, and the providers. Nothing is sent yet.
 *
 * @param session the command's
 * @param what it is for, as the beginning of a sentence: "Settling jobs"
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) without a secret key, which a login cannot stand in for; CLI_CONFIG (exit 2)
 */
export async function openSettlers(session: CommandSession, what: string): Promise<Settlers> {
  const { secretKey } = session.configuration();
  if (secretKey === null) throw needsSecretKey(what);
  const plan = planConnection(session, "service");
  const [db, opened] = await Promise.all([openDatabase(session, plan), openProviders(session.context.env)]);
  return { ...opened, db, plan, store: await openVideoStore(session, plan, opened) };
}

/** The error of what only the app's server may do. */
export function needsSecretKey(what: string): CommandError {
  return new CommandError(
    "CLI_NOT_ALLOWED",
    `${what} does what only the app's server may, and needs a secret key; a login is not enough.`,
    {
      hint: "Set SUPABASE_SECRET_KEY (Project Settings, API Keys).",
      reason: "no_secret_key",
    },
  );
}

/**
 * Opens the bucket of videos with the secret key; nothing is sent yet.
 * @param from how videos are fetched from the providers, where any are.
 */
export async function openVideoStore(
  session: CommandSession,
  plan: ConnectionPlan,
  from: Partial<Pick<OpenProviders, "fetch" | "development">> = {},
): Promise<VideoStore> {
  const [{ StorageClient }, { createSupabaseVideoStore }, send] = await Promise.all([
    import("@supabase/storage-js"),
    import("@vidops/core/jobs"),
    proxyFetch(plan.url.value, session.context.env),
  ]);
  const key = plan.key.value;
  const storage = new StorageClient(
    `${plan.url.value}/storage/v1`,
    { apikey: key, authorization: `Bearer ${key}` },
    send ?? fetch,
  );
  return createSupabaseVideoStore(storage, { fetch: from.fetch, allowLoopback: from.development });
}
