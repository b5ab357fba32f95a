import { type Address, isWithin, network } from "./address.ts";

/**
 * Who can send from an address: `internet` any client, `local` only a host of the same network or machine, `nobody` no
 * host at all.
 */
export type Senders = "internet" | "local" | "nobody";

/**
 * The registries' networks that no client on the Internet sends from. The documentation networks (192.0.2.0/24,
 * 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20) are left out: nobody has one of those addresses, and examples
 * and tests need some. Networks that the registries call globally reachable (AS112, AMT) are left out too.
 */
const networks = (
  [
    ["0.0.0.0/8", "nobody"], // this network; 0.0.0.0 is what careless code writes for "unknown"
    ["10.0.0.0/8", "local"], // private use
    ["100.64.0.0/10", "local"], // between a carrier's NAT and its customers, or a platform's proxies: never the client
    ["127.0.0.0/8", "local"], // loopback
    ["169.254.0.0/16", "local"], // link-local
    ["172.16.0.0/12", "local"], // private use
    ["192.0.0.0/24", "nobody"], // IETF protocols; DS-Lite's and 464XLAT's are translated before they leave the device
    ["192.88.99.0/24", "nobody"], // anycast of 6to4 relays, withdrawn
    ["192.168.0.0/16", "local"], // private use
    ["198.18.0.0/15", "local"], // benchmarks of devices, and what VPN clients invent
    ["224.0.0.0/4", "nobody"], // multicast
    ["240.0.0.0/4", "nobody"], // reserved, with broadcast, and with the pseudo IPv4 that Cloudflare can make from IPv6
    ["::1/128", "local"], // loopback
    ["64:ff9b:1::/48", "local"], // NAT64 of one network; where the IPv4 address is in it, only that network knows
    ["2001:2::/48", "local"], // benchmarks
    ["2001::/23", "nobody"], // IETF protocols; Teredo was unwrapped before
    ["fc00::/7", "local"], // unique local
    ["fe80::/10", "local"], // link-local
  ] as const
).map(([text, senders]) => ({ network: network(text), senders }));

/** All IPv6 addresses of hosts on the Internet; ::, ::a.b.c.d, 100::/64, 5f00::/16, fec0::/10 and ff00::/8 are outside. */
const globalUnicast = network("2000::/3");

/**
 * Says who can send from an address, by the special-purpose registries of IANA.
 *
 * @param address the address; an IPv4 address inside an IPv6 one was taken out before
 * @returns who can
 * @example
 * ```ts
 * sendersFrom([0x7f00, 0x0001]); // "local"
 * ```
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function sendersFrom(address: Address): Senders {
  const special = networks.find((row) => isWithin(address, row.network));
  if (special !== undefined) return special.senders;
  return address.length === 2 || isWithin(address, globalUnicast) ? "internet" : "nobody";
}

/**
 * Where an IPv6 address carries the IPv4 address that its packets come from: counted by that one, a host cannot be two
 * clients, and neither 65,536 networks (6to4) nor one with strangers (Teredo).
 */
const carriers = [
  { network: network("::ffff:0:0/96"), group: 6, inverted: false }, // IPv4-mapped
  { network: network("64:ff9b::/96"), group: 6, inverted: false }, // NAT64
  { network: network("2002::/16"), group: 1, inverted: false }, // 6to4
  { network: network("2001::/32"), group: 6, inverted: true }, // Teredo writes it inverted
];

/**
 * Takes the IPv4 address out of an IPv6 address that carries one.
 *
 * @param address the address
 * @returns the IPv4 address inside, else the same address
 * @example
 * ```ts
 * carriedAddress([0, 0, 0, 0, 0, 0xffff, 0xcb00, 0x7107]); // [0xcb00, 0x7107]
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc6052#section-2.1
 * @see https://www.rfc-editor.org/rfc/rfc3056#section-2
 * @see https://www.rfc-editor.org/rfc/rfc4380#section-4
 */
export function carriedAddress(address: Address): Address {
  const carrier = carriers.find((row) => isWithin(address, row.network));
  if (carrier === undefined) return address;
  const inside = address.slice(carrier.group, carrier.group + 2);
  return carrier.inverted ? inside.map((group) => group ^ 0xffff) : inside;
}
