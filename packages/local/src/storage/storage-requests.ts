import type { ListPlan } from "./objects.ts";
import { refusals } from "./storage-error.ts";

/** What is uploaded, in whichever of the two ways supabase-js has. */
export interface Upload {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly mimetype: string;
  readonly cacheControl: string;
  readonly upsert: boolean;
}

/** Reads an upload: the bytes themselves, or a form with a file in it. */
export async function readUpload(request: Request): Promise<Upload> {
  const type = request.headers.get("content-type") ?? "application/octet-stream";
  const upsert = request.headers.get("x-upsert") === "true" || request.method === "PUT";
  if (!type.startsWith("multipart/form-data")) {
    const cacheControl = request.headers.get("cache-control") ?? "no-cache";
    return { body: request.body, mimetype: type, cacheControl, upsert };
  }
  const form = await request.formData().catch(() => null);
  const file = [...(form?.values() ?? [])].find((value) => value instanceof File);
  if (file === undefined) throw refusals.badRequest("The form has no file in it");
  const seconds = form?.get("cacheControl");
  return {
    body: file.stream(),
    mimetype: file.type === "" ? "application/octet-stream" : file.type,
    cacheControl: typeof seconds === "string" ? `max-age=${seconds}` : "no-cache",
    upsert,
  };
}

/** Reads what to list; what is left out is as hosted Storage has it. */
export async function readListPlan(request: Request): Promise<ListPlan> {
  const { prefix, search, limit, offset, sortBy } = await readObject(request);
  const { column, order } = (sortBy ?? {}) as Record<string, unknown>;
  const count = (value: unknown, otherwise: number): number =>
    Number.isInteger(value) && Number(value) >= 0 ? Number(value) : otherwise;
  return {
    prefix: typeof prefix === "string" ? prefix : "",
    search: typeof search === "string" ? search : "",
    limit: count(limit, 100),
    offset: count(offset, 0),
    sortBy: { column: String(column ?? "name"), order: String(order ?? "asc") },
  };
}

/** Reads which objects to remove. */
export async function readNames(request: Request): Promise<readonly string[]> {
  const { prefixes } = await readObject(request);
  return textsOf(prefixes, "prefixes");
}

/** Reads for how many seconds to sign, and what. */
export async function readSeconds(
  request: Request,
): Promise<{ readonly seconds: number; readonly paths: readonly string[] }> {
  const { expiresIn, paths } = await readObject(request);
  if (!Number.isInteger(expiresIn) || Number(expiresIn) < 1)
    throw refusals.badRequest("expiresIn must be a whole number of seconds, 1 at least");
  return { seconds: Number(expiresIn), paths: paths === undefined ? [] : textsOf(paths, "paths") };
}

function textsOf(value: unknown, name: string): readonly string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw refusals.badRequest(`${name} must be a list of texts`);
}

async function readObject(request: Request): Promise<Record<string, unknown>> {
  const value: unknown = await request.json().catch(() => null);
  if (typeof value !== "object" || value === null)
    throw refusals.badRequest("The body must be a JSON object");
  return value as Record<string, unknown>;
}
