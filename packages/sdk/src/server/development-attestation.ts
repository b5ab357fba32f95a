import { validationError } from "@vidops/core/errors";
import { type Logger, logEvent, logSafely } from "@vidops/core/logging";
import type { DeviceAttestation } from "./device-attestation.ts";

/** Where a development attestation may be used. */
export interface DevelopmentAttestationOptions {
  /** The project's URL; it must be of this machine. */
  readonly url: string;
  /** True: also for a project that is not on this machine. Whoever invents device ids then gets a grant for each. */
  readonly anywhere?: boolean | undefined;
  /** Takes the warning. Default: `logEvent`. */
  readonly log?: Logger | undefined;
}

/**
 * Makes an attestation for development and tests: it believes every device id. It says so once in the log, and refuses to be
 * made for a project that is not on this machine, unless that is asked for.
 *
 * @param options the project's URL
 * @returns the attestation
 * @throws ValidationError ERR_4008 when the project is not on this machine
 * @example
 * ```ts
 * const attestation = developmentAttestation({ url: "http://127.0.0.1:54321" });
 * ```
 */
export function developmentAttestation({
  url,
  anywhere = false,
  log = logEvent,
}: DevelopmentAttestationOptions): DeviceAttestation {
  if (!anywhere && !isLoopback(url)) {
    throw validationError(
      "url",
      "is not of this machine, and nothing checks the devices",
      "Give createAppleDeviceCheck of @vidops/sdk/apple as attestation; or say `anywhere: true` if every device id shall be believed.",
    );
  }
  let said = false;
  return {
    async check({ deviceId }) {
      if (!said) logSafely(log, "devices_not_attested", { url: originOf(url) }, "warn");
      said = true;
      return { deviceId, mayGrant: true, claim: null };
    },
  };
}

function isLoopback(url: string): boolean {
  const { hostname = "" } = URL.canParse(url) ? new URL(url) : {};
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
