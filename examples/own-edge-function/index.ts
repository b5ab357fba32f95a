/**
 * An Edge Function of one's own beside those of vidops: a text service makes a better prompt of a poor one. It costs no credits,
 * so it is limited: sixty an hour from an address, five a minute for a user, however many copies of it run. Whatever goes wrong, the
 * user reads why in their language, and operators find it under the same request id: `npx vidops errors show <request-id>`.
 *
 *     cp -r examples/own-edge-function supabase/functions/improve-prompt
 *     supabase functions deploy improve-prompt
 */
import { createClient } from "@supabase/supabase-js";
import { VidopsError } from "@vidops/core/errors";
import { fetchWithRetry } from "@vidops/core/http";
import { requireUser, withCors, withErrors, withRateLimit } from "@vidops/sdk/server";
import * as z from "zod/mini";

/** Where the project and the text service are. */
export interface Setting {
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly writerUrl: string;
}

const wish = z.object({ prompt: z.string().check(z.trim(), z.minLength(1), z.maxLength(2_000)) });

/** Makes the handler, for `Deno.serve` and for tests. */
export function improvePrompt(setting: Setting): (request: Request) => Promise<Response> {
  const { url, publishableKey, secretKey, writerUrl } = setting;
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const db = createClient(url, secretKey, options);
  const { auth } = createClient(url, publishableKey, options);

  async function improve(request: Request): Promise<Response> {
    // What zod throws becomes ERR_4008, which names the field.
    const { prompt } = wish.parse(await request.json().catch(() => null));
    const answer = await fetchWithRetry(
      writerUrl,
      { method: "POST", body: JSON.stringify({ prompt }) },
      { maxRetries: 1, initialDelay: 200, deadline: 20_000 },
    );
    if (answer.ok) return Response.json({ prompt: await answer.text() });
    await answer.body?.cancel();
    // What the user asked for in vain keeps its slot; what is not their fault, from 500 on, gives it back.
    throw answer.status === 422
      ? new VidopsError({
          code: "ERR_4003",
          reason: "topic_refused",
          message: "The text service does not write about that.",
        })
      : new VidopsError({
          code: "ERR_5002",
          reason: "writer_unavailable",
          message: `The text service answered ${answer.status}.`,
        });
  }

  const limited = withRateLimit(improve, {
    db,
    action: "improve_prompt",
    limits: [
      { per: "ip", maxRequests: 60, windowMinutes: 60 },
      { per: "user", maxRequests: 5, windowMinutes: 1 },
    ],
    // Whose token it is: a limit of a user whom the client may name would be none.
    userId: async (request) => (await requireUser(request, { auth })).id,
    reserve: true,
    waitUntil: keepAlive,
  });
  const answered = withErrors(limited, { db, endpoint: "improve-prompt", waitUntil: keepAlive });
  return withCors(answered, {
    origin: "*",
    methods: ["POST"],
    requestHeaders: ["authorization", "apikey", "content-type", "x-client-info"],
  });
}

/** On Supabase the answer goes out at once, and the function lives on until this is done. */
function keepAlive(work: Promise<unknown>): void {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } };
  EdgeRuntime?.waitUntil(work);
}

/** What is used of Deno. */
declare const Deno: {
  env: { get(name: string): string | undefined };
  serve(handler: (request: Request) => Promise<Response>): unknown;
};

if (import.meta.main) {
  const environment = (name: string): string => Deno.env.get(name) ?? "";
  Deno.serve(
    improvePrompt({
      url: environment("SUPABASE_URL"),
      publishableKey: environment("SUPABASE_ANON_KEY"),
      secretKey: environment("SUPABASE_SERVICE_ROLE_KEY"),
      writerUrl: environment("WRITER_URL"),
    }),
  );
}
