/** A purchase as its store tells it. */
export interface VerifiedPurchase {
  /** The store's name, e.g. `apple`; transactions of two stores may have the same id. */
  readonly store: string;
  readonly transactionId: string;
  readonly productId: string;
  /** How many of the product were bought at once: 1 or more. */
  readonly quantity: number;
  /** True when the store took it back: it was refunded. */
  readonly revoked: boolean;
  /** The user that the app named when it was bought; null when it named none. */
  readonly userId: string | null;
}

/** Says what was bought, and that it was. */
export interface PurchaseVerifier {
  /**
   * @param signed what the store gave the app
   * @throws VidopsError ERR_4008, field `transaction`, for what the store did not sign, or not for this app
   */
  verify(signed: string): Promise<VerifiedPurchase>;
}
