import { type DatabaseClient, read, toVidopsError } from "@vidops/core/database";
import { describeRequest, withErrors } from "@vidops/core/error-log";
import { isValidationError, type VidopsError } from "@vidops/core/errors";
import type { Logger } from "@vidops/core/logging";
import { type RateLimit, rateLimitHeaderNames, type Trust, withRateLimit } from "@vidops/core/rate-limit";
import type { TokenAuth, TokenUser } from "@vidops/core/users";
import * as z from "zod/mini";
import { toBadField } from "./bad-field.ts";
import type { BadTokens } from "./bad-tokens.ts";
import { requireUser } from "./require-user.ts";
import { type CorsPolicy, withCors } from "./with-cors.ts";

/** What the frame of an endpoint needs. */
export interface EndpointFrame {
  /** A client with a secret key, which keeps errors; null: none are kept. */
  readonly db: DatabaseClient | null;
  readonly origin: CorsPolicy["origin"];
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly log: Logger | undefined;
}

/** What every endpoint works with. */
export interface EndpointContext extends EndpointFrame {
  readonly auth: TokenAuth;
  /** A client with a secret key. */
  readonly db: DatabaseClient;
  /** Who is believed about a client's address. */
  readonly trust: Trust;
  readonly badTokens: BadTokens;
  /** Of all requests of users together, but those that have limits of their own. */
  readonly requestLimits: readonly RateLimit[];
}

/** What one endpoint is. */
export interface EndpointPlan {
  /** Its name in the URL and in the log. */
  readonly name: string;
  /** Without OPTIONS, which is always answered. */
  readonly methods: readonly string[];
  /** Which errors are written to `error_log`, of those that are not left out anyway. Default: all. */
  readonly record?: ((error: VidopsError) => boolean) | undefined;
}

/** Answers a request of a user. */
export type UserHandler = (request: Request, user: TokenUser) => Promise<Response>;

/** What an endpoint's requests are counted as, and how many may be. */
export interface Limited {
  readonly action: string;
  readonly limits: readonly RateLimit[];
}

const requestHeaders = [
  "authorization",
  "apikey",
  "content-type",
  "idempotency-key",
  "if-none-match",
  "x-client-info",
];

const exposedHeaders = [
  ...["content-language", "etag", "retry-after", "x-idempotent-replay", "x-request-id"],
  ...rateLimitHeaderNames.map((name) => name.toLowerCase()).filter((name) => name !== "retry-after"),
];

/**
 * Makes an endpoint of a handler: answers OPTIONS and methods that it does not take, lets pages of other origins read the answers,
 * and answers whatever is thrown, in the user's language.
 *
 * @param frame where errors are kept, and who may read answers
 * @param plan name and methods
 * @param handle answers the requests that are left
 * @returns a handler that never rejects
 */
export function endpoint(
  { db, origin, waitUntil, log }: EndpointFrame,
  { name, methods, record = () => true }: EndpointPlan,
  handle: (request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  const answered = withErrors(
    async (request) => {
      if (!methods.includes(request.method)) return methodNotAllowed(methods);
      return handle(request).catch((thrown: unknown) => {
        throw isValidationError(thrown) ? toBadField(thrown) : thrown;
      });
    },
    { db, log, endpoint: name, waitUntil, record: (error) => isRecorded(error) && record(error) },
  );
  return withCors(answered, { origin, methods, requestHeaders, exposedHeaders });
}

/**
 * Makes an endpoint for users who are signed in, guests among them.
 *
 * @param context what all endpoints share
 * @param plan name and methods
 * @param handle answers the request of the user that the token names
 * @param limited the action that its requests are counted as, and its limits; none where the database judges them on the way
 * @returns a handler that never rejects
 */
export function userEndpoint(
  context: EndpointContext,
  plan: EndpointPlan,
  handle: UserHandler,
  limited: Limited = { action: "api_request", limits: context.requestLimits },
): (request: Request) => Promise<Response> {
  const within = limitedHandler<[TokenUser]>(context, handle, limited);
  return endpoint(context, plan, async (request) => {
    const user = await context.badTokens.unlessFlooding(request, () =>
      requireUser(request, { auth: context.auth, timeoutMs: context.db.timeoutMs }),
    );
    try {
      return await within(request, user);
    } catch (thrown) {
      // What is wrong with the database is not made better by asking it more.
      if (!toVidopsError(thrown).code.startsWith("ERR_6"))
        describeRequest(request, { language: await profileLanguage(context.db, user.id) });
      throw thrown;
    }
  });
}

/**
 * Puts limits before a handler.
 *
 * @param context where requests are counted
 * @param handle answers the requests within the limits; its first argument is the user
 * @param limited the action, and its limits; none: the handler itself
 * @returns a handler
 */
export function limitedHandler<Args extends readonly [TokenUser, ...unknown[]]>(
  { db, trust, log }: EndpointContext,
  handle: (request: Request, ...args: Args) => Promise<Response>,
  limited: Limited,
): (request: Request, ...args: Args) => Promise<Response> {
  if (limited.limits.length === 0) return handle;
  return withRateLimit<Args>(handle, {
    ...{ db, trust, log, ...limited },
    userId: (_request, ...[{ id }]) => id,
    language: (_request, ...[{ id }]) => profileLanguage(db, id),
  });
}

/** What a client does wrong all alone, and any guest could fill a table with: those are told to the log alone, and so is who left. */
const clientsOwn: ReadonlySet<string> = new Set([
  ...["ERR_4003", "ERR_4004", "ERR_4005", "ERR_4007", "ERR_4008", "ERR_4010", "ERR_4011"],
]);

function isRecorded({ code, reason }: VidopsError): boolean {
  return !clientsOwn.has(code) && reason !== "aborted";
}

const profileRow = z.object({ language: z.string() });

/** How long a refusal waits for the language of the profile, in milliseconds. */
const languageTimeoutMs = 1_000;

/**
 * The language of a user's profile, asked only when something is to be refused, so that what succeeds costs one request to the
 * database. Null when it is not known in time: the browser's language is as good.
 */
export async function profileLanguage(db: DatabaseClient, userId: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(languageTimeoutMs);
    const query = read(db, (client) => client.from("users").select("language").eq("id", userId), profileRow, {
      signal,
    });
    return (await query)[0]?.language ?? null;
  } catch {
    return null;
  }
}

function methodNotAllowed(methods: readonly string[]): Response {
  return new Response(null, { status: 405, headers: { allow: [...methods, "OPTIONS"].join(", ") } });
}

/**
 * An answer with a body of JSON, which nobody may keep.
 *
 * @param body what JSON holds
 * @param init status and further headers
 * @returns the response
 */
export function jsonAnswer(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
