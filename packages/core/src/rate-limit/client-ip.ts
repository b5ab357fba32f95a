import { type AddressOptions, bucketAddress, longestAddress } from "./bucket-address.ts";
import { requireTrust, type Trust } from "./trust.ts";

/**
 * Finds the address that a request counts as, from what a trusted proxy wrote. Nothing else is read: not the leftmost
 * address, which is the client's own writing, nor another header when the trusted one is missing.
 *
 * @param req the request
 * @param trust who wrote the address. `{ hops: n }`: the entry that is n-th from the right in X-Forwarded-For; an empty
 * entry counts, and no entry but that one is taken. `{ header }`: that header, when it holds one address
 * @param options which addresses count, and how many bits of IPv6
 * @returns the bucket as `bucketAddress` names it: `203.0.113.7`, `2001:db8:1:2::/64`; null when the address is unknown
 * @throws ValidationError ERR_4008 when the trust or an option is malformed, whatever the request
 * @example
 * ```ts
 * const ip = clientIp(req, { hops: 2 }); // a load balancer, then nginx, then this app
 * ```
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For#selecting_an_ip_address
 */
export function clientIp(req: Request, trust: Trust, options: AddressOptions = {}): string | null {
  const trusted = requireTrust(trust);
  if (trusted === null) return bucketAddress(null, options);
  const text =
    "header" in trusted
      ? req.headers.get(trusted.header)
      : entryFromRight(req.headers.get("x-forwarded-for"), trusted.hops);
  return bucketAddress(text, options);
}

/**
 * The n-th entry from the right of a list with commas. No entry that is longer than an address can be is walked through,
 * so 100 kB from a client cost no more than an address. Several lines of a header arrive as one list, in their order.
 */
function entryFromRight(list: string | null, n: number): string | null {
  if (list === null) return null;
  let end = list.length;
  for (let place = 1; end >= 0; place++) {
    // One more than the longest, for the comma before it.
    const from = Math.max(0, end - longestAddress - 1);
    const comma = list.slice(from, end).lastIndexOf(",");
    if (comma === -1 && from > 0) return null;
    const start = from + comma + 1;
    if (place === n) return list.slice(start, end);
    end = start - 1;
  }
  return null;
}
