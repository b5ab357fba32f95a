import { describe, expect, it } from "vitest";
import { checkClock, checkGrants, checkJobs, checkSchema } from "./database-checks.ts";

const at = (seconds: number): Date => new Date(1_800_000_000_000 + seconds * 1000);

describe("checkClock", () => {
  it.each([
    ["the same second", 0, 0, "ok"],
    ["what the request's own 20 seconds explain", 10, 0, "ok"],
    ["a server one minute ahead", 80, 0, "warn"],
    ["a server one minute behind", -60, 0, "warn"],
    ["a server five minutes behind", -300, 0, "fail"],
    ["a date header that cuts off the second", -1, 1000, "ok"],
  ])("judges %s", (_, server, precisionMs, status) => {
    expect(checkClock({ sentAt: at(0), receivedAt: at(20), server: at(server), precisionMs })).toMatchObject({
      status,
    });
  });
});

describe("checkSchema", () => {
  it.each([
    ["20261101001800", "ok"],
    ["20271101001800", "warn"],
    ["20251101001800", "fail"],
    ["", "fail"],
  ])("judges version %j", (actual, status) => {
    expect(checkSchema(actual, "20261101001800")).toMatchObject({ status });
  });
});

describe("checkGrants", () => {
  const report = {
    schemaVersion: "",
    serverTime: "",
    role: "",
    postgresVersion: "",
    replacedObjects: 0,
    admins: 1,
    stuckJobs: 0,
  };
  it("hands on each finding with its SQL", () => {
    const finding = {
      kind: "table_grant",
      object: "public.users",
      detail: "anon may UPDATE",
      fix: "revoke update on public.users from anon;",
    };
    expect(checkGrants({ ...report, findings: [finding] })).toMatchObject({
      status: "fail",
      fix: [expect.stringContaining(finding.fix)],
    });
    expect(checkGrants({ ...report, findings: [] })).toMatchObject({ status: "ok" });
  });
});

describe("checkJobs", () => {
  it.each([
    [0, "ok", "none hangs"],
    [1, "warn", "1 job has hung for more than an hour"],
    [7, "warn", "7 jobs have hung for more than an hour"],
    [1000, "warn", "1,000 jobs or more have hung for more than an hour"],
  ])("judges %i stuck jobs", (stuckJobs, status, detail) => {
    const report = { schemaVersion: "", serverTime: "", role: "", postgresVersion: "" };
    expect(checkJobs({ ...report, replacedObjects: 0, admins: 1, findings: [], stuckJobs })).toMatchObject({
      status,
      detail,
    });
  });
});
