import { createEmptyDatabase, type TestDatabase } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucketAddress } from "./bucket-address.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Every pattern of zeros in eight groups, and as many addresses of IPv4, each as their last bits tell. */
const addresses = Array.from({ length: 256 }, (_, pattern) => {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (pattern >> index) & 1 ? 0xa0 + pattern * 7 + index : 0,
  );
  const v6 = [0x2600 + (pattern & 1), ...groups.slice(1)].map((group) => group.toString(16)).join(":");
  return [v6, `203.0.113.${pattern}`];
}).flat();

describe("bucketAddress", () => {
  it.each([32, 48, 56, 61, 64])("writes a bucket of %d bits as Postgres prints the network", async (bits) => {
    const printed = await database.sql<{ bucket: string }[]>`
      select case family(a) when 4 then host(a) else network(set_masklen(a, ${bits}))::text end as bucket
      from unnest(${addresses}::text[]::inet[]) with ordinality as t (a, place) order by place`;
    expect(addresses.map((text) => bucketAddress(text, { ipv6Prefix: bits }))).toEqual(
      printed.map((row) => row.bucket),
    );
  });
});
