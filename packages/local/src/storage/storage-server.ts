import { jwtVerify, SignJWT } from "jose";
import type { Sql } from "postgres";
import type { WebHandler } from "../gateway/web-handler.ts";
import { connectOnDemand } from "../postgres/on-demand.ts";
import { isUnstorableText } from "../postgres/unstorable-text.ts";
import { byteRange, ObjectFiles } from "./object-files.ts";
import { type Bucket, deleteObjects, findBucket, findObject, listObjects, putObject } from "./objects.ts";
import { refusals, StorageError } from "./storage-error.ts";
import { readListPlan, readNames, readSeconds, readUpload } from "./storage-requests.ts";

/** What Storage needs. */
export interface StoragePlan {
  /** A connection URL of role postgres. */
  readonly databaseUrl: string;
  /** Where the files lie; it is made when the first one comes. */
  readonly folder: string;
  readonly jwtSecret: string;
}

/** A running Storage inside this process. */
export interface StorageServer {
  readonly handle: WebHandler;
  close(): Promise<void>;
}

/** Paths that are open to requests without a key: public buckets, and URLs that were signed. */
export const openStoragePaths: RegExp = /^\/storage\/v1\/object\/(public|sign)\//;

/**
 * Serves /storage/v1 as far as a server with a secret key needs it: upload, download, list, remove and signed URLs. Whoever
 * has no secret key reads public buckets and signed URLs, and nothing else: policies on storage.objects are not asked.
 *
 * The Storage of `@supabase/lite` was looked at: it answers no ranges, which browsers need to play a video, and its signed URLs
 * are none that supabase-js can use.
 *
 * @see https://supabase.github.io/storage/
 * @example const storage = startStorage({ databaseUrl, folder: "/tmp/files", jwtSecret });
 */
export function startStorage({ databaseUrl, folder, jwtSecret }: StoragePlan): StorageServer {
  const connection = connectOnDemand(databaseUrl, 3);
  const service = new StorageService(() => connection.sql(), new ObjectFiles(folder), jwtSecret);
  return {
    handle: async (request) => {
      try {
        return await service.answer(request);
      } catch (error) {
        if (error instanceof StorageError) return error.response();
        if (isUnstorableText(error))
          return refusals.badRequest("The character U+0000 cannot be stored").response();
        throw error;
      }
    },
    close: () => connection.close(),
  };
}

class StorageService {
  readonly #sql: () => Sql;
  readonly #files: ObjectFiles;
  readonly #secret: Uint8Array;

  constructor(sql: () => Sql, files: ObjectFiles, jwtSecret: string) {
    this.#sql = sql;
    this.#files = files;
    this.#secret = new TextEncoder().encode(jwtSecret);
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const [kind = "", ...rest] = partsOf(url.pathname);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const [first = "", second = ""] = rest;
    if (kind === "object" && isRead && first === "public") {
      return this.#download(request, await this.#openBucket(second), rest.slice(2).join("/"));
    }
    if (kind === "object" && isRead && first === "sign") {
      await this.#checkSignature(url.searchParams.get("token"), rest.slice(1).join("/"));
      return this.#download(request, await findBucket(this.#sql(), second), rest.slice(2).join("/"));
    }
    if (!(await this.#isServiceRole(request))) throw refusals.unauthorized();
    const sql = this.#sql();
    if (kind === "bucket" && isRead) {
      const buckets =
        await sql`select * from storage.buckets ${first === "" ? sql`` : sql`where id = ${first}`}`;
      if (first === "") return Response.json(buckets);
      if (buckets[0] === undefined) throw refusals.noBucket();
      return Response.json(buckets[0]);
    }
    if (kind === "object") {
      const name = rest.slice(1).join("/");
      const below = rest.slice(2).join("/");
      switch (
        `${isRead ? "GET" : request.method} ${["list", "sign", "authenticated"].includes(first) ? first : ""}`
      ) {
        case "POST list":
          await findBucket(sql, second);
          return Response.json(await listObjects(sql, second, await readListPlan(request)));
        case "POST sign":
          return Response.json(await this.#sign(request, second, below));
        case "GET authenticated":
          return this.#download(request, await findBucket(sql, second), below);
        case "GET ":
          return this.#download(request, await findBucket(sql, first), name);
        case "POST ":
        case "PUT ":
          return this.#upload(request, await findBucket(sql, first), name);
        case "DELETE ":
          return this.#remove(await findBucket(sql, first), name === "" ? await readNames(request) : [name]);
      }
    }
    const message = `${request.method} ${url.pathname} is not served by the Storage of the local stack`;
    return Response.json({ statusCode: "501", error: "NotImplemented", message }, { status: 501 });
  }

  async #upload(request: Request, bucket: Bucket, name: string): Promise<Response> {
    if (!isGoodName(name)) throw refusals.badRequest(`Invalid key: ${name}`);
    const upload = await readUpload(request);
    const { mimetype, cacheControl } = upload;
    if (bucket.allowed_mime_types?.length && !bucket.allowed_mime_types.includes(mimetype))
      throw refusals.mimeType(mimetype);
    const { version, size } = await this.#files.write(upload.body, bucket.file_size_limit);
    const metadata = {
      ...{ size, contentLength: size, mimetype, cacheControl, httpStatusCode: 200 as const },
      ...{ eTag: `"${version}"`, lastModified: new Date().toISOString() },
    };
    try {
      const put = { bucket: bucket.id, name, version, metadata, upsert: upload.upsert };
      const { id, replaced } = await putObject(this.#sql(), put);
      if (replaced !== null) await this.#files.remove([replaced]);
      return Response.json({ Id: id, Key: `${bucket.id}/${name}` });
    } catch (error) {
      await this.#files.remove([version]);
      throw error;
    }
  }

  async #download(request: Request, bucket: Bucket, name: string): Promise<Response> {
    const { version, metadata } = await findObject(this.#sql(), bucket.id, name);
    const range = byteRange(request.headers.get("range"), metadata.size);
    const isHead = request.method === "HEAD";
    const body = isHead ? null : await this.#files.read(version, range);
    if (body === null && !isHead) throw refusals.noObject();
    const { start, end } = range ?? { start: 0, end: metadata.size - 1 };
    const headers = new Headers({
      "accept-ranges": "bytes",
      "cache-control": metadata.cacheControl,
      "content-length": String(end - start + 1),
      "content-type": metadata.mimetype,
      etag: metadata.eTag,
      "last-modified": new Date(metadata.lastModified).toUTCString(),
    });
    if (range !== null) headers.set("content-range", `bytes ${start}-${end}/${metadata.size}`);
    const download = new URL(request.url).searchParams.get("download");
    if (download !== null) {
      const fileName = encodeURIComponent(download === "" ? (name.split("/").at(-1) ?? "") : download);
      headers.set("content-disposition", `attachment; filename*=UTF-8''${fileName}`);
    }
    return new Response(body, { status: range === null ? 200 : 206, headers });
  }

  async #remove(bucket: Bucket, names: readonly string[]): Promise<Response> {
    const deleted = await deleteObjects(this.#sql(), bucket.id, names);
    await this.#files.remove(deleted.map(({ version }) => version));
    return Response.json(deleted);
  }

  async #sign(request: Request, bucket: string, name: string): Promise<unknown> {
    const { seconds, paths } = await readSeconds(request);
    await findBucket(this.#sql(), bucket);
    if (name !== "") return { signedURL: await this.#signed(bucket, name, seconds) };
    const one = async (path: string): Promise<Record<string, string | null>> => {
      try {
        return { error: null, path, signedURL: await this.#signed(bucket, path, seconds) };
      } catch {
        return {
          error: "Either the object does not exist or you do not have access to it",
          path,
          signedURL: null,
        };
      }
    };
    return Promise.all(paths.map(one));
  }

  async #signed(bucket: string, name: string, seconds: number): Promise<string> {
    await findObject(this.#sql(), bucket, name);
    const token = await new SignJWT({ url: `${bucket}/${name}` })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(this.#secret);
    return `/object/sign/${bucket}/${name}?token=${token}`;
  }

  async #checkSignature(token: string | null, path: string): Promise<void> {
    const verified = await jwtVerify(token ?? "", this.#secret, { algorithms: ["HS256"] }).catch(() => null);
    if (verified?.payload.url !== path) throw refusals.badSignature();
  }

  async #openBucket(id: string): Promise<Bucket> {
    const bucket = await findBucket(this.#sql(), id);
    if (!bucket.public) throw refusals.noBucket();
    return bucket;
  }

  /** The gateway has put the token of the role in the place of a key. */
  async #isServiceRole(request: Request): Promise<boolean> {
    const token = request.headers.get("authorization")?.replace(/^Bearer /i, "") ?? "";
    const verified = await jwtVerify(token, this.#secret, { algorithms: ["HS256"] }).catch(() => null);
    return verified?.payload.role === "service_role";
  }
}

function partsOf(pathname: string): string[] {
  try {
    return pathname
      .replace(/^\/storage\/v1\/?/, "")
      .split("/")
      .map(decodeURIComponent);
  } catch {
    throw refusals.badRequest("The path is not encoded as a URL is");
  }
}

function isGoodName(name: string): boolean {
  return name !== "" && name.length <= 1024 && name.split("/").every((part) => !/^\.{0,2}$/.test(part));
}
