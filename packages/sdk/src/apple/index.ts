/** What a server needs for apps on Apple's platforms: which devices are real, and what was bought. */
export { type AppleDeviceCheckOptions, createAppleDeviceCheck } from "./apple-device-check.ts";
export {
  type AppleStoreEnvironment,
  type AppleStoreOptions,
  createAppleStoreVerifier,
} from "./apple-store-verifier.ts";
export type { SigningKey } from "./signed-token.ts";
