import { readFileSync } from "node:fs";
import { join } from "node:path";
import { networkFailure } from "@vidops/core/http";
import { describe, expect, it } from "vitest";
import { failureCases } from "./failure-cases.ts";
import type { FailureRecord } from "./failures.ts";
import { comparable, type Observed, runtimeNames, thrownFrom } from "./observed.ts";
import { wrongIn } from "./wrong-in.ts";

// What the runtimes throw is written down by `npm run test:runtimes -- -u`; what is made of it costs no runtime to check.
describe.each(runtimeNames)("what %s throws", (runtime) => {
  const path = join(import.meta.dirname, `observed/${runtime}.json`);
  const observed = JSON.parse(readFileSync(path, "utf8")) as Observed;
  const cases = failureCases.filter(({ only }) => only?.includes(runtime) ?? true);

  it("is written down for every case", () => {
    expect(Object.keys(observed)).toEqual(cases.map(({ name }) => name));
  });

  it.each(cases.map((each) => [each.name, each] as const))(
    "is told for what it is: %s",
    (name, failureCase) => {
      const record = observed[name] ?? { thrown: null, requests: 0 };
      const failure = record.thrown && networkFailure(thrownFrom(record.thrown));
      expect(wrongIn(failureCase, { ...record, failure }, runtime)).toBeNull();
    },
  );
});

describe("the check of what was made of it", () => {
  const lost = { reason: "connection_lost", sent: "unknown" } as const;
  const refused = { reason: "not_connected", sent: "not_sent" } as const;
  const thrown = { message: "x" };

  it.each<[string, Parameters<typeof wrongIn>[0], FailureRecord, RegExp]>([
    [
      "a failure taken for a mistake",
      { truth: "connection_lost" },
      { thrown, requests: 1, failure: null },
      /mistake/,
    ],
    ["a mistake taken for a failure", { truth: "mistake" }, { thrown, requests: 0, failure: lost }, /lost/],
    ["a doubt that need not be", { truth: "not_connected" }, { thrown, requests: 0, failure: lost }, /lost/],
    [
      "a request that arrived, called unsent",
      { truth: "not_connected" },
      { thrown, requests: 1, failure: refused },
      /saw/,
    ],
    [
      "nothing thrown where something should be",
      { truth: "connection_lost" },
      { thrown: null, requests: 1, failure: null },
      /mistake/,
    ],
    [
      "an excuse that is no longer needed",
      { truth: "not_connected", not: { node: "…" } },
      { thrown, requests: 0, failure: refused },
      /nobody can tell/,
    ],
    [
      "an excused failure taken for a mistake",
      { truth: "tls_failed", not: { node: "…" } },
      { thrown, requests: 0, failure: null },
      /mistake/,
    ],
  ])("finds %s", (_, failureCase, record, what) => {
    expect(wrongIn(failureCase, record, "node")).toMatch(what);
  });

  it("passes what is right, and a doubt that is excused", () => {
    expect(wrongIn({ truth: "not_connected" }, { thrown, requests: 0, failure: refused }, "node")).toBeNull();
    expect(
      wrongIn({ truth: "not_connected", not: { bun: "…" } }, { thrown, requests: 0, failure: lost }, "bun"),
    ).toBeNull();
    expect(wrongIn({ truth: "mistake" }, { thrown, requests: 0, failure: null }, "node")).toBeNull();
  });
});

it("leaves out what differs from run to run", () => {
  const cause = {
    message: "connect ECONNREFUSED 127.0.0.1:37323",
    errno: -111,
    port: 37323,
    code: "ECONNREFUSED",
  };
  expect(comparable({ refused: { thrown: { message: "fetch failed", cause }, requests: 0 } })).toEqual({
    refused: {
      thrown: {
        message: "fetch failed",
        cause: { message: "connect ECONNREFUSED 127.0.0.1:<port>", code: "ECONNREFUSED" },
      },
      requests: 0,
    },
  });
});
