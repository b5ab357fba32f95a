import type { ProviderError, ProviderHttp, VideoProvider } from "@vidops/core/providers";
import { errorOf, type Peer } from "./peer.ts";
import { fal, pika } from "./recorded-fal.ts";
import type { RecordedProvider } from "./recorded-provider.ts";
import { runway } from "./recorded-runway.ts";

/** Every adapter; each passes the whole contract. */
export const everyProvider: readonly RecordedProvider[] = [fal, pika, runway];

/** Short, and without waits, so that storms and stalls are over soon. */
const quick: ProviderHttp = {
  initialDelay: 0,
  maxDelay: 1_000,
  attemptTimeout: 150,
  deadline: 2_000,
  bodyTimeout: 150,
  random: () => 0,
};

/** One adapter with its recordings, ready to be asked. */
export interface Party {
  /** What no error may show: the key, its parts, what the user wrote, what signs a URL. */
  readonly secrets: readonly string[];
  make(http?: ProviderHttp): VideoProvider;
  /** What a call rejected with, held against the secrets. */
  failing(call: Promise<unknown>): Promise<ProviderError>;
  /** From now on the peer plays this. */
  play(scene: keyof RecordedProvider["scenes"]): void;
}

/** @returns the adapter over the peer */
export function partyOf(recorded: RecordedProvider, peer: Peer): Party {
  const secrets = [recorded.key, ...recorded.key.split(":"), "wedding", "bride", "_jwt=signed"];
  return {
    secrets,
    make: (http = {}) => recorded.create({ ...quick, ...http }),
    failing: (call) => errorOf(call, secrets),
    play: (scene) => peer.play(recorded.scenes[scene]),
  };
}
