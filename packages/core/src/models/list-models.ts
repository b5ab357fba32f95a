import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireTimes, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type Model, modelRow, toModel, toPeriod, type UsagePeriod } from "./model.ts";
import { decodeModelCursor, encodeModelCursor, type ListedModels } from "./model-cursor.ts";

/** Which models to list. All filters given must fit. */
export interface ModelQuery {
  /** Part of the name, upper or lower case. */
  name?: string | null;
  /** True: those on sale only; false: those that are not. */
  available?: boolean | null;
  featured?: boolean | null;
  provider?: string | null;
  category?: string | null;
  /** Count what they were used for from this time, at most 92 days before `until`. Default: nothing is counted. */
  since?: Date | string | null;
  /** Count before this time. Default: now. */
  until?: Date | string | null;
  /** Models a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** One page, by name. */
export interface ModelPage extends UsagePeriod {
  models: Model[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  since: z.nullable(z.string()),
  until: z.nullable(z.string()),
  slot_seconds: z.nullable(z.int()),
  models: z.array(modelRow),
  next: z.nullable(z.string()),
});

/**
 * Lists models by name, a page at a time, with what each was used for in a period. Counting takes as long as the period has jobs;
 * without `since` nothing is counted.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters, period, and page size
 * @returns the models and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input, a start in the future, more than 92 days, or a cursor of another query; ERR_4006 for
 *   anybody else than ops
 * @example
 * ```ts
 * const { models } = await listModels(db, { available: true, since: new Date(Date.now() - 7 * 86_400_000) });
 * for (const { name, usage } of models) console.log(name, usage?.jobs, usage?.failed);
 * ```
 */
export async function listModels(db: DatabaseClient, query: ModelQuery = {}): Promise<ModelPage> {
  const limit = requireCount("limit", query.limit ?? 50, "models", 1000);
  const asked: ListedModels = {
    name: filterText("name", query.name),
    available: query.available ?? null,
    featured: query.featured ?? null,
    provider: filterText("provider", query.provider),
    category: filterText("category", query.category),
    ...requirePeriod(query),
  };
  const { query: listed, afterId } =
    query.cursor == null ? { query: asked, afterId: null } : decodeModelCursor(query.cursor, asked);
  const page = await rpc(
    db,
    "list_model_usage",
    {
      p_name: listed.name,
      p_available: listed.available,
      p_featured: listed.featured,
      p_provider: listed.provider,
      p_category: listed.category,
      p_since: listed.since,
      p_until: listed.until,
      p_after_id: afterId,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    ...toPeriod(page),
    models: page.models.map(toModel),
    nextCursor:
      page.next === null
        ? null
        : // All pages count to the same moment.
          encodeModelCursor({ ...listed, until: listed.until ?? toPeriod(page).until }, page.next),
  };
}

const longestPeriodDays = 92;

/**
 * Checks a period in which use is counted.
 *
 * @throws VidopsError ERR_4008, before anything is sent
 */
export function requirePeriod(query: Pick<ModelQuery, "since" | "until">): {
  since: string | null;
  until: string | null;
} {
  const { since, until } = requireTimes(query);
  if (since === null && until !== null)
    throw validationError("until", "is given without since", "Say from when on to count.");
  const end = until === null ? Date.now() : Date.parse(until);
  if (since !== null && end - Date.parse(since) > longestPeriodDays * 86_400_000 + clockDifferenceMs)
    throw validationError("since", `is more than ${longestPeriodDays} days before until`);
  return { since, until };
}

/** The database's clock decides; what is clearly too long is not sent. */
const clockDifferenceMs = 60_000;

function filterText(field: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string" || value.trim() === "")
    throw validationError(field, "is blank", "Leave it out to see all.");
  if (value.length > 200) throw validationError(field, "is longer than 200 characters");
  if (value.includes("\0") || !value.isWellFormed()) throw validationError(field, "is not well-formed text");
  return value.trim();
}
