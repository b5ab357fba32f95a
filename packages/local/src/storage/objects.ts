import type { Sql } from "postgres";
import { refusals } from "./storage-error.ts";

/** A row of storage.buckets, as far as it decides. */
export interface Bucket {
  readonly id: string;
  readonly public: boolean;
  /** In bytes; null for none. */
  readonly file_size_limit: number | null;
  readonly allowed_mime_types: readonly string[] | null;
}

/** A row of storage.objects. */
export interface StoredObject {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly metadata: ObjectMetadata;
}

/** What hosted Storage notes of an object. */
export interface ObjectMetadata {
  readonly size: number;
  readonly contentLength: number;
  readonly mimetype: string;
  readonly cacheControl: string;
  readonly eTag: string;
  readonly lastModified: string;
  readonly httpStatusCode: 200;
}

/** What to list: the entries right below a folder. */
export interface ListPlan {
  readonly prefix: string;
  readonly search: string;
  readonly limit: number;
  readonly offset: number;
  readonly sortBy: { readonly column: string; readonly order: string };
}

/** @throws StorageError when there is none. */
export async function findBucket(sql: Sql, id: string): Promise<Bucket> {
  const [bucket] = await sql<Bucket[]>`
    select id, coalesce(public, false) as public, file_size_limit::int, allowed_mime_types
    from storage.buckets where id = ${id}`;
  if (bucket === undefined) throw refusals.noBucket();
  return bucket;
}

/** @throws StorageError when there is none. */
export async function findObject(sql: Sql, bucket: string, name: string): Promise<StoredObject> {
  const [object] = await sql<StoredObject[]>`
    select id, name, version, metadata from storage.objects where bucket_id = ${bucket} and name = ${name}`;
  if (object === undefined) throw refusals.noObject();
  return object;
}

/**
 * Writes an object's row.
 *
 * @returns the object's id, and the version that it replaces.
 * @throws StorageError when it is there already and `upsert` is false.
 */
export async function putObject(
  sql: Sql,
  plan: { bucket: string; name: string; version: string; metadata: ObjectMetadata; upsert: boolean },
): Promise<{ id: string; replaced: string | null }> {
  const { bucket, name, version, upsert } = plan;
  const metadata = JSON.stringify(plan.metadata);
  return (await sql.begin(async (transaction) => {
    const [made] = await transaction`
      insert into storage.objects (bucket_id, name, version, metadata)
      values (${bucket}, ${name}, ${version}, ${metadata}::text::jsonb)
      on conflict (bucket_id, name) do nothing returning id`;
    if (made !== undefined) return { id: made.id, replaced: null };
    if (!upsert) throw refusals.duplicate();
    const [known] = await transaction`
      select id, version from storage.objects where bucket_id = ${bucket} and name = ${name} for update`;
    await transaction`
      update storage.objects set version = ${version}, metadata = ${metadata}::text::jsonb, updated_at = now()
      where id = ${known?.id ?? null}`;
    return { id: known?.id, replaced: known?.version ?? null };
  })) as { id: string; replaced: string | null };
}

/** Deletes rows, and says which there were. */
export async function deleteObjects(
  sql: Sql,
  bucket: string,
  names: readonly string[],
): Promise<readonly (StoredObject & { readonly bucket_id: string })[]> {
  return await sql`
    delete from storage.objects where bucket_id = ${bucket} and name = any (${[...names]})
    returning id, bucket_id, name, version, metadata, created_at, updated_at, last_accessed_at`;
}

/** Lists files and, without an id, folders. */
export async function listObjects(sql: Sql, bucket: string, plan: ListPlan): Promise<readonly unknown[]> {
  const folder = plan.prefix === "" || plan.prefix.endsWith("/") ? plan.prefix : `${plan.prefix}/`;
  const columns = ["name", "created_at", "updated_at", "last_accessed_at"];
  const column = sql(columns.includes(plan.sortBy.column) ? plan.sortBy.column : "name");
  const direction = plan.sortBy.order === "desc" ? sql`desc` : sql`asc`;
  return await sql`
    with below as (
      select substr(name, length(${folder}) + 1) as name, id, created_at, updated_at, last_accessed_at, metadata
      from storage.objects where bucket_id = ${bucket} and starts_with(name, ${folder})
    ), entries as (
      select name, id, created_at, updated_at, last_accessed_at, metadata from below where strpos(name, '/') = 0
      union all
      select distinct split_part(name, '/', 1), null::uuid, null::timestamptz, null::timestamptz, null::timestamptz,
        null::jsonb
      from below where strpos(name, '/') > 0
    )
    select * from entries where strpos(lower(name), lower(${plan.search})) > 0 or ${plan.search} = ''
    order by ${column} ${direction}, name limit ${plan.limit} offset ${plan.offset}`;
}
