import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { refusals } from "./storage-error.ts";

/** Bytes from `start` to `end`, both counted. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file that was written. */
export interface WrittenFile {
  /** What it is found by; a new one for each write, so that a reader never sees half of two. */
  readonly version: string;
  readonly size: number;
}

/** The bytes of objects, each version a file of its own in one folder: names of objects never reach the file system. */
export class ObjectFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes a body to a new file; nothing stays of one that does not come whole.
   *
   * @param maxBytes null for no limit.
   * @throws StorageError when it is larger.
   */
  async write(body: ReadableStream<Uint8Array> | null, maxBytes: number | null): Promise<WrittenFile> {
    const version = randomUUID();
    const path = this.#path(version);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    let size = 0;
    const counted = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        size += chunk.byteLength;
        done(maxBytes !== null && size > maxBytes ? refusals.tooLarge() : null, chunk);
      },
    });
    const source =
      body === null ? Readable.from([]) : Readable.fromWeb(body as import("node:stream/web").ReadableStream);
    try {
      await pipeline(source, counted, createWriteStream(path, { mode: 0o600 }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { version, size };
  }

  /** The bytes of a version, or null when its file is gone. */
  async read(version: string, range: ByteRange | null): Promise<ReadableStream<Uint8Array> | null> {
    const path = this.#path(version);
    const found = await stat(path).catch(() => null);
    if (found === null) return null;
    return Readable.toWeb(createReadStream(path, range ?? {})) as ReadableStream<Uint8Array>;
  }

  /** Removes versions; one that is gone already is no failure. */
  async remove(versions: readonly string[]): Promise<void> {
    await Promise.all(versions.map((version) => rm(this.#path(version), { force: true })));
  }

  #path(version: string): string {
    // It comes from the database, where a project's own SQL may have written anything.
    return join(this.#folder, version.replaceAll(/[^\w-]/g, "_"));
  }
}

/**
 * Reads `Range: bytes=…` for one range; several, or another unit, are answered with the whole, as RFC 9110 allows.
 *
 * @returns null for the whole.
 * @throws StorageError 416 for a range that starts behind the end.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 * @example byteRange("bytes=-500", 2_000); // { start: 1500, end: 1999 }
 */
export function byteRange(header: string | null, size: number): ByteRange | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return null;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || start > end) throw refusals.range();
  return { start, end };
}
