import { isOver, type Job } from "./job.ts";
import { readWishes } from "./prompt-words.ts";
import type { Queue } from "./queue.ts";

const queueOrigin = "https://queue.fal.run";

/** What a route gives: an answer, or null to cut the connection without one. */
export type Routes = (request: Request) => Promise<Response | null>;

/**
 * Answers what fal's hosts answer. The first part of the path names the host: what the adapters send to
 * `https://queue.fal.run/x` arrives here as `/queue.fal.run/x` (see `developmentFetch` of `@vidops/core/providers`).
 *
 * @see https://fal.ai/docs/documentation/model-apis/inference/queue.md
 */
export function createRoutes(queue: Queue): Routes {
  const routes: Record<string, (request: Request, url: URL, path: string) => Promise<Response | null>> = {
    "queue.fal.run": (request, url, path) => answerQueue(queue, request, url, path),
    "api.fal.ai": async (request, url) => keyed(request) ?? lookUp(queue, url),
    "rest.fal.ai": async () => Response.json(queue.webhooks.keySet),
    videos: async (_request, _url, path) => video(queue, path),
  };
  return async (request) => {
    const url = new URL(request.url);
    const [, host = "", path = ""] = /^\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    const route = Object.hasOwn(routes, host) ? routes[host] : undefined;
    return route === undefined ? notFound() : route(request, url, path);
  };
}

async function answerQueue(queue: Queue, request: Request, url: URL, path: string): Promise<Response | null> {
  const refused = keyed(request);
  if (refused !== null) return refused;
  const [, app = "", id = "", what = ""] =
    /^(.+)\/requests\/([\w-]+)(?:\/(status|cancel))?$/.exec(path) ?? [];
  if (id === "") return request.method === "POST" ? submit(queue, request, url, path) : notFound();
  const job = queue.jobs.get(id);
  // As at fal, the path of the model is left out of a job's addresses: app and owner are enough.
  if (job === undefined || !`${job.model}/`.startsWith(`${app}/`)) return notFound();
  if (what === "cancel") {
    if (request.method !== "PUT") return Response.json({ detail: "Method Not Allowed" }, { status: 405 });
    return queue.cancel(job)
      ? Response.json({ status: "CANCELLATION_REQUESTED" }, { status: 202 })
      : Response.json({ status: "ALREADY_COMPLETED" }, { status: 400 });
  }
  if (what === "status") return status(job);
  const result = queue.result(job);
  const billed = { "x-fal-request-id": id, "x-fal-billable-units": "1" };
  return Response.json(result.body, { status: result.status, headers: isOver(job) ? billed : {} });
}

async function submit(queue: Queue, request: Request, url: URL, model: string): Promise<Response | null> {
  const input: unknown = await request.json().catch(() => null);
  if (typeof input !== "object" || input === null) {
    return Response.json(
      { detail: [{ loc: ["body"], msg: "Input should be an object", type: "dict_type" }] },
      { status: 422 },
    );
  }
  const prompt = "prompt" in input ? input.prompt : "";
  if (readWishes(prompt).reject) {
    const msg = "The content could not be processed because it was asked to be refused";
    const detail = [{ loc: ["body", "prompt"], msg, type: "content_policy_violation" }];
    return Response.json({ detail }, { status: 422 });
  }
  const job = queue.add(model, input as Record<string, unknown>, url.searchParams.get("fal_webhook"));
  if (job.wishes.lost) return null;
  return Response.json(
    { status: "IN_QUEUE", request_id: job.id, ...addresses(job), queue_position: 0 },
    { headers: { "x-fal-request-id": job.id } },
  );
}

function status(job: Job): Response {
  const told = { request_id: job.id, ...addresses(job) };
  if (job.state === "queued")
    return Response.json({ status: "IN_QUEUE", queue_position: 0, ...told }, { status: 202 });
  if (job.state === "running") return Response.json({ status: "IN_PROGRESS", ...told }, { status: 202 });
  return Response.json({ status: "COMPLETED", ...told });
}

function lookUp(queue: Queue, url: URL): Response {
  const { endpoint_id: model, start = "", end = "" } = Object.fromEntries(url.searchParams);
  const items = [...queue.jobs.values()]
    .filter((job) => job.model === model)
    .filter(({ createdAt }) => createdAt >= new Date(start) && createdAt <= new Date(end))
    .map((job) => ({
      ...{ request_id: job.id, endpoint_id: job.model, json_input: job.input },
      ...{ started_at: job.createdAt.toISOString(), status_code: isOver(job) ? 200 : null },
    }));
  return Response.json({ items, next_cursor: null, has_more: false });
}

function video(queue: Queue, path: string): Response {
  const job = queue.jobs.get(path.replace(/\.mp4$/, ""));
  if (job?.state !== "completed") return notFound();
  const headers = { "content-type": "video/mp4", "content-length": String(queue.video.byteLength) };
  return new Response(new Uint8Array(queue.video), { headers });
}

function addresses({ id, model }: Job): Record<string, string> {
  const own = `${queueOrigin}/${model.split("/").slice(0, 2).join("/")}/requests/${id}`;
  return { response_url: own, status_url: `${own}/status`, cancel_url: `${own}/cancel` };
}

function keyed(request: Request): Response | null {
  if (/^Key \S+$/.test(request.headers.get("authorization") ?? "")) return null;
  return Response.json({ detail: "Authentication is required to access this application." }, { status: 401 });
}

function notFound(): Response {
  return Response.json({ detail: "Not found" }, { status: 404 });
}
