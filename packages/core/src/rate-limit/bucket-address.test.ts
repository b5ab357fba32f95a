import { describe, expect, it } from "vitest";
import { isValidationError } from "../errors/index.ts";
import { bucketAddress } from "./bucket-address.ts";

describe("bucketAddress", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    [" \t203.0.113.7\t ", "203.0.113.7"],
    ["203.0.113.7:49152", "203.0.113.7"],
    ["192.0.2.1", "192.0.2.1"],
    ["198.51.100.255", "198.51.100.255"],
    ["8.8.8.8", "8.8.8.8"],
    ["255.0.0.1", null],
    ["1.0.0.0", "1.0.0.0"],
    ["199.249.209.90", "199.249.209.90"],
    ["2001:db8:1:2:3::4", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002:FFFF:ffff:0:0", "2001:db8:1:2::/64"],
    ["2001:db8::", "2001:db8::/64"],
    ["2001:200::", "2001:200::/64"],
    ["2001:db8::1:2:3:4", "2001:db8::/64"],
    ["2001:db8:0:1::", "2001:db8:0:1::/64"],
    ["2600:0:0:1:2:3:4:5", "2600:0:0:1::/64"],
    ["2600::", "2600::/64"],
    ["1:2:3:4:5:6:7::", null],
    ["2a01:2:3:4:5:6:7::", "2a01:2:3:4::/64"],
    ["2001:db8::192.0.2.1", "2001:db8::/64"],
    ["2001:db8:1:2:3:4:192.0.2.1", "2001:db8:1:2::/64"],
    ["::ffff:0:0", null],
    ["[2001:db8::1]", "2001:db8::/64"],
    ["[2001:db8::1]:443", "2001:db8::/64"],
    ["[2001:db8::1%eth0]:443", "2001:db8::/64"],
    ["2001:db8::1%eth0", "2001:db8::/64"],
    ["2001:db8::1%25en1.100", "2001:db8::/64"],
    ["2001:db8::1%lo%30_~-", "2001:db8::/64"],
    ["3fff:fff::1", "3fff:fff::/64"],
    ["3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff:ffff::/64"],
    ["2a06:98c0:3600::103", "2a06:98c0:3600::/64"],
  ])("%j counts as %j", (text, bucket) => {
    expect(bucketAddress(text)).toBe(bucket);
    // A bucket's name, copied from a list, finds the bucket again.
    expect(bucketAddress(bucket)).toBe(bucket);
  });

  it.each([
    ["mapped", "::ffff:203.0.113.7"],
    ["mapped, in brackets with a port", "[::ffff:203.0.113.7]:443"],
    ["mapped, in hex", "::ffff:cb00:7107"],
    ["mapped, in full", "0000:0000:0000:0000:0000:FFFF:CB00:7107"],
    ["NAT64", "64:ff9b::cb00:7107"],
    ["NAT64, dotted", "64:ff9b::203.0.113.7"],
    ["NAT64, dotted after zeros", "64:ff9b::0:0000:203.0.113.7"],
    ["6to4, whatever its network", "2002:cb00:7107:ffff::1"],
    ["6to4, another network of the same host", "2002:cb00:7107:1::1"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:34ff:8ef8"],
    ["Teredo, of another server", "2001::1:34ff:8ef8"],
  ])("an address that carries IPv4 counts as that one: %s", (_, text) => {
    expect(bucketAddress(text)).toBe("203.0.113.7");
  });

  it.each([
    ["10.0.0.0", "10.0.0.0"],
    ["10.255.255.255", "10.255.255.255"],
    ["100.64.0.1", "100.64.0.1"],
    ["100.127.255.255", "100.127.255.255"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.255.255.254:80", "127.255.255.254"],
    ["169.254.169.254", "169.254.169.254"],
    ["172.16.0.1", "172.16.0.1"],
    ["172.31.255.255", "172.31.255.255"],
    ["192.168.0.0", "192.168.0.0"],
    ["192.168.255.255", "192.168.255.255"],
    ["198.18.0.1", "198.18.0.1"],
    ["198.19.255.255", "198.19.255.255"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:a00:1", "10.0.0.1"],
    ["64:ff9b::10.0.0.1", "10.0.0.1"],
    ["2002:a00:1::1", "10.0.0.1"],
    ["::1", "::/64"],
    ["0:0:0:0:0:0:0:1", "::/64"],
    ["fc00::1", "fc00::/64"],
    ["fdff:1:2:3:4::1", "fdff:1:2:3::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["[febf::1%25eth0]:80", "febf::/64"],
    ["64:ff9b:1::1", "64:ff9b:1::/64"],
    ["64:ff9b:1:ffff::1", "64:ff9b:1:ffff::/64"],
    ["2001:2::1", "2001:2::/64"],
    ["2001:2:0:ffff::1", "2001:2:0:ffff::/64"],
  ])("%s is nobody's on the Internet, and counts as %s where private ones are allowed", (text, bucket) => {
    expect(bucketAddress(text)).toBeNull();
    expect(bucketAddress(text, { allowPrivate: false })).toBeNull();
    expect(bucketAddress(text, { allowPrivate: true })).toBe(bucket);
    // What an environment variable may hold.
    expect(bucketAddress(text, { allowPrivate: "false" as unknown as boolean })).toBeNull();
  });

  it.each([
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "169.253.255.255",
    "168.254.0.0",
    "169.255.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "192.88.98.255",
    "192.88.100.0",
    "223.255.255.255",
    "11.0.0.0",
    "9.255.255.255",
    "32.1.0.1", // what 2001:1:: and 2002:304:: begin with
    "32.2.3.4",
    "126.255.255.255",
    "128.0.0.0",
  ])("%s, next to a special network, counts", (text) => {
    expect(bucketAddress(text)).toBe(text);
  });

  it.each([
    "0.0.0.0",
    "0.255.255.255",
    "192.0.0.1",
    "192.0.0.255",
    "192.88.99.0",
    "192.88.99.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::ffff:0.0.0.0",
    "::ffff:255.255.255.255",
    "64:ff9b::e000:1",
    "::",
    "::2",
    "::203.0.113.7",
    "::ffff:0:203.0.113.7",
    "64:ff9b::1:0:0",
    "64:ff9b:0:ffff::1",
    "64:ff9b:2::1",
    "100::1",
    "1fff:ffff::1",
    "2001:1::1",
    "2001:3::1",
    "2001:2:1::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "4000::1",
    "5f00::1",
    "fbff::1",
    "fe7f::1",
    "fec0::1",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ])("%s is no host's, private or not", (text) => {
    expect(bucketAddress(text, { allowPrivate: true })).toBeNull();
  });

  it.each([
    ["nothing", ""],
    ["spaces", "   "],
    ["three numbers", "203.0.113"],
    ["five numbers", "1.2.3.4.5"],
    ["a dot at the end", "203.0.113.7."],
    ["a dot at the start", ".203.0.113.7"],
    ["two dots", "203.0..7"],
    ["256", "203.0.113.256"],
    ["a leading zero", "203.0.113.07"],
    ["octal", "010.1.1.1"],
    ["hex", "0x7f.1"],
    ["hex in four parts", "0xcb.0.0x71.7"],
    ["one number", "3405803783"],
    ["one hex number", "0xcb007107"],
    ["a sign", "+203.0.113.7"],
    ["a minus", "-1.0.0.1"],
    ["an exponent", "2e2.0.113.7"],
    ["full-width digits", "２０３.0.113.7"],
    ["a full-width dot", "203．0．113．7"],
    ["Arabic digits", "٢٠٣.٠.١١٣.٧"],
    ["a no-break space", "\u00a0203.0.113.7"],
    ["a zero-width space", "203.0.113.7\u200b"],
    ["a byte order mark", "\ufeff203.0.113.7"],
    ["a mark that turns the text", "\u202e203.0.113.7"],
    ["NUL", "203.0.113.7\0"],
    ["NUL inside", "203.0.\x093.7"],
    ["a line end", "203.0.113.7\n"],
    ["a carriage return", "\r203.0.113.7"],
    ["an escape", "\u001b[31m203.0.113.7"],
    ["delete", "203.0.113.7\u007f"],
    ["a tab inside IPv6", "2001:db8:\t:1"],
    ["a line end inside IPv6", "2001:db8:\n:1"],
    ["unknown", "unknown"],
    ["an obfuscated name", "_hidden"],
    ["a host", "localhost"],
    ["a name", "example.com"],
    ["quotes", '"203.0.113.7"'],
    ["quoted IPv6", '"[2001:db8::1]"'],
    ["a field of Forwarded", "for=203.0.113.7"],
    ["a field of Forwarded, quoted", 'for="[2001:db8::1]:4711";proto=https'],
    ["a URL", "http://203.0.113.7"],
    ["a user", "a@203.0.113.7"],
    ["two addresses", "203.0.113.7, 203.0.113.8"],
    ["two addresses without comma", "203.0.113.7 203.0.113.8"],
    ["a comma", ","],
    ["a network of IPv4", "203.0.113.0/24"],
    ["one address of IPv4 as a network", "203.0.113.7/32"],
    ["the bucket length on IPv4", "203.0.113.7/64"],
    ["the bucket length on IPv4 with a port", "203.0.113.7:80/64"],
    ["the bucket length after brackets", "[2001:db8::1]/64"],
    ["the bucket length after a zone", "2001:db8::1%eth0/64"],
    ["the bucket length with a zero in front", "2001:db8::/064"],
    ["another length than the buckets'", "2001:db8::/48"],
    ["a port without digits", "203.0.113.7:"],
    ["a port that is none", "203.0.113.7:http"],
    ["a port of six digits", "203.0.113.7:123456"],
    ["two ports", "203.0.113.7:80:80"],
    ["IPv4 in brackets", "[203.0.113.7]"],
    ["IPv4 in brackets with a port", "[203.0.113.7]:80"],
    ["IPv4 with a zone", "203.0.113.7%eth0"],
    ["empty brackets", "[]"],
    ["no closing bracket", "[2001:db8::1"],
    ["no opening bracket", "2001:db8::1]"],
    ["brackets twice", "[[2001:db8::1]]"],
    ["text after the bracket", "[2001:db8::1]x"],
    ["a bracketed address with an empty port", "[2001:db8::1]:"],
    ["a port of six digits after brackets", "[2001:db8::1]:123456"],
    ["an empty zone", "fe80::1%"],
    ["a zone alone", "%eth0"],
    ["a zone with a space", "2001:db8::1%eth 0"],
    ["a zone with NUL", "2001:db8::1%\0"],
    ["a group too long", "2001:0db88::1"],
    ["groups that are no hex", "2001:dg8::1"],
    ["seven groups", "2001:db8:1:2:3:4:5"],
    ["nine groups", "2001:db8:1:2:3:4:5:6:7"],
    ["a port without brackets on eight groups", "2001:db8:1:2:3:4:5:6:443"],
    [":: twice", "2001::db8::1"],
    [":: twice after four groups", "2001:db8:1:2::3:4:5:6::7"],
    [":::", "2001:db8:::1"],
    ["a colon", ":"],
    ["a colon at the start", ":2001:db8::1"],
    ["a colon at the end", "2001:db8::1:"],
    ["eight groups and ::", "2001:db8:1:2::3:4:5:6"],
    ["a dotted part and too many groups", "2001:db8:1:2:3:4:5:203.0.113.7"],
    ["a mapped address with a leading zero", "::ffff:203.0.113.07"],
    ["a mapped address with octal", "::ffff:010.1.1.1"],
    ["a mapped address with hex", "::ffff:0xcb.0.113.7"],
    ["a mapped address with three numbers", "::ffff:203.0.113"],
    ["a mapped address with 256", "::ffff:203.0.113.256"],
    ["a dotted part in front", "203.0.113.7::1"],
    ["an address longer than any", `${" ".repeat(90)}203.0.113.7`],
  ])("refuses %s", (_, text) => {
    expect(bucketAddress(text, { allowPrivate: true })).toBeNull();
  });

  it("takes what a runtime gives where there is no address", () => {
    expect(bucketAddress(undefined)).toBeNull();
    expect(bucketAddress(null)).toBeNull();
    expect(bucketAddress(3405803783 as unknown as string)).toBeNull();
    expect(bucketAddress({} as unknown as string)).toBeNull();
  });

  it("counts as many bits of IPv6 as asked for", () => {
    const all = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";
    const buckets = [32, 33, 47, 48, 56, 60, 63, 64].map((ipv6Prefix) => bucketAddress(all, { ipv6Prefix }));
    expect(buckets).toEqual([
      "2001:db8::/32",
      "2001:db8:8000::/33",
      "2001:db8:fffe::/47",
      "2001:db8:ffff::/48",
      "2001:db8:ffff:ff00::/56",
      "2001:db8:ffff:fff0::/60",
      "2001:db8:ffff:fffe::/63",
      "2001:db8:ffff:ffff::/64",
    ]);
    expect(bucketAddress("2001:db8:ffff:ff00::/56", { ipv6Prefix: 56 })).toBe("2001:db8:ffff:ff00::/56");
    expect(bucketAddress("::ffff:203.0.113.7", { ipv6Prefix: 32 })).toBe("203.0.113.7");
  });

  it.each([0, 31, 65, 128, 63.5, -64, Number.NaN, Number.POSITIVE_INFINITY, "64", null])(
    "refuses to count %s bits, whatever the address",
    (ipv6Prefix) => {
      const mistake = (text: string): unknown => {
        try {
          return bucketAddress(text, { ipv6Prefix: ipv6Prefix as number });
        } catch (error) {
          return isValidationError(error) && error.field;
        }
      };
      expect([mistake("203.0.113.7"), mistake("2001:db8::1"), mistake("")]).toEqual(
        Array(3).fill("ipv6Prefix"),
      );
    },
  );
});
