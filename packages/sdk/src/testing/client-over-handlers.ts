import { createVidops, type Vidops, type VidopsOptions } from "../create-vidops.ts";
import type { HandlerName } from "../server/create-handlers.ts";
import type { App } from "../server/testing/use-handlers.ts";
import type { OwnSession } from "../session.ts";

/** What became of each request to a function, in order. */
export interface Trip {
  readonly name: string;
  readonly status: number;
}

/** A client whose functions are the real handlers, and whose Auth and Data API are the stack's. */
export interface ClientOverHandlers {
  readonly vidops: Vidops & { readonly session: OwnSession };
  readonly fetch: typeof globalThis.fetch;
  readonly trips: Trip[];
  /** Loses answers: the handler has done its work, and the client gets none, or a gateway's. The next so many. */
  lose(count: number, gateway?: () => Response): void;
}

/**
 * Makes a client of the app under test.
 *
 * @param app handlers and stack
 * @param options of the client
 * @returns the client, signed in as nobody unless a session is given
 */
export function clientOverHandlers(app: App, options: Partial<VidopsOptions> = {}): ClientOverHandlers {
  const { stack } = app;
  const trips: Trip[] = [];
  let losing = 0;
  let instead: (() => Response) | undefined;
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const name = /\/functions\/v1\/([\w-]+)/.exec(request.url)?.[1] as HandlerName | undefined;
    if (name === undefined) return globalThis.fetch(request);
    request.headers.set("x-forwarded-for", app.ip);
    const response = await app.handlers[name](request);
    trips.push({ name, status: response.status });
    if (losing === 0) return response;
    losing -= 1;
    if (instead !== undefined) return instead();
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
  };
  const vidops = createVidops({
    url: stack.url,
    key: stack.publishableKey,
    fetch,
    random: () => 0.05,
    ...options,
  });
  return {
    vidops,
    fetch,
    trips,
    lose: (count, gateway) => {
      losing = count;
      instead = gateway;
    },
  };
}
