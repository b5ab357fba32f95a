import type { LocalStack } from "@vidops/local";
import { CommandError } from "../../command-error.ts";

/** What an app did, as the demo shows it. */
export interface AppStep {
  readonly title: string;
  /** The request, as a person would type it. */
  readonly command: string;
  readonly output: string;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Session {
  readonly access_token: string;
  readonly user: { readonly id: string };
}

/** Looks again after so many milliseconds. */
const pause = 150;

/**
 * What an app does with the stack's Edge Functions: a guest opens it, orders a video, and watches it; another order fails at
 * the provider and costs nothing. The provider is the development provider, so that nothing leaves this machine.
 *
 * @param stack a stack that serves functions
 * @param signal ends it
 * @returns nothing where functions cannot be served (Deno is not installed, or the project has none)
 * @throws CommandError when an answer is not what it should be
 */
export async function* appSteps(stack: LocalStack, signal: AbortSignal): AsyncGenerator<AppStep> {
  const models = await send(stack, signal, { path: "/functions/v1/get-models" });
  if (models.status === 404 || models.status === 501) return;
  const session = (await send(stack, signal, { path: "/auth/v1/signup", body: {} }))
    .body as unknown as Session;
  const guest = { token: session.access_token };

  const device = { device_id: "a-phone" };
  const onboarded = await send(stack, signal, { ...guest, path: "/functions/v1/device-check", body: device });
  yield step("A guest opens the app: credits, once a device", "device-check", device, onboarded, 200);

  const offered = models.body.models as readonly { id: string; name: string; cost_per_generation: number }[];
  const model = offered.toSorted((one, other) => one.cost_per_generation - other.cost_per_generation)[0];
  for (const [title, prompt, end] of [
    [
      "The guest orders a video: charged before the provider is called, once a key",
      "A red kite",
      "completed",
    ],
    ["Another one, which the provider will fail", "A red kite [fail]", "failed"],
  ] as const) {
    const order = { model_id: model?.id, prompt };
    const path = "/functions/v1/generate-video";
    const key = crypto.randomUUID();
    const ordered = await send(stack, signal, { ...guest, path, body: order, key });
    yield step(title, "generate-video", order, ordered, 202, key);
    const id = String(ordered.body.job_id);
    const job = await ended(stack, signal, guest.token, id);
    if (job.status !== end) throw unexpected(`job ${id} is ${job.status}, not ${end}`);
    const name = `get-video-status?job_id=${id}`;
    if (end === "failed") {
      yield shown("It failed, and its credits are back", name, job);
    } else {
      const video = await fetch(String(job.video_url), { signal });
      const bytes = (await video.arrayBuffer()).byteLength;
      const title =
        "The provider's webhook has told the end; the video is a file in Storage, behind a signed URL";
      yield shown(title, name, { ...job, video: `${video.headers.get("content-type")}, ${bytes} bytes` });
    }
  }
  const credits = await send(stack, signal, { ...guest, path: "/functions/v1/get-user-credits" });
  yield step("What the guest has left: one video was paid", "get-user-credits", undefined, credits, 200);
}

async function ended(
  stack: LocalStack,
  signal: AbortSignal,
  token: string,
  id: string,
): Promise<Record<string, unknown>> {
  for (let questions = 0; questions < 100; questions++) {
    const path = `/functions/v1/get-video-status?job_id=${id}`;
    const { body } = await send(stack, signal, { path, token });
    const job = body.job as Record<string, unknown>;
    if (job.status === "completed" || job.status === "failed") return job;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw unexpected(`job ${id} did not end`);
}

async function send(
  { url, publishableKey }: LocalStack,
  signal: AbortSignal,
  { path, token, body, key }: { path: string; token?: string; body?: unknown; key?: string },
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      apikey: publishableKey,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(key !== undefined && { "idempotency-key": key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function step(
  title: string,
  name: string,
  sent: unknown,
  { status, body }: Answer,
  expected: number,
  key?: string,
): AppStep {
  if (status !== expected) throw unexpected(`${name} answered ${status}: ${JSON.stringify(body)}`);
  const data = sent === undefined ? "" : ` -d '${JSON.stringify(sent)}'`;
  const header = key === undefined ? "" : ` -H "Idempotency-Key: ${key}"`;
  return { title, command: `${request(name)}${header}${data}`, output: `${JSON.stringify(body)}\n` };
}

function shown(title: string, name: string, job: Record<string, unknown>): AppStep {
  const fields = ["status", "credits_used", "credits_refunded", "error", "video"];
  const told = Object.fromEntries(Object.entries(job).filter(([field]) => fields.includes(field)));
  return { title, command: request(name), output: `${JSON.stringify(told)}\n` };
}

function request(name: string): string {
  const headers = '-H "apikey: $SUPABASE_PUBLISHABLE_KEY" -H "Authorization: Bearer $GUEST"';
  return `curl "$SUPABASE_URL/functions/v1/${name}" ${headers}`;
}

function unexpected(what: string): CommandError {
  return new CommandError("CLI_UNEXPECTED", `The demo's app went wrong: ${what}.`, { reason: "demo_failed" });
}
