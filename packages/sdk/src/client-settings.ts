import { validationError } from "@vidops/core/errors";
import { defaultRetryConfig } from "@vidops/core/http";
import type { Clock } from "./clock.ts";
import { tokenClaims } from "./token-claims.ts";
import type { TokenStorage } from "./token-storage.ts";

/** What a client needs, and what it can be given. */
export interface ClientOptions {
  /** The project's URL, e.g. `https://abc.supabase.co`. */
  readonly url: string;
  /** The publishable key, `sb_publishable_…`, or the legacy anon key. A secret key does not belong in an app. */
  readonly key: string;
  /**
   * In which messages are written, unless the user's profile says another: a BCP 47 tag or what Accept-Language takes. Default:
   * what the runtime sends by itself.
   */
  readonly language?: string | (() => string | null | undefined) | null | undefined;
  /**
   * Where tokens are kept, e.g. in localStorage or AsyncStorage. Default: in memory, gone with the program. Beside supabase-js,
   * which keeps its session itself, it keeps the guest until `account.handOver()`.
   */
  readonly storage?: TokenStorage | undefined;
  /** How long a balance that was read is given again without asking, in milliseconds. Default 5000. */
  readonly balanceMaxAge?: number | undefined;
  /** What sends. Default: the global `fetch`. It must not repeat a POST by itself. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Time, which tests replace. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for the jitter of waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** The options, checked and filled in. */
export interface ClientSettings {
  /** The origin, without a slash at its end. */
  readonly url: string;
  readonly key: string;
  /** What is sent as Accept-Language; null where the runtime does that by itself. */
  language(): string | null;
  /** In which the client itself speaks. */
  spoken(): string | null;
  readonly balanceMaxAge: number;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Checks the options of a client.
 *
 * @param options as the app gave them
 * @returns all of them
 * @throws ValidationError ERR_4008 for a URL that is none, and for a key that is empty, or secret
 */
export function clientSettings(options: ClientOptions): ClientSettings {
  const { language, clock = defaultRetryConfig.clock, random = Math.random } = options;
  const asked = (): string | null => headerText(typeof language === "function" ? language() : language);
  return {
    url: projectOrigin(options.url),
    key: appKey(options.key),
    language: asked,
    spoken: () => asked() ?? globalThis.navigator?.language ?? null,
    balanceMaxAge: options.balanceMaxAge ?? 5_000,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock,
    random,
  };
}

// Not by `new URL`, which throws for much and, in React Native, checks nothing.
const PROJECT = /^(https?:\/\/[\w.:[\]-]+)\/*$/i;

function projectOrigin(url: string): string {
  const origin = PROJECT.exec(String(url).trim())?.[1];
  if (origin !== undefined) return origin;
  throw validationError("url", "is not the address of a project, such as https://abc.supabase.co");
}

/** What a header does not take is as good as nothing. */
function headerText(text: string | null | undefined): string | null {
  return /^[\x20-\x7e]+$/.test(text ?? "") ? (text ?? null) : null;
}

function appKey(key: string): string {
  const text = String(key ?? "").trim();
  const isSecret = text.startsWith("sb_secret_") || tokenClaims(text)?.role === "service_role";
  if (isSecret || !/^[\x21-\x7e]+$/.test(text))
    throw validationError("key", "is not the publishable key, which alone may be in an app");
  return text;
}
