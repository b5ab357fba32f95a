import { VidopsError } from "../errors/index.ts";
import { requireVideoUrl } from "./video-url.ts";

/** How a video is fetched. */
export interface VideoBounds {
  readonly fetch: typeof globalThis.fetch;
  readonly maxBytes: number;
  readonly allowLoopback: boolean;
  /** Ends request and body. */
  readonly signal: AbortSignal;
}

/** A video that is on its way. */
export interface OpenVideo {
  /** Errs when the video is too large or breaks off, so that nobody takes a part for the whole. */
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
  /** Why it broke off, which an upload that fails of it may not say; null while it has not. */
  fault(): VidopsError | null;
}

const mostRedirects = 5;

/**
 * Begins to fetch a provider's video.
 *
 * @param url where it is
 * @param bounds bytes, hosts and time
 * @returns its type and its bytes
 * @throws VidopsError ERR_5002 video_url_refused, video_unavailable, video_too_large, not_a_video
 */
export async function openVideo(url: string, bounds: VideoBounds): Promise<OpenVideo> {
  const response = await follow(url, bounds);
  const discard = (): void => void response.body?.cancel().catch(() => {});
  const contentType = typeOf(response.headers);
  const length = lengthOf(response.headers);
  if (response.status !== 200 || response.body === null) {
    discard();
    throw unavailable(`answered HTTP ${response.status}`, { status: response.status });
  }
  if (contentType === null) {
    discard();
    throw notVideo(response.headers.get("content-type"));
  }
  if (length !== null && length > bounds.maxBytes) {
    discard();
    throw tooLarge(bounds.maxBytes);
  }
  return { ...counted(response.body, length, bounds), contentType };
}

/** Each redirect leads to a place that is checked as the first one was. */
async function follow(start: string, { fetch, allowLoopback, signal }: VideoBounds): Promise<Response> {
  let url = requireVideoUrl(start, allowLoopback);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    let response: Response;
    try {
      response = await fetch(url.href, { redirect: "manual", signal, headers: { accept: "video/*" } });
    } catch (cause) {
      throw unavailable(signal.aborted ? "took too long" : "could not be reached", {}, cause);
    }
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    response.body?.cancel().catch(() => {});
    if (!URL.canParse(location, url)) throw unavailable("redirects to what is no URL");
    url = requireVideoUrl(new URL(location, url).href, allowLoopback);
  }
  throw unavailable(`redirects more than ${mostRedirects} times`);
}

/** Passes bytes on while they are not too many; errs at an end that came too early, and when nobody wants it any more. */
function counted(
  source: ReadableStream<Uint8Array>,
  length: number | null,
  { maxBytes, signal }: VideoBounds,
): Pick<OpenVideo, "body" | "fault"> {
  const reader = source.getReader();
  let size = 0;
  let fault: VidopsError | null = null;
  const fail = (why: VidopsError): never => {
    fault = why;
    reader.cancel().catch(() => {});
    throw why;
  };
  const body = new ReadableStream<Uint8Array>({
    // A server that answers before it has read all leaves the rest standing, and the connection with it.
    start: (controller) => {
      const onAbort = (): void => {
        controller.error(signal.reason);
        reader.cancel().catch(() => {});
      };
      signal.addEventListener("abort", onAbort, { once: true });
    },
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((cause) => fail(unavailable("broke off", {}, cause)));
      size += value?.byteLength ?? 0;
      if (size > maxBytes) fail(tooLarge(maxBytes));
      if (!done) return controller.enqueue(value);
      if (size === 0) fail(unavailable("is empty"));
      if (length !== null && size !== length) fail(unavailable("broke off"));
      controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { body, fault: () => fault };
}

/** A video's type; what servers call bytes of any kind is taken for the usual one. Null for what is no video. */
function typeOf(headers: Headers): string | null {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^video\/[\w.+-]{1,60}$/.test(type)) return type;
  return type === "application/octet-stream" || type === "binary/octet-stream" ? "video/mp4" : null;
}

/** Null where it is not told, or is that of a compressed body. */
function lengthOf(headers: Headers): number | null {
  const length = headers.get("content-length");
  return length === null || !/^\d{1,15}$/.test(length) || headers.has("content-encoding")
    ? null
    : Number(length);
}

function unavailable(fault: string, details: Record<string, unknown> = {}, cause?: unknown): VidopsError {
  return new VidopsError({
    code: "ERR_5002",
    reason: "video_unavailable",
    message: `The provider's video ${fault}.`,
    hint: "The job stays as it is; it is tried again.",
    retryable: true,
    details,
    cause,
  });
}

function tooLarge(maxBytes: number): VidopsError {
  return new VidopsError({
    code: "ERR_5002",
    reason: "video_too_large",
    message: `The provider's video is larger than ${maxBytes} bytes.`,
    hint: "Raise maxBytes of the store, or look at the job in the provider's dashboard.",
  });
}

function notVideo(contentType: string | null): VidopsError {
  return new VidopsError({
    code: "ERR_5002",
    reason: "not_a_video",
    message: "What is at the provider's URL is no video.",
    details: { content_type: contentType?.slice(0, 100) ?? null },
  });
}
