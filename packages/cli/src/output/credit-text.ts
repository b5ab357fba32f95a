/**
 * An amount with its unit.
 * @param amount in credits, not negative.
 * @example credits(1) // "1 credit"
 */
export function credits(amount: number): string {
  return amount === 1 ? "1 credit" : `${amount} credits`;
}
