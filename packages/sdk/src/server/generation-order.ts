import * as z from "zod/mini";
import { badField } from "./bad-field.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";

/** What a user orders. */
export interface GenerationOrder {
  readonly modelId: string;
  readonly prompt: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly imageUrl: string | null;
  /** The price that the user saw; null: any. */
  readonly expectedCredits: number | null;
  /** A UUID in lower case. */
  readonly idempotencyKey: string;
}

const mostPromptCharacters = 10_000;

const orderBody = z.strictObject({
  model_id: z.uuid(),
  prompt: z.string(),
  // Looked into by core, which bounds depth and size.
  settings: z.optional(
    z.nullable(z.custom<Readonly<Record<string, unknown>>>(isObject, { error: "is not a JSON object" })),
  ),
  image_url: z.optional(z.nullable(z.string().check(z.refine(isHttps, { error: "is not an https URL" })))),
  expected_credits: z.optional(z.nullable(z.int().check(z.gte(0), z.lte(2_147_483_647)))),
});

const hints = {
  model_id: "Send an id of get-models.",
  prompt: `Send 1 to ${mostPromptCharacters} characters of plain text.`,
  settings: "Send an object of the model's own fields, or leave it out.",
  image_url: "Send an https URL of at most 2000 characters that the provider can read.",
  expected_credits: "Send the credits that the user was shown, or leave it out.",
  body: "Send {model_id, prompt}.",
};

/**
 * Reads the order of a generation: the body `{model_id, prompt, settings?, image_url?, expected_credits?}`, and the header
 * `Idempotency-Key`, which has to be a UUID: a word of the app's own would sooner or later be the same for two orders.
 *
 * @param request with the body not yet read
 * @returns the order; the prompt is trimmed, and its lines end with a newline alone
 * @throws VidopsError ERR_4003 for the prompt, else ERR_4008; `details` has `field`, `fault` and `hint`
 */
export async function readGenerationOrder(request: Request): Promise<GenerationOrder> {
  const key = requireKey(request.headers);
  const order = parseFields(orderBody, await jsonBody(request), hints);
  return {
    modelId: order.model_id.toLowerCase(),
    prompt: requirePrompt(order.prompt),
    settings: order.settings ?? {},
    imageUrl: order.image_url ?? null,
    expectedCredits: order.expected_credits ?? null,
    idempotencyKey: key,
  };
}

function requireKey(headers: Headers): string {
  const field = "Idempotency-Key";
  const hint = "Send a new UUID with each order, and the same one when you repeat it.";
  const key = idempotencyKey(headers);
  if (key === null) throw badField({ field, fault: "is missing", hint });
  if (z.uuid().safeParse(key).success) return key.toLowerCase();
  throw badField({ field, fault: "is not a UUID", hint });
}

function requirePrompt(text: string): string {
  const prompt = text.replaceAll(/\r\n?/g, "\n").trim();
  const fault = promptFault(prompt);
  if (fault === null) return prompt;
  throw badField({ field: "prompt", fault, hint: hints.prompt }, "ERR_4003");
}

function promptFault(prompt: string): string | null {
  if (prompt === "") return "is empty";
  // By code point, as the database counts; the first test spares that for what is hopeless.
  if (prompt.length > 2 * mostPromptCharacters || [...prompt].length > mostPromptCharacters)
    return `has more than ${mostPromptCharacters} characters`;
  if (/[^\P{Cc}\n\t]/u.test(prompt)) return "holds a control character";
  return prompt.isWellFormed() ? null : "is not well-formed text";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHttps(text: string): boolean {
  return text.length <= 2_000 && URL.canParse(text) && new URL(text).protocol === "https:";
}
