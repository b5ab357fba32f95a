import { validationError } from "../errors/index.ts";
import type { LookUpWindow, ProviderJob, SubmitRequest } from "./provider.ts";
import type { ProviderName } from "./provider-name.ts";

/**
 * Checks a key before it is ever sent: a runtime that refuses a header quotes it in its error.
 *
 * @param apiKey what the caller gave
 * @returns the key
 * @throws ValidationError that does not quote it
 */
export function requireKey(apiKey: unknown): string {
  if (typeof apiKey === "string" && /^[\x21-\x7e]{1,512}$/.test(apiKey)) return apiKey;
  throw validationError(
    "apiKey",
    "is missing or malformed",
    'Give the key itself, without "Key", "Bearer" or spaces.',
  );
}

/**
 * Checks what is asked for, as far as all providers want the same.
 *
 * @param request what the caller gave
 * @param models what the provider's names of models look like
 * @throws ValidationError ERR_4008
 */
export function requireRequest(request: SubmitRequest, models: RegExp): void {
  requireModel(request.model, models);
  requireText("prompt", request.prompt);
  requireText("imageUrl", request.imageUrl);
  const { settings = {} } = request;
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw validationError("settings", "must be an object");
  }
  if (request.webhookUrl !== undefined && !isHttps(request.webhookUrl)) {
    throw validationError("webhookUrl", "must be an https URL");
  }
}

// Shorter ones are choices, "16:9" or "8s", which an error may well name.
const LEAST_SETTING = 12;
const LEAST_WORDS = 4;
const MAX_STRINGS = 200;

/**
 * Collects what the user wrote, so that no error repeats it.
 *
 * @param request what is asked for
 * @returns its texts, the longest first, since one may be a part of another
 */
export function ownWords({ prompt, imageUrl, webhookUrl, settings }: SubmitRequest): readonly string[] {
  const texts = [prompt, imageUrl, webhookUrl].filter((text) => text !== undefined);
  const found = texts.flatMap((text) => [text, text.trim()]).filter((text) => text.length >= LEAST_WORDS);
  const look = (value: unknown, depth: number): void => {
    if (found.length >= MAX_STRINGS || depth > 8) return;
    if (typeof value === "string" && value.length >= LEAST_SETTING) found.push(value);
    if (typeof value !== "object" || value === null) return;
    for (const entry of Object.values(value)) look(entry, depth + 1);
  };
  look(settings, 0);
  return [...new Set(found)].sort((one, other) => other.length - one.length);
}

/**
 * Writes the body of a submit.
 *
 * @param input the fields; undefined ones are left out
 * @returns JSON
 * @throws ValidationError ERR_4008 for settings that JSON cannot hold
 */
export function inputJson(input: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(input);
  } catch {
    throw validationError("settings", "cannot be written as JSON");
  }
}

/**
 * Checks that a job is one of this provider, and that its id and model can stand in a path.
 *
 * @param job what the caller gave
 * @param provider whose job it must be
 * @param models what the provider's names of models look like
 * @throws ValidationError ERR_4008
 */
export function requireJob(job: ProviderJob, provider: ProviderName, models: RegExp): void {
  if (job.provider !== provider) throw validationError("job.provider", `must be ${provider}`);
  if (!isJobId(job.id)) throw validationError("job.id", `is no id of ${provider}`);
  requireModel(job.model, models);
}

/** What of an id may stand in a path: everything a provider makes, and no way out of the path. */
export function isJobId(id: unknown): id is string {
  return typeof id === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(id);
}

/**
 * Checks the times of a look-up.
 *
 * @param window what the caller gave
 * @returns ms since 1970
 * @throws ValidationError ERR_4008
 */
export function requireWindow({ from, to }: LookUpWindow): { from: number; to: number } {
  const times = { from: Date.parse(from), to: Date.parse(to) };
  for (const name of ["from", "to"] as const) {
    if (Number.isNaN(times[name])) throw validationError(name, "is no time", "Give ISO 8601.");
  }
  if (times.to < times.from) throw validationError("to", "is before from");
  return times;
}

/** True for an https URL without user and password. */
export function isHttps(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return protocol === "https:" && username === "" && password === "";
}

function requireModel(model: unknown, models: RegExp): void {
  if (typeof model === "string" && model.length <= 200 && models.test(model)) return;
  throw validationError("model", "is no name of a model of this provider");
}

function requireText(field: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return;
  throw validationError(field, "is blank or no text");
}
