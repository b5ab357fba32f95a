import { validationError } from "../errors/index.ts";

const falHosts: readonly string[] = ["queue.fal.run", "rest.fal.ai", "api.fal.ai"];
const loopback: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Makes a `fetch` that sends what is meant for fal to the development provider of `@vidops/local`, so that the real adapter
 * runs offline and costs nothing. The videos of that provider have https addresses, as the adapters want them, and are reached
 * over http. Everything else goes where it goes.
 *
 * @param url where the development provider listens; on this machine only, so that a setting gone astray sends no key away
 * @param base what sends. Default: `globalThis.fetch`
 * @returns the `fetch` for `http` of a provider, and for the copies of its videos
 * @throws ValidationError ERR_4008 for a URL that is not http on loopback
 * @example
 * ```ts
 * const fal = createFal({ apiKey: "development", http: { fetch: developmentFetch("http://127.0.0.1:40123") } });
 * ```
 */
export function developmentFetch(
  url: string,
  base: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init),
): typeof globalThis.fetch {
  const provider = URL.canParse(url) ? new URL(url) : null;
  if (provider === null || provider.protocol !== "http:" || !loopback.includes(provider.hostname)) {
    throw validationError("url", "must be http on loopback", "Give what @vidops/local says, or nothing.");
  }
  const mapped = (address: string): string => {
    const { protocol, host, pathname, search } = new URL(address);
    if (protocol !== "https:") return address;
    if (falHosts.includes(host)) return `${provider.origin}/${host}${pathname}${search}`;
    return host === provider.host ? `${provider.origin}${pathname}${search}` : address;
  };
  return (input, init) =>
    input instanceof Request
      ? base(new Request(mapped(input.url), input), init)
      : base(mapped(String(input)), init);
}
