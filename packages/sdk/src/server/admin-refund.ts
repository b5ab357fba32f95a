import { type AdminAuthClient, requireAdmin } from "@vidops/core/admin";
import { refundCredits } from "@vidops/core/credits";
import { createDatabase, type DatabaseClient } from "@vidops/core/database";
import { describeRequest } from "@vidops/core/error-log";
import { VidopsError } from "@vidops/core/errors";
import type { Logger } from "@vidops/core/logging";
import { type RateLimit, type Trust, withRateLimit } from "@vidops/core/rate-limit";
import { endpoint, jsonAnswer } from "./endpoint.ts";
import { readRefundOrder, refundAnswer } from "./refund-order.ts";
import type { CorsPolicy } from "./with-cors.ts";

/** What the handler of refunds is made of. */
export interface AdminRefundOptions {
  /** The project's URL, e.g. `https://abc.supabase.co`. */
  readonly url: string;
  /** The publishable (or anon) key. Refunds are made with the admin's own token, so that the database decides who may. */
  readonly key: string;
  /** Says whose token it is: `createClient(url, key).auth` of supabase-js. */
  readonly auth: AdminAuthClient["auth"];
  /** A client with a secret key, which counts requests and keeps errors. Null: neither is done, and no secret is needed. */
  readonly db: DatabaseClient | null;
  /** How many requests an admin may send. Default: 60 in a minute. */
  readonly limits?: readonly RateLimit[] | undefined;
  /** Who is believed about a client's address, which the log of limits names. Default: `supabase`. */
  readonly trust?: Trust | undefined;
  /** The origins whose pages may call it: `"*"` (default), a list, or none with `[]`. */
  readonly origin?: CorsPolicy["origin"] | undefined;
  /** Keeps the runtime alive until the log is written: `(work) => EdgeRuntime.waitUntil(work)`. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Takes one line for each error. Default: `logEvent`. */
  readonly log?: Logger | undefined;
}

/** An admin, and a client that speaks as him. */
interface Caller {
  readonly id: string;
  readonly language: string | null;
  readonly client: DatabaseClient;
}

/**
 * Makes the handler of `admin-refund-credits`: an admin sends `{user_id, amount, reason}` and gets `{success, new_balance, …}`.
 * The body may also have `job_id` (then all refunds of the job together never pass what it cost, and `amount` may be left out:
 * all that is left), `reason_code` and `ticket`.
 *
 * `Idempotency-Key` makes a repeat answer as the first time, with `X-Idempotent-Replay: true`. Without the header the content
 * is the key: what would be refunded a second time is refused (409, `details.action_id`), never done silently.
 *
 * A refund that needs a second admin is answered with 409, ERR_4015 and `details.approval_id`.
 *
 * @param options the project, and who checks tokens, counts and logs
 * @returns a handler that never rejects
 * @throws VidopsError ERR_4008 for a malformed URL, key or limit
 * @example
 * ```ts
 * const { auth } = createClient(url, publishableKey, { auth: { persistSession: false, autoRefreshToken: false } });
 * Deno.serve(createAdminRefundHandler({ url, key: publishableKey, auth, db: createClient(url, secretKey) }));
 * ```
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function createAdminRefundHandler(
  options: AdminRefundOptions,
): (request: Request) => Promise<Response> {
  const { url, key, auth, db, waitUntil, log, trust = "supabase", origin = "*" } = options;
  // Made once to complain at start, and for requests without a token.
  const anonymous = createDatabase({ url, key });

  async function callerOf(request: Request): Promise<Caller> {
    const token = /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.get("authorization")?.trim() ?? "")?.[1];
    const client = token === undefined ? anonymous : createDatabase({ url, key, accessToken: token });
    const { admin } = await requireAdmin(request, { ...client, auth });
    // From here on errors are in the language of the profile, and logged with who asked: requireAdmin told `withErrors`.
    return { ...admin, client };
  }

  const limited =
    db === null
      ? refund
      : withRateLimit<[Caller]>(refund, {
          ...{ db, trust, log },
          action: "admin_refund_credits",
          limits: options.limits ?? [{ per: "user", maxRequests: 60, windowMinutes: 1 }],
          userId: (_request, { id }) => id,
          language: (_request, { language }) => language,
        });

  const frame = { db, origin, waitUntil, log };
  return endpoint(frame, { name: "admin-refund-credits", methods: ["POST"] }, async (request) =>
    limited(request, await callerOf(request)),
  );
}

async function refund(request: Request, { client }: Caller): Promise<Response> {
  const { keyed, request: order } = await readRefundOrder(request);
  describeRequest(request, { requestData: { ...order, keyed } });
  const done = await refundCredits(client, order);
  if (done.replayed && !keyed) {
    throw new VidopsError({
      code: "ERR_4009",
      reason: "repeated_without_key",
      message: "The same refund was made before, and no Idempotency-Key tells a repeat from a second one.",
      hint: "If a second one is meant, send a new Idempotency-Key.",
      details: { action_id: done.actionId, amount: done.amount, new_balance: done.newBalance },
    });
  }
  return jsonAnswer(refundAnswer(done), { headers: done.replayed ? { "x-idempotent-replay": "true" } : {} });
}
