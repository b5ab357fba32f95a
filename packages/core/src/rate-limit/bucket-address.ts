import { validationError } from "../errors/index.ts";
import { type Address, firstBits, parseAddress } from "./address.ts";
import { carriedAddress, sendersFrom } from "./special-purpose.ts";

/** Which addresses count, and how many share a bucket. */
export interface AddressOptions {
  /**
   * True to count private, loopback and link-local addresses too: for development, or where all clients are on your own
   * network. On the Internet they are those of a proxy that was not counted. Default false.
   */
  readonly allowPrivate?: boolean | undefined;
  /** Bits of an IPv6 address that make a bucket, 32 to 64. Default 64, the least that one client is given. */
  readonly ipv6Prefix?: number | undefined;
}

/** Spaces around; IPv4, with a port or not; IPv6 in brackets, with a port or not; IPv6 alone or as a bucket's name. Zones. */
const written =
  /^[ \t]*(?:([0-9.]+)(?::[0-9]{1,5})?|\[([0-9a-f:.]+)(?:%[\w.~%-]+)?\](?::[0-9]{1,5})?|([0-9a-f:.]+)(?:%[\w.~%-]+|\/([0-9]+))?)[ \t]*$/i;

/** Characters of the longest text that is read: an address needs 45, and the rest is for zone, brackets and port. */
export const longestAddress = 100;

/**
 * Names the bucket that an address counts in: IPv4 itself, IPv6 its network, as Postgres prints
 * `network(set_masklen(address, 64))`. An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) counts as IPv4.
 * Ports, brackets and zones are dropped. A bucket's name gives itself.
 *
 * @param text an address, e.g. a socket's: `Deno.serve`'s `info.remoteAddr.hostname` or Node's `socket.remoteAddress`
 * @param options which addresses count, and how many bits of IPv6
 * @returns the bucket, or null for what is not the address of a client on the Internet
 * @throws ValidationError ERR_4008 when `ipv6Prefix` is not a whole number from 32 to 64
 * @example
 * ```ts
 * bucketAddress("203.0.113.7:49152"); // "203.0.113.7"
 * bucketAddress("2001:db8:1:2:3::4"); // "2001:db8:1:2::/64"
 * bucketAddress("10.0.0.1"); // null
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc5952
 */
export function bucketAddress(
  text: string | null | undefined,
  { allowPrivate = false, ipv6Prefix = 64 }: AddressOptions = {},
): string | null {
  if (!Number.isInteger(ipv6Prefix) || ipv6Prefix < 32 || ipv6Prefix > 64)
    throw validationError(
      "ipv6Prefix",
      "is not a whole number from 32 to 64",
      "64 counts each client's network.",
    );
  const address = readAddress(text, String(ipv6Prefix));
  if (address === null) return null;
  const senders = sendersFrom(address);
  if (senders === "nobody" || (senders === "local" && allowPrivate !== true)) return null;
  return address.length === 2 ? dotted(address) : networkText(firstBits(address, ipv6Prefix), ipv6Prefix);
}

function readAddress(text: string | null | undefined, ipv6Prefix: string): Address | null {
  if (typeof text !== "string" || text.length > longestAddress) return null;
  const [, v4, boxed, v6 = boxed, bits = ipv6Prefix] = written.exec(text) ?? [];
  const address = parseAddress(v4 ?? v6 ?? "");
  // Brackets, zones and prefixes are for IPv6.
  if (address === null || (address.length === 2 && v4 === undefined)) return null;
  return bits === ipv6Prefix ? carriedAddress(address) : null;
}

function dotted(address: Address): string {
  return address.flatMap((group) => [group >> 8, group & 0xff]).join(".");
}

/** The last four groups are zero, so the longest run of zeros is at the end, and that is what :: stands for. */
function networkText(groups: Address, bits: number): string {
  const used = groups.slice(0, groups.findLastIndex((group) => group !== 0) + 1);
  return `${used.map((group) => group.toString(16)).join(":")}::/${bits}`;
}
