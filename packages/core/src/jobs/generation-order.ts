import { requireCount, requireIdempotencyKey, requireUuid } from "../database/index.ts";
import { VidopsError, validationError } from "../errors/index.ts";
import type { RateLimit } from "../rate-limit/index.ts";

/** What a user orders. */
export interface GenerationOrder {
  userId: string;
  modelId: string;
  /** What the video shall show: 1 to 10 000 characters. */
  prompt: string;
  /** More fields of the model's input, by the provider's names; at most 64 kB as JSON, and nested 32 deep. */
  settings?: Readonly<Record<string, unknown>> | null;
  /** The image that the video starts from. It is kept as `settings.image_url`. */
  imageUrl?: string | null;
  /** The order is carried out once for each key of a user: 1 to 200 printable ASCII characters. */
  idempotencyKey: string;
  /** Whose requests are counted together by limits per address, from `clientIp`; null: all unknown addresses. */
  ip?: string | null;
  /** Null (default): the rules of `video_generation` in the database, if there are any. An empty list: no limit. */
  limits?: readonly RateLimit[] | null;
  /** The price that the user saw, in credits; another one is refused (price_changed). Default: any price. */
  expectedCredits?: number | null;
  /** Stops the waiting for the database; what was begun is not taken back. */
  signal?: AbortSignal | undefined;
}

/** An order that was checked. */
export interface CheckedOrder {
  userId: string;
  modelId: string;
  prompt: string;
  settings: Record<string, unknown>;
  idempotencyKey: string;
  expectedCredits: number | undefined;
}

const longestPrompt = 10_000;
const mostSettingsBytes = 65_536;
const deepestSettings = 32;

/**
 * Checks an order before anything is sent.
 *
 * @param order what the caller gave
 * @returns the same, with the image among the settings
 * @throws VidopsError ERR_4003 for the prompt, ERR_4008 for all else
 */
export function requireOrder(order: GenerationOrder): CheckedOrder {
  const { imageUrl, expectedCredits } = order;
  const image = imageUrl == null ? {} : { image_url: imageUrl };
  return {
    userId: requireUuid("userId", order.userId),
    modelId: requireUuid("modelId", order.modelId),
    prompt: requirePrompt(order.prompt),
    settings: requireImage(requireSettings({ ...requireObject(order.settings ?? {}), ...image })),
    idempotencyKey: requireIdempotencyKey(order.idempotencyKey),
    expectedCredits:
      expectedCredits == null ? undefined : requireCount("expectedCredits", expectedCredits, "credits"),
  };
}

function requirePrompt(prompt: unknown): string {
  const refuse = (fault: string): VidopsError =>
    new VidopsError({
      code: "ERR_4003",
      reason: "invalid_prompt",
      message: `The prompt ${fault}.`,
      hint: `Give 1 to ${longestPrompt} characters.`,
      details: { field: "prompt" },
    });
  if (typeof prompt !== "string") throw refuse("is missing");
  if (prompt.trim() === "") throw refuse("is blank");
  // By code point, as the database counts; the first test spares that for what is hopeless.
  if (prompt.length > 2 * longestPrompt || [...prompt].length > longestPrompt) throw refuse("is too long");
  if (prompt.includes("\0") || !prompt.isWellFormed()) throw refuse("holds characters that cannot be stored");
  return prompt;
}

/** The image that the provider is sent to fetch, whichever way it came into the settings. */
function requireImage(settings: Record<string, unknown>): Record<string, unknown> {
  const { image_url: url } = settings;
  if (url == null) return settings;
  const given = typeof url === "string" && URL.canParse(url) ? new URL(url) : null;
  if (given !== null && (given.protocol === "https:" || given.protocol === "data:")) return settings;
  throw validationError("imageUrl", "is neither an https URL nor a data URI");
}

function requireObject(settings: unknown): Record<string, unknown> {
  const prototype =
    typeof settings === "object" && settings !== null ? Object.getPrototypeOf(settings) : undefined;
  // Of any realm: the prototype of a plain object has none itself.
  if (prototype === null || (prototype !== undefined && Object.getPrototypeOf(prototype) === null))
    return settings as Record<string, unknown>;
  throw validationError("settings", "is not an object");
}

/** Settings as JSON holds them: what was looked at is what is hashed, stored and sent. */
function requireSettings(settings: Record<string, unknown>): Record<string, unknown> {
  requireDepth(settings, deepestSettings);
  let json: string;
  try {
    json = JSON.stringify(settings);
  } catch {
    throw validationError("settings", "cannot be written as JSON");
  }
  if (new TextEncoder().encode(json).length > mostSettingsBytes)
    throw validationError("settings", `is larger than ${mostSettingsBytes / 1024} kB`);
  return JSON.parse(json, (name, value) => {
    if (!isStorable(name) || (typeof value === "string" && !isStorable(value)))
      throw validationError("settings", "holds characters that cannot be stored");
    return value;
  }) as Record<string, unknown>;
}

/** Before JSON.stringify, which goes as deep as it is told to. A cycle is too deep as well. */
function requireDepth(value: unknown, left: number): void {
  if (typeof value !== "object" || value === null) return;
  if (left === 0) throw validationError("settings", `is nested more than ${deepestSettings} deep`);
  for (const entry of Object.values(value)) requireDepth(entry, left - 1);
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
