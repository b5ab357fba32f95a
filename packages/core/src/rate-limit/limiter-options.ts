import { validationError } from "../errors/index.ts";
import { type Logger, logEvent } from "../logging/index.ts";
import { type AddressOptions, bucketAddress } from "./bucket-address.ts";
import type { StoreFailurePolicy } from "./limit-input.ts";
import { requireTrust, type Trust } from "./trust.ts";

/** What to do with a request whose address is unknown: count it with all others like it, or refuse it. */
export type UnknownIpPolicy = "share" | "refuse";

/** How requests are judged; given to a limiter for all, or to one call. */
export interface LimiterOptions extends AddressOptions {
  /** Who wrote the client's address into the request. Default `none`: every address is unknown. */
  readonly trust?: Trust | undefined;
  /**
   * For requests whose address is unknown, where a limit is per address. `share` (default): they share one bucket, and
   * the log is told once a minute. `refuse`: ERR_4008, `client_ip_unknown`. With the store's rules it is not known before
   * whether one is per address: `refuse` then refuses all of them.
   */
  readonly unknownIp?: UnknownIpPolicy | undefined;
  /** When the store fails or takes longer than `timeoutMs`. Default `closed`. The log is told each time. */
  readonly onStoreFailure?: StoreFailurePolicy | undefined;
  /** How long the store may take, in milliseconds: 1 to 60 000. Default 1000. It is asked once. */
  readonly timeoutMs?: number | undefined;
  /** Takes a line for what operators should know. Default: `logEvent`. */
  readonly log?: Logger | undefined;
}

/** The same with nothing left open. */
export type LimiterSettings = Required<{
  readonly [Key in keyof LimiterOptions]: Exclude<LimiterOptions[Key], undefined>;
}>;

/** What a limiter does that was not told otherwise. */
export const defaultSettings: LimiterSettings = {
  trust: "none",
  allowPrivate: false,
  ipv6Prefix: 64,
  unknownIp: "share",
  onStoreFailure: "closed",
  timeoutMs: 1_000,
  log: logEvent,
};

/** Puts the defaults where nothing was given, and checks all but what `clientIp` checks at each request. */
export function settingsOf(options: LimiterOptions, defaults: LimiterSettings): LimiterSettings {
  const settings: LimiterSettings = {
    trust: options.trust ?? defaults.trust,
    allowPrivate: options.allowPrivate ?? defaults.allowPrivate,
    ipv6Prefix: options.ipv6Prefix ?? defaults.ipv6Prefix,
    unknownIp: options.unknownIp ?? defaults.unknownIp,
    onStoreFailure: requirePolicy("onStoreFailure", options.onStoreFailure ?? defaults.onStoreFailure),
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
    log: options.log ?? defaults.log,
  };
  const { unknownIp, timeoutMs } = settings;
  if (unknownIp !== "share" && unknownIp !== "refuse")
    throw validationError("unknownIp", 'is neither "share" nor "refuse"');
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 60_000)
    throw validationError("timeoutMs", "is not a whole number of milliseconds from 1 to 60000");
  return settings;
}

/** Checks what `clientIp` would, before there is a request. */
export function requireAddressSettings(settings: LimiterSettings): LimiterSettings {
  requireTrust(settings.trust);
  bucketAddress(null, settings);
  return settings;
}

/** Checks a policy: a misspelt one must not quietly be the other. */
export function requirePolicy(field: string, policy: unknown): StoreFailurePolicy {
  if (policy === "closed" || policy === "open") return policy;
  throw validationError(field, 'is neither "closed" nor "open"');
}
