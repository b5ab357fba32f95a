/**
 * An Edge Function that sells a sharper copy of a finished video for four credits. Whatever goes wrong, the user reads why in
 * their language, and operators find the whole story under the same request id: `npx vidops errors show <request-id>`.
 *
 *     deno run --allow-net --allow-env=SUPABASE_URL,SUPABASE_ANON_KEY,SUPABASE_SERVICE_ROLE_KEY examples/upscale-video.ts
 */
import { deductCredits } from "@vidops/core/credits";
import { createDatabase, jwtClaims, read } from "@vidops/core/database";
import { describeRequest, withErrors } from "@vidops/core/error-log";
import { createErrorResponse, ErrorCode } from "@vidops/core/errors";
import * as z from "zod/mini";

/** Where the project is, and its keys. */
export interface Project {
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
}

const userRow = z.object({ id: z.uuid(), language: z.string() });
const jobRow = z.object({ status: z.string() });
const orderBody = z.object({ job_id: z.uuid() });

/** Makes the handler, for `Deno.serve` and for tests. */
export function upscaleVideo(project: Project): (request: Request) => Promise<Response> {
  const { url, publishableKey, secretKey } = project;
  const db = createDatabase({ url, key: secretKey });

  async function upscale(request: Request): Promise<Response> {
    // The database checks the token, and its policies show nobody else's rows.
    const token = request.headers.get("authorization")?.replace(/^Bearer /i, "") ?? "";
    const id = jwtClaims(token)?.sub;
    if (typeof id !== "string") return createErrorResponse({ code: ErrorCode.ERR_4005, request });
    const asUser = createDatabase({ url, key: publishableKey, accessToken: token });
    const [user] = await read(
      asUser,
      (client) => client.from("users").select("id,language").eq("id", id),
      userRow,
    );
    if (user === undefined) return createErrorResponse({ code: ErrorCode.ERR_4005, request });
    // From here on an error is answered in the language of the profile, and logged with the user.
    describeRequest(request, { userId: user.id, language: user.language });
    const { language } = user;

    const order = orderBody.safeParse(await request.json().catch(() => null));
    if (!order.success)
      return createErrorResponse({ code: ErrorCode.ERR_4008, language, details: { field: "job_id" } });
    const jobId = order.data.job_id;
    describeRequest(request, { requestData: { job_id: jobId } });
    const [job] = await read(
      asUser,
      (client) => client.from("video_jobs").select("status").eq("job_id", jobId),
      jobRow,
    );
    if (job === undefined) return createErrorResponse({ code: ErrorCode.ERR_4007, language });
    if (job.status !== "completed") return createErrorResponse({ code: ErrorCode.ERR_4014, language });

    // Too few credits are thrown, like whatever else the database refuses: withErrors makes the answer of it.
    const { creditsRemaining } = await deductCredits(db, {
      userId: user.id,
      amount: 4,
      reason: "upscale",
      jobId,
      idempotencyKey: `upscale-${jobId}`,
    });
    return Response.json({ started: true, credits_remaining: creditsRemaining });
  }

  return withErrors(upscale, { db, endpoint: "upscale-video", waitUntil: keepAlive });
}

/** On Supabase the answer goes out at once, and the function lives on until the error is in the log. */
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
  Deno.serve(
    upscaleVideo({
      url: Deno.env.get("SUPABASE_URL") ?? "",
      publishableKey: Deno.env.get("SUPABASE_ANON_KEY") ?? "",
      secretKey: Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "",
    }),
  );
}
