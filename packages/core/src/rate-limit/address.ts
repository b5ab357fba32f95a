// Own code, for what there is reads addresses in other ways, or in several. ipaddr.js (MIT, CommonJS, 38 kB) takes octal and
// hexadecimal IPv4 (010.1.1.1 is 8.1.1.1 to it, inside IPv6 too) and ::1.2.3.4 for ::ffff:1.2.3.4, so that a grammar would
// have to stand before it. The URL parser of Bun takes 2001:db8::1: and not 64:ff9b::0:0:203.0.113.7; the others do the
// reverse. What is read here is what `node:net` and Postgres read.

/** An address as groups of 16 bits: two for IPv4, eight for IPv6. */
export type Address = readonly number[];

/** The addresses that share their first `bits` bits. */
export interface Network {
  /** The first of them. */
  readonly address: Address;
  readonly bits: number;
}

const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const ipv6Group = /^[0-9a-f]{1,4}$/i;

/**
 * Reads an address without port, brackets or zone. IPv4 is four decimal numbers without leading zeros.
 *
 * @param text the address as it is written, e.g. `203.0.113.7` or `2001:db8::1`
 * @returns its groups, or null when it is not an address
 * @example
 * ```ts
 * parseAddress("203.0.113.7"); // [0xcb00, 0x7107]
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.2
 */
export function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | null {
  if (!ipv4.test(text)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function parseIpv6(text: string): Address | null {
  // The last two groups may be written as IPv4.
  const last = text.slice(text.lastIndexOf(":") + 1);
  const dotted = last.includes(".") ? parseIpv4(last) : [];
  if (dotted === null) return null;
  const hex = dotted.map((group) => group.toString(16)).join(":") || last;
  const halves = (text.slice(0, text.length - last.length) + hex).split("::");
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const zeros = 8 - left.length - right.length;
  // :: stands for one group or more, and stands once.
  if (halves.length > 2 || (halves.length === 2 ? zeros < 1 : zeros !== 0)) return null;
  const groups = [...left, ...new Array<string>(zeros).fill("0"), ...right];
  return groups.every((group) => ipv6Group.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}

/**
 * Reads a network that the code itself names.
 *
 * @param text an address, a slash and the number of bits, e.g. `10.0.0.0/8`
 * @returns the network
 * @throws TypeError when it is malformed
 * @example
 * ```ts
 * const privateUse = network("10.0.0.0/8");
 * ```
 */
export function network(text: string): Network {
  const [written = "", bits] = text.split("/");
  const address = parseAddress(written);
  if (address === null) throw new TypeError(`${text} is not a network`);
  return { address: firstBits(address, Number(bits)), bits: Number(bits) };
}

/**
 * Tells whether an address is in a network of its family.
 *
 * @param address the address
 * @param within the network
 * @returns true when their first bits agree
 * @example
 * ```ts
 * isWithin([0x0a01, 0x0203], network("10.0.0.0/8")); // true
 * ```
 */
export function isWithin(address: Address, within: Network): boolean {
  return (
    address.length === within.address.length &&
    firstBits(address, within.bits).every((group, index) => group === within.address[index])
  );
}

/**
 * Keeps the first bits of an address and clears the others.
 *
 * @param address the address
 * @param bits how many are kept
 * @returns the groups of the network
 * @example
 * ```ts
 * firstBits([0xcb00, 0x7107], 24); // [0xcb00, 0x7100]
 * ```
 */
export function firstBits(address: Address, bits: number): Address {
  return address.map((group, index) => {
    const kept = Math.min(Math.max(bits - index * 16, 0), 16);
    return group & (0xffff << (16 - kept));
  });
}
