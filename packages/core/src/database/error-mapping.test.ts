import { describe, expect, it } from "vitest";
import { answerFault, type Effect } from "./error-mapping.ts";

const own = (code: string, message = "it failed"): object => ({
  code,
  message,
  details: "DETAIL text",
  hint: "HINT text",
});

describe("answerFault, for an error of PostgREST or Postgres", () => {
  it.each([
    ["PGRST202", "ERR_6004", "schema_outdated"],
    ["PGRST205", "ERR_6004", "schema_outdated"],
    ["42883", "ERR_6004", "schema_outdated"],
    ["42P01", "ERR_6004", "schema_outdated"],
    ["42501", "ERR_4006", "forbidden"],
    ["PGRST301", "ERR_4005", "invalid_key"],
    ["PGRST302", "ERR_4005", "invalid_key"],
    ["PGRST303", "ERR_4005", "invalid_key"],
    ["22023", "ERR_4008", "validation_failed"],
    ["22P02", "ERR_4008", "validation_failed"],
    ["22003", "ERR_4008", "validation_failed"],
    ["PGRST102", "ERR_4008", "validation_failed"],
    ["PGRST000", "ERR_6005", "database_unreachable"],
    ["PGRST002", "ERR_6005", "database_unreachable"],
    ["PGRST003", "ERR_6005", "database_unreachable"],
    ["53300", "ERR_6005", "database_unreachable"],
    ["57P03", "ERR_6005", "database_unreachable"],
    ["57014", "ERR_6005", "statement_timeout"],
    ["40P01", "ERR_6005", "serialization_failure"],
    ["25006", "ERR_6001", "read_only_database"],
    ["23505", "ERR_4009", "unique_violation"],
    ["23503", "ERR_4009", "foreign_key_violation"],
    ["23P01", "ERR_4009", "exclusion_violation"],
    ["23502", "ERR_4008", "not_null_violation"],
    ["23514", "ERR_4008", "check_violation"],
    ["PGRST116", "ERR_4007", "row_not_found"],
    ["P0001", "ERR_6001", "database_error"],
  ])(
    "%s is %s %s, whether it wrote or read: the database says that nothing was changed",
    (code, expected, reason) => {
      for (const effect of ["read", "write"] as const) {
        expect(answerFault(400, own(code), effect)).toMatchObject({ code: expected, reason });
      }
    },
  );

  it.each(["57P01", "57P02", "08006", "08P01", "40003", "PGRST001", "PGRSTX00"])(
    "%s cut the statement off: a write is in doubt, a read may be repeated",
    (code) => {
      expect(answerFault(503, own(code), "write")).toMatchObject({ code: "ERR_6006", retryable: false });
      expect(answerFault(503, own(code), "read")).toMatchObject({ code: "ERR_6005", retryable: true });
    },
  );

  it("tells an expired token from a wrong key", () => {
    for (const code of ["PGRST301", "PGRST303"]) {
      expect(answerFault(401, own(code, "JWT expired"), "read")).toMatchObject({ reason: "token_expired" });
    }
  });

  it("shows the message of a refusal, but never DETAIL and HINT", () => {
    const fault = answerFault(403, own("42501", "user 1 is not an admin"), "write");
    expect(fault.message).toBe("user 1 is not an admin.");
    expect(JSON.stringify(answerFault(400, own("23505", "duplicate"), "write"))).not.toMatch(/DETAIL|HINT/);
  });

  it("strips control characters from what it shows, and cuts it", () => {
    const { message } = answerFault(400, own("22023", `bad \u001b[31mred\u202e ${"x".repeat(500)}`), "write");
    expect(message).toMatch(/^bad \[31mred x+…$/);
    expect(message.length).toBeLessThanOrEqual(201);
  });
});

describe("answerFault, for an answer of somebody else", () => {
  it.each<[string, number, object, Effect, string, string, boolean]>([
    [
      "the gateway's refusal of a key",
      401,
      { message: "Invalid API key", hint: "…" },
      "write",
      "ERR_4005",
      "invalid_key",
      false,
    ],
    [
      "the gateway missing a key",
      401,
      { message: "No API key found in request" },
      "read",
      "ERR_4005",
      "invalid_key",
      false,
    ],
    ["a firewall", 403, { message: "<html>blocked</html>" }, "write", "ERR_4006", "forbidden", false],
    ["a rate limit", 429, { message: "slow down" }, "write", "ERR_4004", "rate_limited", true],
    ["a paused project", 540, { message: "paused" }, "write", "ERR_6005", "project_paused", false],
    ["HTML 502 on a write", 502, { message: "<html>502</html>" }, "write", "ERR_6006", "bad_gateway", false],
    ["HTML 502 on a read", 502, { message: "<html>502</html>" }, "read", "ERR_6005", "bad_gateway", true],
    ["a JSON 503", 503, { error: "down" }, "write", "ERR_6006", "bad_gateway", false],
    ["a 404 page", 404, { message: "<h1>Not found</h1>" }, "write", "ERR_6007", "not_supabase", false],
    [
      "a 404 of another API",
      404,
      { code: "NotFound", message: "no route" },
      "read",
      "ERR_6007",
      "not_supabase",
      false,
    ],
    ["a redirect", 302, { message: "" }, "write", "ERR_6007", "not_supabase", false],
    ["HTML with 200", 200, { message: "<!doctype html>" }, "write", "ERR_6007", "not_supabase", false],
    ["405 of a static site", 405, { message: "nope" }, "write", "ERR_6007", "not_supabase", false],
  ])("%s", (_title, status, body, effect, code, reason, retryable) => {
    expect(answerFault(status, body, effect)).toMatchObject({ code, reason, retryable, details: { status } });
  });

  it("quotes the body in details only: short, without secrets and escape codes", () => {
    const body = `<html>\u001b[2J sb_secret_abcdef ${"x".repeat(5_000)}`;
    const { details, ...rest } = answerFault(404, { message: body }, "write");
    expect(JSON.stringify(rest)).not.toContain("html");
    const quoted = String(details?.body);
    expect(quoted).toMatch(/^<html> \[2J sb_secret_\[redacted\] x+…$/);
    expect(quoted.length).toBeLessThanOrEqual(200);
  });
});
