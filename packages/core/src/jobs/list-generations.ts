import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import {
  type Generation,
  type GenerationStatus,
  generationRow,
  generationStatuses,
  toGeneration,
} from "./generation.ts";
import { decodeGenerationCursor, encodeGenerationCursor } from "./generation-cursor.ts";

/** Which generations to list. */
export interface GenerationListQuery {
  userId: string;
  /** Generations a page, 1 to 100. Default 20. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  /** Only those that stand so. */
  status?: GenerationStatus | null;
  signal?: AbortSignal | undefined;
}

/** One page, newest first. */
export interface GenerationPage {
  jobs: Generation[];
  hasMore: boolean;
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
  /** The language of the user's profile; null without one. */
  language: string | null;
}

const answer = z.object({
  success: z.literal(true),
  jobs: z.array(generationRow),
  has_more: z.boolean(),
  language: z.nullable(z.string()),
});

/**
 * Lists a user's generations, newest first and without the deleted ones, a page at a time. Pages stay right while new ones begin,
 * and the last one is read as fast as the first.
 *
 * @param db a client with a secret key
 * @param query user, page size, and place
 * @returns the generations and the cursor of the next page; none for a user that does not exist
 * @throws VidopsError ERR_4008 bad input, or a cursor of another list
 * @example
 * ```ts
 * const { jobs, nextCursor } = await listGenerations(db, { userId, limit: 20 });
 * ```
 */
export async function listGenerations(
  db: DatabaseClient,
  query: GenerationListQuery,
): Promise<GenerationPage> {
  const list = { userId: requireUuid("userId", query.userId), status: requireStatus(query.status) };
  const limit = requireCount("limit", query.limit ?? 20, "generations", 100);
  const after = query.cursor == null ? null : decodeGenerationCursor(query.cursor, list);
  const { jobs, has_more, language } = await rpc(
    db,
    "list_generations",
    {
      p_user_id: list.userId,
      p_limit: limit,
      p_before_created_at: after?.createdAt,
      p_before_job_id: after?.jobId,
      p_status: list.status ?? undefined,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  const last = jobs.at(-1);
  return {
    jobs: jobs.map(toGeneration),
    hasMore: has_more,
    nextCursor:
      has_more && last !== undefined
        ? encodeGenerationCursor(list, { createdAt: last.created_at, jobId: last.job_id })
        : null,
    language,
  };
}

function requireStatus(status: unknown): GenerationStatus | null {
  if (status === null || status === undefined) return null;
  const known = generationStatuses.find((name) => name === status);
  if (known !== undefined) return known;
  throw validationError(
    "status",
    "is no state of a generation",
    `Give one of ${generationStatuses.join(", ")}.`,
  );
}
