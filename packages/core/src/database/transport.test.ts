import { describe, expect, it } from "vitest";
import { transportFailure } from "./transport.ts";

/** As postgrest-js writes an error of `fetch` that has a cause. */
const caused = (cause: string, code: string): { message: string; details: string } => ({
  message: "TypeError: fetch failed",
  details: `TypeError: fetch failed\n\nCaused by: ${cause}${code === "" ? "" : ` (${code})`}\nError: x\n    at connect (ECONNREFUSED)`,
});
const plain = (message: string): { message: string; details: string } => ({ message, details: "" });

describe("transportFailure", () => {
  it.each([
    [
      "Node, refused",
      caused("Error: connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"),
      "connection_refused",
      true,
    ],
    [
      "Node, refused on both families",
      caused("AggregateError: ", "ECONNREFUSED"),
      "connection_refused",
      true,
    ],
    [
      "Node, no such host",
      caused("Error: getaddrinfo ENOTFOUND x.invalid", "ENOTFOUND"),
      "host_not_found",
      false,
    ],
    ["Node, DNS down", caused("Error: getaddrinfo EAI_AGAIN x", "EAI_AGAIN"), "dns_unavailable", true],
    [
      "Node, connect timeout",
      caused("ConnectTimeoutError: Connect Timeout Error", "UND_ERR_CONNECT_TIMEOUT"),
      "connect_timeout",
      true,
    ],
    [
      "Node, no route",
      caused("Error: connect EHOSTUNREACH 10.0.0.1:443", "EHOSTUNREACH"),
      "connect_failed",
      true,
    ],
    [
      "Node, bad certificate",
      caused("Error: certificate has expired", "CERT_HAS_EXPIRED"),
      "tls_failed",
      false,
    ],
    ["Node, blocked port", caused("Error: bad port", ""), "bad_port", false],
    [
      "Deno, refused",
      plain(
        "TypeError: error sending request for url (http://localhost:1/): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
      "connection_refused",
      true,
    ],
    [
      "Deno, no such host",
      plain(
        "TypeError: error sending request for url (http://x.invalid/): client error (Connect): dns error: failed to lookup",
      ),
      "host_not_found",
      false,
    ],
    [
      "Bun, refused",
      plain("Error: Unable to connect. Is the computer able to access the url?"),
      "connection_refused",
      true,
    ],
    ["Bun, no such host", plain("TypeError: Was there a typo in the url or port?"), "host_not_found", false],
  ])("%s: nothing was sent", (_title, error, reason, passing) => {
    expect(transportFailure(error)).toEqual({ sent: "not_sent", reason, passing });
  });

  it.each([
    ["Node, reset", caused("Error: read ECONNRESET", "ECONNRESET")],
    ["Node, closed by the other side", caused("SocketError: other side closed", "UND_ERR_SOCKET")],
    [
      "Node, headers timeout",
      caused("HeadersTimeoutError: Headers Timeout Error", "UND_ERR_HEADERS_TIMEOUT"),
    ],
    ["Node, read timeout", caused("Error: read ETIMEDOUT", "ETIMEDOUT")],
    ["Node, route lost under an open connection", caused("Error: read EHOSTUNREACH", "EHOSTUNREACH")],
    [
      "Deno, connection lost",
      plain(
        "TypeError: error sending request for url (http://x/): client error (SendRequest): connection closed before message completed",
      ),
    ],
    ["Bun, closed", plain("Error: The socket connection was closed unexpectedly.")],
    ["workerd", plain("Error: Network connection lost.")],
    ["Chrome", plain("TypeError: Failed to fetch")],
    ["Safari", plain("TypeError: Load failed")],
    ["Firefox", plain("TypeError: NetworkError when attempting to fetch resource.")],
    [
      "words of a refusal in a stack only",
      {
        message: "TypeError: x",
        details: "TypeError: x\n    at connect (ECONNREFUSED)\n    at client error (Connect)",
      },
    ],
    ["nothing at all", {}],
  ])("%s: it may have been sent", (_title, error) => {
    expect(transportFailure(error)).toMatchObject({ sent: "unknown", reason: "connection_lost" });
  });
});
