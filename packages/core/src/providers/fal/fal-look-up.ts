import * as z from "zod/mini";
import type { LookUpResult, LookUpWindow, ProviderJob, SubmitRequest } from "../provider.ts";
import { bodyFaultOf, type ProviderAnswer } from "../provider-answer.ts";
import type { ProviderClient } from "../provider-client.ts";
import { faultOfStatus } from "../provider-fault.ts";
import { isJobId, ownWords, requireWindow } from "../provider-input.ts";
import { faultOfAnswer } from "./fal-answers.ts";
import { falInput } from "./fal-requests.ts";

/** Where past requests are listed. @see https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint */
export const platformOrigin = "https://api.fal.ai";

// With its input and output one request may be large: small pages keep the answer below what is read.
const PAGE = 20;
const MAX_PAGES = 10;
/** The clocks of two companies differ, in ms. */
const SKEW = 120_000;

const page = z.looseObject({
  items: z.array(z.looseObject({ request_id: z.string(), json_input: z.optional(z.unknown()) })),
  next_cursor: z.optional(z.nullable(z.string())),
  has_more: z.optional(z.nullable(z.boolean())),
});

/**
 * Looks for requests with the same input, in the time when a lost one was sent.
 *
 * @param client asks
 * @param request what was submitted
 * @param window when
 * @param signal ends it
 * @returns the requests that hold every field that was sent; at most 200 are looked at
 * @see https://fal.ai/docs/platform-apis/v1/models/requests/by-endpoint
 */
export async function lookUpRequests(
  client: ProviderClient,
  request: SubmitRequest,
  window: LookUpWindow,
  signal: AbortSignal | undefined,
): Promise<LookUpResult> {
  const { from, to } = requireWindow(window);
  // As it was sent: without what JSON leaves out.
  const sent = JSON.parse(JSON.stringify(falInput(request))) as Record<string, unknown>;
  const written = ownWords(request);
  const jobs: ProviderJob[] = [];
  let complete = true;
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = new URLSearchParams({
      endpoint_id: request.model,
      start: new Date(from - SKEW).toISOString(),
      end: new Date(to + SKEW).toISOString(),
      expand: "payloads",
      limit: String(PAGE),
      ...(cursor !== null && { cursor }),
    });
    const url = `${platformOrigin}/v1/models/requests/by-endpoint?${query}`;
    const answer: ProviderAnswer = await client.send({
      operation: "look_up",
      method: "GET",
      url,
      signal,
      written,
    });
    if (answer.status !== 200) {
      const fault = faultOfAnswer(answer) ?? faultOfStatus(answer.status, "model_not_found");
      throw client.fail("look_up", fault, { answer, written });
    }
    const { data } = page.safeParse(answer.json);
    if (data === undefined) throw client.fail("look_up", bodyFaultOf(answer), { answer, written });
    for (const { request_id: id, json_input: input } of data.items) {
      // Stored without its input, or with an id that is none: it may be the one.
      if (typeof input !== "object" || input === null || !isJobId(id)) complete = false;
      else if (holds(input as Record<string, unknown>, sent)) {
        jobs.push({ provider: client.name, id, model: request.model });
      }
    }
    cursor = data.next_cursor ?? null;
    if (cursor === null || data.has_more === false) return { jobs, complete };
  }
  return { jobs, complete: false };
}

/** Whether every field is there with the same value; fal may have added defaults. */
function holds(input: Readonly<Record<string, unknown>>, sent: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(sent).every(([name, value]) => isSame(input[name], value));
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return one === other;
  }
  const names = Object.keys(one);
  if (Array.isArray(one) !== Array.isArray(other) || names.length !== Object.keys(other).length) return false;
  return names.every((name) =>
    isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
  );
}
