import type { Clock } from "../clock.ts";
import { createVidops, type Vidops, type VidopsOptions } from "../create-vidops.ts";
import type { OwnSession } from "../session.ts";

export const url = "https://abc.supabase.co";
export const key = "sb_publishable_abc";
export const user = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  /** Without `/functions/v1/`, where it is there. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly body: Record<string, unknown> | null;
  readonly signal: AbortSignal | null;
  /** 1 for the first of its path. */
  readonly count: number;
}

/** Answers a path; an error is thrown as `fetch` does. */
export type Route = (request: Arrived) => Response | Error | Promise<Response | Error>;

/** Other people's HTTP: a project that answers as it is told. */
export interface FakeProject {
  readonly fetch: typeof globalThis.fetch;
  readonly arrived: Arrived[];
  /** What arrived for one path. */
  at(path: string): Arrived[];
}

/** Makes a project that answers these paths, and 404 for all others. */
export function fakeProject(routes: Readonly<Record<string, Route>>): FakeProject {
  const arrived: Arrived[] = [];
  const at = (path: string): Arrived[] => arrived.filter((request) => request.path === path);
  const fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(input));
    const path = pathname.replace("/functions/v1/", "");
    const request: Arrived = {
      method: init.method ?? "GET",
      path,
      query: Object.fromEntries(searchParams),
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? JSON.parse(init.body) : null,
      signal: init.signal ?? null,
      count: at(path).length + 1,
    };
    arrived.push(request);
    // As fetch does: never in the same turn.
    await null;
    init.signal?.throwIfAborted();
    const answer = await (routes[path]?.(request) ?? refusal(404, "ERR_4007"));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fetch: fetch as typeof globalThis.fetch, arrived, at };
}

/** An answer in vidops' envelope. */
export function refusal(
  status: number,
  code: string,
  headers: Record<string, string> = {},
  details?: Record<string, unknown>,
): Response {
  const error = { code, message: `${code} in words`, details, request_id: "01JD0000000000000000000000" };
  return Response.json({ error }, { status, headers: { "x-request-id": error.request_id, ...headers } });
}

/** What Node's fetch throws when a connection breaks. */
export const lost = (): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
/** What it throws when nobody listens. */
export const refused = (): Error =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) });

/** A token that nobody verifies. */
export function token(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown): string =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("/", "_");
  return `${part({ alg: "none" })}.${part({ sub: user, role: "authenticated", ...claims })}.c2ln`;
}

/** A session as Auth answers it. */
export function session(accessToken: string, refreshToken = `refresh of ${accessToken.slice(-30)}`): unknown {
  return { access_token: accessToken, refresh_token: refreshToken, expires_in: 3600, token_type: "bearer" };
}

/** Time that passes only while somebody waits, and then at once; what is to be given up after long gets its chance before. */
export function virtualClock(): { clock: Clock; waits: number[]; pass: (ms: number) => void } {
  let now = Date.UTC(2026, 10, 25);
  const waits: number[] = [];
  return {
    waits,
    pass: (ms) => {
      now += ms;
    },
    clock: {
      now: () => now,
      setTimeout: (callback, ms) => {
        const timer = { cleared: false };
        // Some turns later: what is answered at once is answered before.
        setTimeout(
          () => {
            if (timer.cleared) return;
            waits.push(ms);
            now += ms;
            callback();
          },
          ms < 20_000 ? 5 : 300,
        );
        return timer;
      },
      clearTimeout: (timer) => {
        if (timer !== null) (timer as { cleared: boolean }).cleared = true;
      },
    },
  };
}

/** A client of a fake project, with a user who is signed in unless another session is given. */
export function clientOf(
  project: FakeProject,
  options: Partial<VidopsOptions> = {},
): Vidops & { readonly session: OwnSession } {
  return createVidops({
    url,
    key,
    fetch: project.fetch,
    random: () => 0.5,
    ...(options.storage === undefined && { session: { accessToken: token(), refreshToken: "refresh 1" } }),
    ...options,
  });
}
