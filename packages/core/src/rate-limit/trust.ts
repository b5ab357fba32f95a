import { validationError } from "../errors/index.ts";

/** So many proxies of yours, each of which appends the address that it saw to X-Forwarded-For. */
export interface TrustedHops {
  /** 1 to 20. */
  readonly hops: number;
}

/** One header that the last proxy sets to the client's address, whatever the client sent under that name. */
export interface TrustedHeader {
  /** The header's name, in any case. */
  readonly header: string;
}

/**
 * What is known of the way to the app, by its name.
 *
 * - `none`: nothing. No header is read, and the address is unknown.
 * - `supabase`: hosted Edge Functions, which stand behind Cloudflare: `CF-Connecting-IP`. Supabase promises no header for
 *   this, on its own domains or on custom ones. Observed: `X-Forwarded-For` keeps on its left what the client wrote, and
 *   `CF-Connecting-IP` holds the real address. A stack that is local or self-hosted does not stand behind Cloudflare: there
 *   anybody can write this header, so count hops.
 *   https://github.com/orgs/supabase/discussions/34647 https://github.com/orgs/supabase/discussions/52040
 * - `cloudflare`: an app that nobody can reach but through Cloudflare (a Worker, a tunnel, a firewall): `CF-Connecting-IP`.
 *   Who can reach the app past Cloudflare writes the header himself. Requests from Workers of other customers all have one
 *   address, 2a06:98c0:3600::103, and so share a bucket. With Pseudo IPv4 on "Overwrite Headers" all IPv6 clients are
 *   unknown, for their addresses are made up: choose "Add Header" or turn it off.
 *   https://developers.cloudflare.com/fundamentals/reference/http-headers/
 * - `vercel`: `X-Vercel-Forwarded-For`, which is what Vercel puts into `X-Forwarded-For` against spoofing, and stays when
 *   something between overwrites that one. It is documented as identical, not that a client's own is removed. All clients of
 *   a proxy in front of Vercel have that proxy's address; its header can be named when nobody can reach the deployment past it.
 *   https://vercel.com/docs/headers/request-headers
 * - `nginx`: one nginx of yours, with `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`: the last address of
 *   `X-Forwarded-For`. Without that line nginx passes on what the client wrote. It belongs beside every other
 *   `proxy_set_header`: a location that sets one inherits none.
 *   https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header
 *
 * Deno, Deno Deploy, Bun and Node know the address of the connection: give it to `bucketAddress`.
 */
export type TrustPreset = "none" | "supabase" | "cloudflare" | "vercel" | "nginx";

/** Who wrote the client's address into the request, and may be believed. */
export type Trust = TrustPreset | TrustedHops | TrustedHeader;

const presets: Readonly<Record<TrustPreset, TrustedHops | TrustedHeader | null>> = {
  none: null,
  supabase: { header: "cf-connecting-ip" },
  cloudflare: { header: "cf-connecting-ip" },
  vercel: { header: "x-vercel-forwarded-for" },
  nginx: { hops: 1 },
};

const mostHops = 20;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const hint = `Give { hops: 1 }, { header: "cf-connecting-ip" } or one of ${Object.keys(presets).join(", ")}.`;

/**
 * Tells whether a text is a preset's name.
 *
 * @param text any text, e.g. from the environment
 * @returns true when it is
 * @example
 * ```ts
 * const trust = isTrustPreset(name) ? name : "none";
 * ```
 */
export function isTrustPreset(text: string): text is TrustPreset {
  return Object.hasOwn(presets, text);
}

/**
 * Checks a trust before a request comes, and puts in a preset's place what it means.
 *
 * @param trust what the app was set up with
 * @returns the hops or the header; null for `none`
 * @throws ValidationError ERR_4008 when it is neither a preset nor has either hops, a whole number from 1 to 20, or a
 * header's name
 * @example
 * ```ts
 * requireTrust("nginx"); // { hops: 1 }
 * ```
 */
export function requireTrust(trust: Trust): TrustedHops | TrustedHeader | null {
  if (typeof trust === "string") {
    if (isTrustPreset(trust)) return presets[trust];
    throw validationError("trust", "is not the name of a preset", hint);
  }
  const { hops, header } = (trust ?? {}) as Partial<TrustedHops & TrustedHeader>;
  if ((hops === undefined) === (header === undefined))
    throw validationError("trust", "has not exactly one of hops and header", hint);
  if (hops !== undefined) {
    if (!Number.isInteger(hops) || hops < 1 || hops > mostHops)
      throw validationError("trust.hops", `is not a whole number from 1 to ${mostHops}`, hint);
    return { hops };
  }
  if (typeof header !== "string" || !token.test(header))
    throw validationError("trust.header", "is not the name of a header", hint);
  return { header };
}
