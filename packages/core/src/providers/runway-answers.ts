import * as z from "zod/mini";
import type { ProviderCost } from "./provider.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import { faults, type ProviderFault } from "./provider-fault.ts";

/** What does not matter enough to lose a job for it. */
const credits = z.catch(
  z.optional(z.nullable(z.looseObject({ credits: z.number().check(z.nonnegative()) }))),
  undefined,
);

interface Credits {
  readonly credits: number;
}

const created = z.looseObject({ id: z.string(), estimatedCost: credits });

/** The answer to a submit. */
export interface CreatedTask {
  readonly id: string;
  readonly estimatedCost?: Credits | null | undefined;
}

/** @see https://docs.dev.runwayml.com/openapi.json */
export function readCreatedTask(json: unknown): CreatedTask | undefined {
  return created.safeParse(json).data;
}

const task = z.looseObject({
  id: z.string(),
  status: z.string(),
  progress: z.catch(z.nullable(z.number().check(z.gte(0), z.lte(1))), null),
  output: z.optional(z.unknown()),
  failureCode: z.catch(z.optional(z.nullable(z.string())), undefined),
  estimatedCost: credits,
  cost: credits,
});

/** A task, whatever its status. */
export interface Task extends CreatedTask {
  readonly status: string;
  readonly progress: number | null;
  readonly output?: unknown;
  readonly failureCode?: string | null | undefined;
  readonly cost?: Credits | null | undefined;
}

/** @see https://docs.dev.runwayml.com/openapi.json */
export function readTask(json: unknown): Task | undefined {
  return task.safeParse(json).data;
}

const output = z.tuple([z.url({ protocol: /^https$/ })], z.unknown());

/** The URL of what a task made; null for anything else. */
export function videoUrlOf({ output: made }: Task): string | null {
  return output.safeParse(made).data?.[0] ?? null;
}

/**
 * What a task costs. A credit is a US cent.
 *
 * @see https://docs.dev.runwayml.com/guides/pricing/
 */
export function costOf({
  cost: final,
  estimatedCost,
}: CreatedTask & Pick<Partial<Task>, "cost">): ProviderCost | null {
  const amount = final?.credits ?? estimatedCost?.credits;
  if (amount === undefined) return null;
  return { amount, unit: "credits", usd: amount / 100, final: final != null };
}

/**
 * What the `failureCode` of a task means. Codes grow at their end, so their beginnings are compared.
 *
 * @see https://docs.dev.runwayml.com/errors/task-failures/
 */
export function faultOfFailureCode(code: string | null): ProviderFault {
  if (/^(?:INPUT_PREPROCESSING\.)?SAFETY\b/.test(code ?? "")) return faults.content_policy;
  return /^ASSET\b/.test(code ?? "") ? faults.invalid_request : faults.job_broken;
}

/**
 * What an answer means that HTTP's status alone does not tell: Runway says 400 for whatever it did not like.
 *
 * @see https://docs.dev.runwayml.com/errors/errors
 */
export function faultOfAnswer({ status, text }: ProviderAnswer): ProviderFault | null {
  if (status !== 400) return null;
  if (/enough credits/i.test(text)) return faults.out_of_credits;
  return /X-Runway-Version/i.test(text) ? faults.misconfigured : null;
}
