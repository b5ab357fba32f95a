import { validationError } from "@vidops/core/errors";
import * as z from "zod/mini";
import { badField } from "../server/bad-field.ts";
import type { PurchaseVerifier } from "../server/purchase-verifier.ts";
import { derContents, readDer } from "./der.ts";
import { fromBase64, verifySignedData } from "./signed-data.ts";

/** Where a purchase was made. */
export type AppleStoreEnvironment = "Production" | "Sandbox" | "Xcode" | "LocalTesting";

/** What {@link createAppleStoreVerifier} needs. */
export interface AppleStoreOptions {
  /** The app's, e.g. `"com.example.app"`. */
  readonly bundleId: string;
  /** Apple's root certificates, in PEM or base64: "Apple Root CA - G3" of https://www.apple.com/certificateauthority. */
  readonly rootCertificates: readonly string[];
  /**
   * Where purchases count. Default: `Production` alone, since all others cost nothing. Apple's review and TestFlight buy in the
   * `Sandbox`: whoever tests the app then gets credits for free.
   */
  readonly environments?: readonly AppleStoreEnvironment[] | undefined;
  /**
   * Kinds of products that give credits. Default: `Consumable` alone. Others are signed anew, under new ids, without a new payment: when
   * an app is installed again, or a trial begins.
   */
  readonly types?: readonly string[] | undefined;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** A JWS with three certificates has some 6 kB. */
const longest = 32_768;

const transaction = z.looseObject({
  transactionId: z.string().check(z.regex(/^\d{1,40}$/)),
  productId: z.string().check(z.minLength(1), z.maxLength(255)),
  bundleId: z.string(),
  environment: z.string(),
  type: z.string(),
  inAppOwnershipType: z._default(z.string(), "PURCHASED"),
  quantity: z._default(z.int().check(z.gte(1), z.lte(100)), 1),
  revocationDate: z.optional(z.number()),
  appAccountToken: z.optional(z.uuid()),
});

/**
 * Makes the verifier of Apple's App Store: the app sends `VerificationResult.jwsRepresentation` of a StoreKit 2 transaction. It is
 * verified here, without a request: certificates up to Apple's root, signature, app and environment.
 *
 * Have the app buy with `.appAccountToken(<the user's id>)`: a purchase then counts for that user alone. Without it the first user
 * who sends it has it. Have it call `transaction.finish()` only after the credits were given. What Apple refunds later is told by its
 * server notifications; `vidops credits adjust` takes the credits back.
 *
 * @param options the app, and whom to trust
 * @returns the verifier
 * @throws ValidationError ERR_4008 for an option that is malformed
 * @example
 * ```ts
 * const verifier = createAppleStoreVerifier({ bundleId: "com.example.app", rootCertificates: [appleRootCaG3] });
 * ```
 * @see https://developer.apple.com/documentation/storekit/verificationresult/jwsrepresentation
 */
export function createAppleStoreVerifier({
  bundleId,
  rootCertificates,
  environments = ["Production"],
  types = ["Consumable"],
  now = Date.now,
}: AppleStoreOptions): PurchaseVerifier {
  if (!/^[\w.-]{1,255}$/.test(bundleId)) throw validationError("bundleId", "is malformed", "Give the app's.");
  const roots = rootCertificates.map(rootOf);
  if (roots.length === 0) throw validationError("rootCertificates", "is empty", "Give Apple Root CA - G3.");
  return {
    async verify(signed) {
      const claims = signed.length > longest ? null : await verifySignedData(signed, { roots, now });
      if (claims === null) throw refused("was not signed by the App Store");
      const { data } = transaction.safeParse(claims);
      if (data === undefined) throw refused("is no purchase");
      if (data.bundleId !== bundleId) throw refused("is of another app");
      if (!environments.some((name) => name === data.environment))
        throw refused("was made in an environment that does not count here");
      if (!types.includes(data.type)) throw refused("is of a kind of product that gives no credits");
      if (data.inAppOwnershipType !== "PURCHASED") throw refused("was paid by somebody else");
      return {
        ...{ store: "apple", transactionId: data.transactionId, productId: data.productId },
        ...{ quantity: data.quantity, revoked: data.revocationDate !== undefined },
        userId: data.appAccountToken?.toLowerCase() ?? null,
      };
    },
  };
}

function rootOf(text: string): Uint8Array {
  try {
    const bytes = fromBase64(text.replaceAll(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, ""));
    // Found out at start: a wrong one would refuse what was paid.
    if (derContents(readDer(bytes)[0]).length === 3) return bytes;
  } catch {
    // Said below.
  }
  throw validationError(
    "rootCertificates",
    "holds what is no certificate",
    "Give them in PEM, or DER in base64.",
  );
}

function refused(fault: string): Error {
  return badField({
    field: "transaction",
    fault,
    hint: "Send jwsRepresentation of the transaction's VerificationResult as it is.",
  });
}
