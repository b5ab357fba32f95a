import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { finished } from "node:stream/promises";
import { CommandError } from "../command-error.ts";
import { page } from "./loopback-page.ts";

/** A small server on this machine, to which the browser comes back. */
export interface Loopback<T> extends AsyncDisposable {
  /** Where the browser is to be sent; the project must allow it. */
  readonly redirectTo: string;
  /**
   * Waits until a browser comes back whose code is taken.
   *
   * @returns what the code was exchanged for.
   * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the sign-in was refused or cancelled there, or nobody came in time; and
   *   what the exchange throws.
   */
  signedIn(timeoutMs: number): Promise<T>;
}

const longestWords = 200;
/** For a browser to take its page, in milliseconds; one that has left or does not read is not waited for. */
const pageMs = 1000;

/**
 * Listens on 127.0.0.1.
 *
 * There is no state parameter: a code that somebody else put into the address belongs to another PKCE challenge, and Auth
 * refuses it; the right browser is still to come then. Web pages cannot talk to it under a name of theirs (DNS rebinding),
 * since the Host header must be its own, nor behind a person's back, since only a page that is opened counts.
 *
 * @param port 0 picks a free one.
 * @param exchange makes a session of a code; null for a code that is of another sign-in.
 * @throws CommandError CLI_CONFIG when the port is taken.
 * @see https://datatracker.ietf.org/doc/html/rfc8252#section-7.3
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export async function startLoopback<T>(
  port: number,
  exchange: (code: string) => Promise<T | null>,
): Promise<Loopback<T>> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<T>();
  // Nobody may be waiting for it yet.
  ended.catch(() => {});
  let isDone = false;
  const visited = async (query: URLSearchParams, response: ServerResponse): Promise<void> => {
    if (isDone) return send(response, 410, "This sign-in has ended. You can close this window.");
    const error = query.get("error_description") ?? query.get("error");
    const code = query.get("code");
    if (error === null && code === null) return send(response, 400, "The address has no code.");
    try {
      const session = error === null && code !== null ? await exchange(code) : refusedThere(error ?? "");
      if (session === null) return await send(response, 403, "This code is of another sign-in.");
      isDone = true;
      await send(response, 200, "You are signed in to vidops. You can close this window.");
      resolve(session);
    } catch (error) {
      isDone = true;
      await send(response, 403, "You are not signed in. The terminal says why.");
      reject(error);
    }
  };
  // One after the other: while a code is exchanged, the next browser waits.
  let turn = Promise.resolve();
  const server = createServer((request, response) => {
    const obstacle = obstacleOf(request, new URL(redirectTo));
    const address = URL.parse(`http://127.0.0.1${request.url}`);
    if (obstacle !== null) send(response, 403, obstacle);
    else if (request.method !== "GET" || address?.pathname !== "/callback")
      send(response, 404, "Nothing is here.");
    else turn = turn.then(() => visited(address.searchParams, response));
  });
  const redirectTo = `http://127.0.0.1:${await listen(server, port)}/callback`;
  return {
    redirectTo,
    signedIn: (timeoutMs) => {
      const timer = setTimeout(() => {
        isDone = true;
        reject(tooLate(timeoutMs));
      }, timeoutMs);
      return ended.finally(() => clearTimeout(timer));
    },
    [Symbol.asyncDispose]: () => close(server),
  };
}

/** Why a request is not a browser that comes back. What is no browser does not say what the answer is for. */
function obstacleOf({ headers }: IncomingMessage, { host }: URL): string | null {
  if (headers.host !== host) return "Not for this name.";
  const wantedFor = headers["sec-fetch-dest"];
  return wantedFor === undefined || wantedFor === "document" ? null : "Not for other pages.";
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new CommandError("CLI_CONFIG", `Port ${port} on 127.0.0.1 cannot be used: ${error.message}`, {
          hint: "Give another one with --port, or none to take any that is free.",
          reason: "port_in_use",
        }),
      ),
    );
    server.listen({ host: "127.0.0.1", port }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function send(response: ServerResponse, status: number, words: string): Promise<void> {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  await finished(response.end(page(words)), { signal: AbortSignal.timeout(pageMs) }).catch(() => {});
}

function refusedThere(words: string): never {
  const said = words.length > longestWords ? `${words.slice(0, longestWords)}…` : words;
  throw new CommandError(
    "CLI_NOT_ALLOWED",
    `The sign-in in the browser did not succeed. The provider said: ${JSON.stringify(said)}`,
    { hint: "Sign in again when that is mended.", reason: "refused_in_browser" },
  );
}

function tooLate(timeoutMs: number): CommandError {
  const minutes = timeoutMs / 60_000;
  return new CommandError("CLI_NOT_ALLOWED", `Nobody came back from the browser within ${minutes} minutes.`, {
    hint: "Sign in again. If the browser ended elsewhere, allow http://127.0.0.1:*/callback as redirect URL (Authentication, URL Configuration).",
    reason: "browser_timeout",
  });
}
