import * as z from "zod/mini";
import { type DatabaseClient, read } from "../database/index.ts";

/** A model as users see one. */
export interface AvailableModel {
  id: string;
  name: string;
  category: string | null;
  description: string | null;
  /** Credits. */
  costPerGeneration: number;
  isFeatured: boolean;
  thumbnailUrl: string | null;
}

const nullableText = z.nullable(z.string());
const row = z.object({
  id: z.string(),
  name: z.string(),
  category: nullableText,
  description: nullableText,
  cost_per_generation: z.int(),
  is_featured: z.boolean(),
  thumbnail_url: nullableText,
});

/** More than any shop has; PostgREST may be set to send fewer. */
const mostModels = 1_000;

/**
 * Lists the models that are on sale, as users may see them: what is featured first, then by name. The order is always the same,
 * so that the list can be compared with the one of before.
 *
 * @param db any client; the publishable key is enough
 * @param options a signal
 * @returns the models
 * @throws VidopsError in every way that a request can fail
 * @example
 * ```ts
 * const models = await listAvailableModels(db);
 * ```
 */
export async function listAvailableModels(
  db: DatabaseClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AvailableModel[]> {
  const rows = await read(
    db,
    (client) =>
      client
        .from("models")
        .select("id,name,category,description,cost_per_generation,is_featured,thumbnail_url")
        .eq("is_available", true)
        .order("is_featured", { ascending: false })
        .order("name")
        .order("id")
        .limit(mostModels),
    row,
    options,
  );
  return rows.map((model) => ({
    id: model.id,
    name: model.name,
    category: model.category,
    description: model.description,
    costPerGeneration: model.cost_per_generation,
    isFeatured: model.is_featured,
    thumbnailUrl: model.thumbnail_url,
  }));
}
