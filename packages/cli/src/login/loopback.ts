import { createServer, type Server, type ServerResponse } from "node:http";
import { CommandError } from "../command-error.ts";
import { escapeHtml, page } from "./loopback-page.ts";

/** What the browser brought back. */
export interface Callback {
  readonly code: string;
  /** Shows the person how it ended; without it the browser waits. */
  answer(outcome: { readonly ok: boolean; readonly message: string }): Promise<void>;
}

/** A small server on this machine, to which the browser comes back. */
export interface Loopback extends AsyncDisposable {
  /** Where the browser is to be sent; the project must allow it. */
  readonly redirectTo: string;
  /**
   * Waits for the browser, once.
   * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the sign-in was refused or cancelled there, or nobody came in time.
   */
  callback(timeoutMs: number): Promise<Callback>;
}

/**
 * Listens on 127.0.0.1.
 *
 * There is no state parameter: a code that somebody else put into the address belongs to another PKCE challenge, and Auth
 * refuses it. Web pages cannot talk to it under a name of theirs (DNS rebinding), since the Host header must be its own.
 *
 * @param port 0 picks a free one.
 * @throws CommandError CLI_CONFIG when the port is taken.
 * @see https://datatracker.ietf.org/doc/html/rfc8252#section-7.3
 */
export async function startLoopback(port: number): Promise<Loopback> {
  const { promise: called, resolve, reject } = Promise.withResolvers<Callback>();
  // Nobody may be waiting for it yet.
  called.catch(() => {});
  let isDone = false;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", redirectTo);
    if (request.headers.host !== new URL(redirectTo).host) return send(response, 403, "Not for this name.");
    if (request.method !== "GET" || url.pathname !== "/callback")
      return send(response, 404, "Nothing is here.");
    if (isDone) return send(response, 410, "This sign-in has ended. You can close this window.");
    const error = url.searchParams.get("error_description") ?? url.searchParams.get("error");
    const code = url.searchParams.get("code");
    if (error === null && code === null) return send(response, 400, "The address has no code.");
    isDone = true;
    if (error !== null) {
      send(response, 200, `You are not signed in: ${error}`);
      return reject(refusedThere(error));
    }
    resolve({ code: code ?? "", answer: ({ ok, message }) => finish(response, ok, message) });
  });
  const redirectTo = `http://127.0.0.1:${await listen(server, port)}/callback`;
  return {
    redirectTo,
    callback: (timeoutMs) => {
      const timer = setTimeout(() => {
        isDone = true;
        reject(tooLate(timeoutMs));
      }, timeoutMs);
      return called.finally(() => clearTimeout(timer));
    },
    [Symbol.asyncDispose]: () => close(server),
  };
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

function finish(response: ServerResponse, ok: boolean, message: string): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", () => resolve());
    send(response, ok ? 200 : 403, message);
  });
}

function send(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  response.end(page(escapeHtml(message)));
}

function refusedThere(description: string): CommandError {
  return new CommandError("CLI_NOT_ALLOWED", `The sign-in in the browser did not succeed: ${description}`, {
    hint: "Run vidops login again when that is mended.",
    reason: "refused_in_browser",
  });
}

function tooLate(timeoutMs: number): CommandError {
  const minutes = timeoutMs / 60_000;
  return new CommandError("CLI_NOT_ALLOWED", `Nobody came back from the browser within ${minutes} minutes.`, {
    hint: "Run vidops login again. If the browser ended elsewhere, allow http://127.0.0.1:*/callback as redirect URL (Authentication, URL Configuration).",
    reason: "browser_timeout",
  });
}
