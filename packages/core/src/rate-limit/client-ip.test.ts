import { describe, expect, it } from "vitest";
import { clientIp } from "./client-ip.ts";
import { isTrustPreset, requireTrust, type Trust } from "./trust.ts";

const real = "203.0.113.7";
const request = (...headers: [string, string][]): Request => new Request("https://app.test", { headers });
const forwarded = (list: string): Request => request(["x-forwarded-for", list]);
/** Every header that some proxy somewhere sets to the client's address. */
const everyHeader = (value: string): Request =>
  request(
    ...[
      "cf-connecting-ip",
      "cf-connecting-ipv6",
      "true-client-ip",
      "x-real-ip",
      "x-client-ip",
      "x-cluster-client-ip",
      "x-forwarded",
      "x-forwarded-for",
      "x-vercel-forwarded-for",
      "fastly-client-ip",
      "forwarded-for",
      "forwarded",
      "sb-forwarded-for",
      "via",
    ].map((name): [string, string] => [name, value]),
  );

describe("clientIp by counted hops", () => {
  it.each<[string, number, string | null]>([
    [real, 1, real],
    [`198.51.100.1, ${real}`, 1, real],
    [`198.51.100.1,${real}`, 1, real],
    [`${real}, 198.51.100.1`, 2, real],
    [`192.0.2.1, ${real}, 198.51.100.2, 198.51.100.1`, 3, real],
    [`${real}:49152, 198.51.100.1`, 2, real],
    ["[2001:db8:1:2::3]:443, 198.51.100.1", 2, "2001:db8:1:2::/64"],
    ["::ffff:203.0.113.7", 1, real],
    [`${real}, unknown`, 2, real],
    [`${real}, , 198.51.100.1`, 3, real],
    [`${real},,,`, 4, real],
    // Fewer entries than proxies: somebody came past one.
    [real, 2, null],
    [`198.51.100.1, ${real}`, 3, null],
    [`${real}7`, 2, null],
    [real, 20, null],
    // Never the neighbour.
    [`${real}, unknown`, 1, null],
    [`${real}, _hidden`, 1, null],
    [`${real}, 10.0.0.1`, 1, null],
    [`${real}, `, 1, null],
    [`${real},`, 1, null],
    [`${real},,198.51.100.1`, 2, null],
    [`198.51.100.1, nonsense, ${real}`, 2, null],
    [`for=${real}`, 1, null],
    [`"${real}"`, 1, null],
    ["", 1, null],
    ["", 2, null],
    [",", 1, null],
    [",", 2, null],
    [",", 3, null],
    [",,,,,,", 3, null],
    [" , , ", 2, null],
    ["\t", 1, null],
  ])("%j with %d hops is %j", (list, hops, expected) => {
    expect(clientIp(forwarded(list), { hops })).toBe(expected);
  });

  it("does not change for anything that a client writes to the left", () => {
    const pieces = [
      ...[
        ",",
        ", ",
        ",,",
        " ",
        "\t",
        "",
        "unknown",
        "_x",
        "10.0.0.1",
        "127.0.0.1",
        "1.2.3.4",
        "8.8.8.8:1",
        "::1",
      ],
      ...[
        "2001:db8::9",
        "[2001:db8::9]:1",
        "fe80::1%eth0",
        '"',
        "for=1.2.3.4",
        "0x7f.1",
        "%",
        "[",
        "]",
        "\u00a0",
      ],
      ...["\u00ff", "203.0.113.", "x".repeat(300), ", ".repeat(200)],
    ];
    // A linear congruential generator: the same 500 prefixes on every run.
    let state = 20261125;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    const prefixes = Array.from({ length: 500 }, () =>
      Array.from({ length: 1 + below(30) }, () => pieces[below(pieces.length)]).join(""),
    );
    const answers = prefixes.map((prefix) => [
      clientIp(forwarded(`${prefix}, ${real}`), { hops: 1 }),
      clientIp(forwarded(`${prefix},${real}, 198.51.100.1`), { hops: 2 }),
      clientIp(request(["x-forwarded-for", prefix], ["X-Forwarded-For", real]), { hops: 1 }),
      clientIp(forwarded(`${prefix}, unknown`), { hops: 1 }),
    ]);
    expect(new Set(prefixes).size).toBeGreaterThan(490);
    expect(new Set(answers.map((answer) => answer.join()))).toEqual(
      new Set([[real, real, real, null].join()]),
    );
  });

  it("does not cut an address out of a longer entry", () => {
    for (let spaces = 0; spaces < 300; spaces++) {
      const list = `1${" ".repeat(spaces)}1${real}`;
      expect(clientIp(forwarded(list), { hops: 1 })).toBeNull();
      expect(clientIp(forwarded(`${list}, 198.51.100.1`), { hops: 2 })).toBeNull();
    }
  });

  it("reads an entry of 100 characters and none of 101", () => {
    const padded = (length: number): string => real.padEnd(length, " ");
    const answers = [100, 101].map((length) => [
      clientIp(forwarded(`x,${padded(length)},x`), { hops: 2 }),
      clientIp(forwarded(`${real},${"x".repeat(length)},x`), { hops: 3 }),
    ]);
    expect(answers).toEqual([
      [real, real],
      [null, null],
    ]);
  });

  it.each([
    ["one entry", "1".repeat(100_000)],
    ["an entry of spaces", `1${" ".repeat(100_000)}1`],
    ["commas", ",".repeat(100_000)],
    ["addresses", "1.2.3.4,".repeat(12_500)],
    ["colons", ":".repeat(100_000)],
    ["brackets", "[".repeat(100_000)],
    ["zones", "%".repeat(100_000)],
  ])("takes no time for 100 kB of %s", (_, junk) => {
    // The list alone, for a real Headers copies it on each get.
    const reads = (value: string): Request => ({ headers: { get: () => value } }) as unknown as Request;
    expect(clientIp(reads(junk), { header: "x-real-ip" })).toBeNull();
    expect(clientIp(reads(`${junk},${real}`), { hops: 1 })).toBe(real);
    const started = performance.now();
    for (let call = 0; call < 1000; call++) {
      clientIp(reads(junk), { hops: 20 });
      clientIp(reads(junk), { header: "x-real-ip" });
      clientIp(reads(`${junk},${real}`), { hops: 1 });
    }
    // Milliseconds for 1,000 rounds, so microseconds for three calls: some 5 on an idle core, and a scan of 100 kB is 100s.
    expect(performance.now() - started).toBeLessThan(150);
  });
});

describe("clientIp by one header", () => {
  it("reads that header in any case of its name, and no other", () => {
    expect(clientIp(request(["X-Real-IP", real]), { header: "x-real-ip" })).toBe(real);
    expect(clientIp(request(["x-real-ip", real]), { header: "X-REAL-IP" })).toBe(real);
    expect(clientIp(everyHeader(real), { header: "x-my-proxy-saw" })).toBeNull();
  });

  it.each([
    ["two lines", request(["x-real-ip", real], ["x-real-ip", real])],
    ["a list", request(["x-real-ip", `${real}, ${real}`])],
    ["an empty entry", request(["x-real-ip", `${real},`])],
    ["nothing", request(["x-real-ip", ""])],
    ["unknown", request(["x-real-ip", "unknown"])],
    ["a private address", request(["x-real-ip", "10.0.0.1"])],
  ])("takes %s for an unknown address, and does not look elsewhere", (_, req) => {
    req.headers.set("x-forwarded-for", real);
    req.headers.set("cf-connecting-ip", real);
    expect(clientIp(req, { header: "x-real-ip" })).toBeNull();
  });

  it("counts private addresses and shorter prefixes when told to", () => {
    const header = "x-real-ip";
    expect(clientIp(request([header, "::ffff:10.0.0.1"]), { header }, { allowPrivate: true })).toBe(
      "10.0.0.1",
    );
    expect(clientIp(request([header, "2001:db8:1:2ff::"]), { header }, { ipv6Prefix: 56 })).toBe(
      "2001:db8:1:200::/56",
    );
  });
});

describe("clientIp by preset", () => {
  it.each([
    ["supabase", "cf-connecting-ip"],
    ["cloudflare", "cf-connecting-ip"],
    ["vercel", "x-vercel-forwarded-for"],
    ["nginx", "x-forwarded-for"],
  ] as const)("%s reads %s, and nothing else that a client can write", (preset, header) => {
    const req = everyHeader("198.51.100.1");
    req.headers.set(header, real);
    expect(clientIp(req, preset)).toBe(real);
    req.headers.delete(header);
    expect(clientIp(req, preset)).toBeNull();
  });

  it("nginx takes the address that nginx appended", () => {
    expect(clientIp(forwarded(`198.51.100.1, ${real}`), "nginx")).toBe(real);
  });

  it("none knows no address", () => {
    expect(clientIp(everyHeader(real), "none")).toBeNull();
    expect(clientIp(everyHeader(real), "none", { allowPrivate: true })).toBeNull();
  });

  it("Cloudflare's made-up IPv4 addresses are unknown, and strangers' Workers share a bucket", () => {
    expect(clientIp(request(["cf-connecting-ip", "241.16.1.2"]), "cloudflare")).toBeNull();
    expect(clientIp(request(["cf-connecting-ip", "2a06:98c0:3600::103"]), "cloudflare")).toBe(
      "2a06:98c0:3600::/64",
    );
  });
});

describe("trust", () => {
  it.each<[string, unknown, string]>([
    ["no hops", { hops: 0 }, "trust.hops"],
    ["negative hops", { hops: -1 }, "trust.hops"],
    ["half a hop", { hops: 1.5 }, "trust.hops"],
    ["more than 20 hops", { hops: 21 }, "trust.hops"],
    ["hops that are no number", { hops: Number.NaN }, "trust.hops"],
    ["endless hops", { hops: Number.POSITIVE_INFINITY }, "trust.hops"],
    ["hops as text", { hops: "1" }, "trust.hops"],
    ["hops that are null", { hops: null }, "trust.hops"],
    ["an empty header", { header: "" }, "trust.header"],
    ["a header with a space", { header: "x real ip" }, "trust.header"],
    ["a header with a colon", { header: "x-real-ip:" }, "trust.header"],
    ["a header with a line end", { header: "x-real-ip\n" }, "trust.header"],
    ["a header with a letter beyond ASCII", { header: "x-réal-ip" }, "trust.header"],
    ["a header of 101 characters", { header: "x".repeat(101) }, "trust.header"],
    ["a list of headers", { header: ["x-real-ip"] }, "trust.header"],
    ["both", { hops: 1, header: "x-real-ip" }, "trust"],
    ["neither", {}, "trust"],
    ["nothing", undefined, "trust"],
    ["null", null, "trust"],
    ["true", true, "trust"],
    ["a number", 1, "trust"],
    ["an unknown preset", "heroku", "trust"],
    ["a preset in capitals", "Supabase", "trust"],
    ["a name that every object has", "constructor", "trust"],
    ["another such name", "__proto__", "trust"],
  ])("refuses %s, whatever the request", (_, trust, field) => {
    const mistake = expect.objectContaining({ code: "ERR_4008", field });
    expect(() => requireTrust(trust as Trust)).toThrow(mistake);
    expect(() => clientIp(request(), trust as Trust)).toThrow(mistake);
  });

  it("puts what it means in a preset's place", () => {
    expect(requireTrust("none")).toBeNull();
    expect(requireTrust("nginx")).toEqual({ hops: 1 });
    expect(requireTrust({ hops: 20 })).toEqual({ hops: 20 });
    expect(requireTrust({ header: "x".repeat(100) })).toEqual({ header: "x".repeat(100) });
    expect(clientIp(forwarded(real), { hops: 1, header: undefined } as unknown as Trust)).toBe(real);
    expect(["none", "supabase", "Supabase", "toString"].map(isTrustPreset)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("refuses a wrong prefix length under every trust", () => {
    for (const trust of ["none", "supabase", { hops: 1 }] as const)
      expect(() => clientIp(request(), trust, { ipv6Prefix: 65 })).toThrow("ipv6Prefix");
  });
});
