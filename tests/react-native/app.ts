/** An app on React Native that uses all of the client. It is type-checked, and never run. */
import {
  type CreditEntry,
  createIdempotencyKey,
  createVidops,
  ErrorCode,
  isVidopsError,
  type Model,
  type Onboarded,
  type TokenStorage,
  type Video,
  type VidopsError,
} from "@vidops/sdk";

// @ts-expect-error: were there a DOM here, this would prove nothing
document.title = "";
// @ts-expect-error: nor is this Node
process.exit();

const kept = new Map<string, string>();
const storage: TokenStorage = {
  get: async (name) => kept.get(name) ?? null,
  set: async (name, value) => kept.set(name, value),
  remove: async (name) => kept.delete(name),
};

const vidops = createVidops({
  url: "https://abc.supabase.co",
  key: "sb_publishable_abc",
  storage,
  language: () => "tr",
  fetch: (input, init) => fetch(input, init),
});

/** From the first start of the app to the video, and on to an account. */
export async function useAll(signal: AbortSignal): Promise<string | null> {
  const { profile, granted }: Onboarded = await vidops.guest.start({
    deviceId: "device",
    attestation: "token",
  });
  const { creditsRemaining } = await vidops.credits.balance({ maxAge: 0, signal });
  const models: readonly Model[] = await vidops.models.list();
  const modelId = models[0]?.id ?? profile.id;
  const idempotencyKey = createIdempotencyKey();
  try {
    const order = {
      modelId,
      prompt: "a fox",
      settings: { aspect_ratio: "16:9" },
      expectedCredits: creditsRemaining,
    };
    const { jobId, replayed } = await vidops.videos.generate(order, { idempotencyKey, timeout: 60_000 });
    const onProgress = ({ status }: Video): void => console.log(status, granted, replayed);
    const { videoUrl } = await vidops.videos.waitFor(jobId, { signal, onProgress });
    await vidops.videos.delete(jobId);
    return videoUrl;
  } catch (error) {
    if (isVidopsError(error) && error.code === ErrorCode.ERR_4001) return told(error);
    throw error;
  }
}

function told(error: VidopsError): string {
  return `${error.message} (${error.requestId}, ${error.retryable}, ${error.details?.required})`;
}

/** All lists, page by page and one by one. */
export async function readAll(): Promise<readonly CreditEntry[]> {
  const { items, nextCursor } = await vidops.credits.history({ limit: 10 });
  for await (const { jobId } of vidops.videos.list({ status: "completed", cursor: nextCursor }))
    console.log(jobId);
  await vidops.profile.update({ language: "tr", themePreference: "dark" });
  await vidops.session.signIn({ email: "ada@example.com", password: "correct horse" });
  const moved = await vidops.account.handOver();
  await vidops.session.signOut();
  return moved === null ? [] : items;
}
