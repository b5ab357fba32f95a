import { describe, expect, it } from "vitest";
import { networkFailure } from "./index.ts";

const coded = (code: string, message = "it failed"): Error => Object.assign(new Error(message), { code });
const fetchFailed = (cause: unknown): Error => new TypeError("fetch failed", { cause });

describe("networkFailure", () => {
  it.each<[string, unknown]>([
    ["Node, refused", fetchFailed(coded("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"))],
    [
      "Node, refused on both families",
      fetchFailed(Object.assign(new AggregateError([coded("ECONNREFUSED")], ""), { code: "ECONNREFUSED" })),
    ],
    ["Node, an aggregate without a code", fetchFailed(new AggregateError([coded("ECONNREFUSED")], ""))],
    ["Node, no such host", fetchFailed(coded("ENOTFOUND"))],
    ["Node, DNS down", fetchFailed(coded("EAI_AGAIN"))],
    ["Node, connect timeout", fetchFailed(coded("UND_ERR_CONNECT_TIMEOUT"))],
    ["Node, no route", fetchFailed(coded("EHOSTUNREACH", "connect EHOSTUNREACH 10.0.0.1:443"))],
    [
      "Node, connect timed out in the kernel",
      fetchFailed(coded("ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:443")),
    ],
    [
      "Deno, refused",
      new TypeError(
        "error sending request for url (http://127.0.0.1:1/): client error (Connect): tcp connect error",
      ),
    ],
    [
      "Bun, refused",
      coded("ConnectionRefused", "Unable to connect. Is the computer able to access the url?"),
    ],
    ["Bun, socket", coded("FailedToOpenSocket", "Was there a typo in the url or port?")],
  ])("%s: nothing was sent", (_, thrown) => {
    expect(networkFailure(thrown)).toEqual({ sent: "not_sent", reason: "not_connected" });
  });

  it.each<[string, unknown]>([
    ["Node, expired", fetchFailed(coded("CERT_HAS_EXPIRED"))],
    ["Node, self-signed", fetchFailed(coded("DEPTH_ZERO_SELF_SIGNED_CERT"))],
    ["Node, unknown issuer", fetchFailed(coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"))],
    ["Node, no TLS there", fetchFailed(coded("ERR_SSL_WRONG_VERSION_NUMBER"))],
    [
      "Bun, no TLS there",
      coded("EPROTO", "EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"),
    ],
    [
      "Deno, no TLS there",
      fetchFailed(
        new Error(
          "error sending request for url (https://x/): client error (Connect): received corrupt message of type InvalidContentType",
        ),
      ),
    ],
    ["Node, another name", fetchFailed(coded("ERR_TLS_CERT_ALTNAME_INVALID"))],
    [
      "Deno",
      new TypeError(
        "error sending request for url (https://x/): client error (Connect): invalid peer certificate: Expired",
      ),
    ],
  ])("%s: nothing was sent, and waiting does not mend it", (_, thrown) => {
    expect(networkFailure(thrown)).toEqual({ sent: "not_sent", reason: "tls_failed" });
  });

  it.each<[string, unknown]>([
    ["Node, reset", fetchFailed(coded("ECONNRESET", "read ECONNRESET"))],
    ["Node, closed by the other side", fetchFailed(coded("UND_ERR_SOCKET", "other side closed"))],
    ["Node, headers timeout", fetchFailed(coded("UND_ERR_HEADERS_TIMEOUT"))],
    ["Node, broken answer", fetchFailed(coded("HPE_INVALID_CONSTANT"))],
    ["Node, read timed out", fetchFailed(coded("ETIMEDOUT", "read ETIMEDOUT"))],
    ["Node, pipe", coded("EPIPE")],
    [
      "Deno",
      new TypeError(
        "error sending request for url (http://x/): client error (SendRequest): connection closed before message completed",
      ),
    ],
    ["Deno, reset", fetchFailed(new Error("Connection reset by peer (os error 104)"))],
    ["Deno, cut within the body", new TypeError("error reading a body from connection")],
    [
      "Node, no HTTP there",
      fetchFailed(Object.assign(new Error("Response does not match"), { name: "HTTPParserError" })),
    ],
    ["Bun, no HTTP there", coded("Malformed_HTTP_Response", "Malformed_HTTP_Response fetching")],
    ["workerd, whatever broke", new Error("internal error; reference = kltvrq3svnk6pggghmrd01k1")],
    [
      "Deno, asked for a URL that says Connect",
      new TypeError(
        "error sending request for url (http://x/?to=(Connect)): client error (SendRequest): connection closed before message completed",
      ),
    ],
    ["Bun", coded("ConnectionClosed", "The socket connection was closed unexpectedly.")],
    ["workerd", Object.assign(new Error("Network connection lost."), { retryable: true })],
    ["Chromium", new TypeError("Failed to fetch")],
    ["Safari", new TypeError("Load failed")],
    ["Firefox", new TypeError("NetworkError when attempting to fetch resource.")],
    ["React Native", new TypeError("Network request failed")],
    ["React Native, timed out", new TypeError("Network request timed out")],
  ])("%s: it may have been sent", (_, thrown) => {
    expect(networkFailure(thrown)).toEqual({ sent: "unknown", reason: "connection_lost" });
  });

  it.each<[string, unknown]>([
    ["an invalid URL", new TypeError("Failed to parse URL from x")],
    ["an unknown scheme", fetchFailed(new Error("unknown scheme"))],
    ["a bad port", fetchFailed(new Error("bad port"))],
    ["a refused redirect", fetchFailed(new Error("unexpected redirect"))],
    ["a used body", new TypeError("Body is unusable: Body has already been read")],
    ["a bad header", new TypeError('Headers.append: "a\\nb" is an invalid header value.')],
    ["a mistake", new TypeError("Cannot read properties of undefined (reading 'x')")],
    [
      "an abort of workerd",
      Object.assign(new DOMException("The operation was aborted", "AbortError"), { retryable: true }),
    ],
    ["a text", "Failed to fetch"],
    ["nothing", undefined],
    ["null", null],
    ["words of a refusal in a later line", new Error("cannot parse:\nECONNREFUSED")],
    ["a code that is a symbol", Object.assign(new Error("x"), { code: Symbol("x") })],
    ["words of a refusal further on", new Error("could not load: Failed to fetch module")],
  ])("is none: %s", (_, thrown) => {
    expect(networkFailure(thrown)).toBeNull();
  });

  it("does not follow causes for ever", () => {
    const thrown = new Error("mine");
    thrown.cause = thrown;
    expect(networkFailure(thrown)).toBeNull();
  });
});
