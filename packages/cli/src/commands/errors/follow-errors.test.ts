import type { LoggedError } from "@vidops/core/error-log";
import { describe, expect, it } from "vitest";
import { followErrors, type ReadPage } from "./follow-errors.ts";

const start = Date.parse("2026-11-25T03:00:00Z");
const now = () => new Date(start + 3_600_000);
const { signal } = new AbortController();

function error(id: number, seconds: number): LoggedError {
  return {
    id: `${id}`,
    createdAt: new Date(start + seconds * 1000).toISOString(),
    code: "ERR_6001",
    endpoint: "/generate",
    ...{ userId: null, requestId: null, language: null, status: 500, fingerprint: null, summary: null },
  };
}

/** A log in pages of three, newest first. */
function log(rows: LoggedError[]): { read: ReadPage; asked: Date[] } {
  const asked: Date[] = [];
  const read: ReadPage = async ({ since, cursor }) => {
    if (cursor === null) asked.push(since);
    const found = rows
      .filter(({ createdAt }) => Date.parse(createdAt) >= since.getTime())
      .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
    const at = Number(cursor ?? 0);
    return { entries: found.slice(at, at + 3), nextCursor: found.length > at + 3 ? `${at + 3}` : null };
  };
  return { read, asked };
}

const ids = (entries: readonly LoggedError[]): string => entries.map(({ id }) => id).join(" ");

describe("followErrors", () => {
  it("gives each error once, oldest first, over several pages", async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => error(id, id));
    const next = followErrors(log(rows).read, new Date(start), { now });
    expect(ids((await next(signal)).entries)).toBe("1 2 3 4 5");
    rows.push(error(6, 6), error(7, 6));
    expect(ids((await next(signal)).entries)).toMatch(/^(6 7|7 6)$/);
    expect(await next(signal)).toEqual({ entries: [], cut: false });
  });

  it("sees an error that appears late behind others, and reads only the last seconds again", async () => {
    const rows = [error(1, 0), error(3, 60)];
    const { read, asked } = log(rows);
    const next = followErrors(read, new Date(start), { now });
    await next(signal);
    rows.push(error(2, 50));
    expect(ids((await next(signal)).entries)).toBe("2");
    expect(asked.map((since) => since.getTime() - start)).toEqual([0, 45_000]);
    expect((await next(signal)).entries).toEqual([]);
  });

  it("asks from the beginning while there is nothing, whatever this machine's clock says", async () => {
    const rows: LoggedError[] = [];
    const { read, asked } = log(rows);
    const next = followErrors(read, new Date(start), { now });
    await next(signal);
    rows.push(error(1, 1));
    expect(ids((await next(signal)).entries)).toBe("1");
    expect(asked).toEqual([new Date(start), new Date(start)]);
  });

  it("asks for no time to come where the database's clock is ahead", async () => {
    const rows = [error(1, 600)];
    const { read, asked } = log(rows);
    const next = followErrors(read, new Date(start), { now: () => new Date(start + 60_000) });
    await next(signal);
    rows.push(error(2, 601));
    expect(ids((await next(signal)).entries)).toBe("2");
    expect(asked.map((since) => since.getTime() - start)).toEqual([0, 45_000]);
  });

  it("loses nothing by a read that fails, also between two pages", async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => error(id, id));
    const { read } = log(rows);
    let calls = 0;
    const next = followErrors(
      async (query) => {
        calls += 1;
        if (calls === 2) throw new Error("network");
        return read(query);
      },
      new Date(start),
      { now },
    );
    await expect(next(signal)).rejects.toThrow("network");
    expect(ids((await next(signal)).entries)).toBe("1 2 3 4 5");
  });

  it("says so when there is more than it reads at once", async () => {
    const rows = Array.from({ length: 10 }, (_, at) => error(at, at));
    const next = followErrors(log(rows).read, new Date(start), { now, largest: 2 });
    expect(await next(signal)).toMatchObject({ entries: { length: 6 }, cut: true });
  });
});
