import { runInNewContext } from "node:vm";
import {
  AuthApiError,
  AuthRetryableFetchError,
  AuthSessionMissingError,
  PostgrestError,
} from "@supabase/supabase-js";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { VidopsError, validationError } from "../errors/index.ts";
import { toVidopsError } from "./index.ts";

const postgrest = (code: string, message: string): PostgrestError =>
  new PostgrestError({
    code,
    message,
    details: "Key (email)=(ada@example.com) already exists.",
    hint: "hint",
  });
const driver = (code: string): Error =>
  Object.assign(new Error(`failed with ${code}`), { code, severity: "ERROR" });
const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (thrown) {
    return thrown;
  }
};

describe("toVidopsError", () => {
  it("leaves a VidopsError as it is", () => {
    const error = validationError("amount", "is 0");
    expect(toVidopsError(error)).toBe(error);
  });

  it.each([
    ["23505", "ERR_4009", "unique_violation"],
    ["23503", "ERR_4009", "foreign_key_violation"],
    ["23514", "ERR_4008", "check_violation"],
    ["42501", "ERR_4006", "forbidden"],
    ["42P01", "ERR_6004", "schema_outdated"],
    ["40P01", "ERR_6005", "serialization_failure"],
    ["22021", "ERR_4008", "validation_failed"],
    ["22P05", "ERR_4008", "validation_failed"],
    ["57014", "ERR_6005", "statement_timeout"],
    ["08006", "ERR_6006", "connection_lost"],
    ["P0001", "ERR_6001", "database_error"],
  ])("reads %s of the Data API and of a driver as %s %s", (code, expected, reason) => {
    for (const thrown of [postgrest(code, "it failed"), driver(code)]) {
      const error = toVidopsError(thrown);
      expect(error).toMatchObject({ code: expected, reason });
      expect(error.cause).toBe(thrown);
    }
  });

  it("keeps DETAIL and HINT to the cause", () => {
    const { message, hint, details } = toVidopsError(postgrest("23505", "duplicate key value"));
    expect(JSON.stringify({ message, hint, details })).not.toMatch(/ada@example|"hint":"hint"/);
  });

  it("tells a request of supabase-js that was never sent from one that may have arrived", () => {
    const refused = postgrest("", "TypeError: fetch failed");
    refused.details =
      "TypeError: fetch failed\n\nCaused by: Error: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)";
    expect(toVidopsError(refused)).toMatchObject({
      code: "ERR_6005",
      reason: "connection_refused",
      retryable: true,
    });
    expect(toVidopsError(postgrest("", "TypeError: terminated"))).toMatchObject({ code: "ERR_6006" });
  });

  it.each<[string, Error, string, string]>([
    [
      "a wrong password",
      new AuthApiError("Invalid login", 400, "invalid_credentials"),
      "ERR_4005",
      "not_signed_in",
    ],
    ["a missing session", new AuthSessionMissingError(), "ERR_4005", "unauthorized"],
    ["an expired token", new AuthApiError("token is expired", 403, "bad_jwt"), "ERR_4005", "token_expired"],
    ["a banned user", new AuthApiError("banned", 403, "user_banned"), "ERR_4012", "account_banned"],
    ["a taken address", new AuthApiError("exists", 422, "email_exists"), "ERR_4009", "conflict"],
    ["the same password again", new AuthApiError("same", 422, "same_password"), "ERR_4009", "conflict"],
    [
      "a hook that is too slow",
      new AuthApiError("slow", 422, "hook_timeout"),
      "ERR_6005",
      "auth_unreachable",
    ],
    ["a weak password", new AuthApiError("weak", 422, "weak_password"), "ERR_4008", "validation_failed"],
    [
      "too many mails",
      new AuthApiError("slow", 429, "over_email_send_rate_limit"),
      "ERR_4004",
      "rate_limited",
    ],
    ["a user who is not there", new AuthApiError("none", 404, "user_not_found"), "ERR_4007", "not_found"],
    ["no right", new AuthApiError("no", 401, "not_admin"), "ERR_4006", "forbidden"],
    ["a code of tomorrow", new AuthApiError("new", 403, "brand_new"), "ERR_4006", "forbidden"],
    ["Auth being down", new AuthRetryableFetchError("down", 503), "ERR_6005", "unreachable"],
    ["Auth being broken", new AuthApiError("oops", 500, "unexpected_failure"), "ERR_6003", "auth_error"],
  ])("reads %s of Auth", (_, thrown, code, reason) => {
    expect(toVidopsError(thrown)).toMatchObject({ code, reason, cause: thrown });
  });

  it.each([
    ["404", "ERR_4007"],
    ["409", "ERR_4009"],
    ["413", "ERR_4008"],
    ["415", "ERR_4008"],
    ["403", "ERR_6002"],
    ["500", "ERR_6002"],
  ])("reads the status %s of Storage as %s", (statusCode, code) => {
    const thrown = Object.assign(new Error("no"), {
      name: "StorageApiError",
      __isStorageError: true,
      statusCode,
    });
    expect(toVidopsError(thrown)).toMatchObject({ code, details: { status: statusCode } });
  });

  it("reads what zod throws, with the fields", async () => {
    const thrown = await thrownBy(() =>
      z.parse(z.object({ user: z.object({ age: z.int() }) }), { user: { age: "x" } }),
    );
    expect(toVidopsError(thrown)).toMatchObject({
      code: "ERR_4008",
      details: { field: "user.age", fields: ["user.age"] },
    });
    const many = await thrownBy(() => z.parse(z.array(z.int()), Array(50).fill("x")));
    expect((toVidopsError(many).details as { fields: string[] }).fields).toHaveLength(20);
  });

  it.each([
    ["CONNECT_TIMEOUT", "ERR_6005"],
    ["CONNECTION_CLOSED", "ERR_6006"],
    ["CONNECTION_ENDED", "ERR_6006"],
  ])("reads %s of a Postgres driver as %s", (code, expected) => {
    const thrown = Object.assign(new Error(`write ${code} localhost:5432`), { code, errno: code });
    expect(toVidopsError(thrown)).toMatchObject({ code: expected, cause: thrown });
  });

  it("reads what a query builder wraps, and what Prisma says", () => {
    const wrapped = new Error("Failed query: insert into users", { cause: driver("23505") });
    expect(toVidopsError(wrapped)).toMatchObject({
      code: "ERR_4009",
      reason: "unique_violation",
      cause: wrapped,
    });
    const prisma = (code: string): Error => Object.assign(new Error("no"), { code, clientVersion: "7.0.0" });
    expect(["P2002", "P2003", "P2025"].map((code) => toVidopsError(prisma(code)).code)).toEqual([
      "ERR_4009",
      "ERR_4009",
      "ERR_4007",
    ]);
  });

  it("does not follow causes for ever", () => {
    const thrown = new Error("mine");
    thrown.cause = thrown;
    expect(toVidopsError(thrown)).toMatchObject({ code: "ERR_6003", reason: "unexpected" });
  });

  it("reads a failed fetch, and what stopped one", async () => {
    const refused = await thrownBy(() => fetch("http://127.0.0.1:1"));
    expect(toVidopsError(refused)).toMatchObject({ code: "ERR_6003", reason: "network_error" });
    const aborted = await thrownBy(() => AbortSignal.abort().throwIfAborted());
    expect(toVidopsError(aborted)).toMatchObject({ code: "ERR_6003", reason: "aborted" });
    const late = await thrownBy(() => fetch("http://127.0.0.1:1", { signal: AbortSignal.timeout(0) }));
    expect(["timeout", "network_error"]).toContain(toVidopsError(late).reason);
  });

  it("keeps a programming error apart from a failed fetch", () => {
    const thrown = new TypeError("Cannot read properties of undefined (reading 'id')");
    expect(toVidopsError(thrown)).toMatchObject({
      code: "ERR_6003",
      reason: "unexpected",
      message: "Cannot read properties of undefined (reading 'id').",
      cause: thrown,
    });
  });

  it.each([undefined, null, "text", 5, 10n, Symbol("s"), true, () => {}])(
    "takes what is no error: %s",
    (thrown) => {
      const error = toVidopsError(thrown);
      expect(error).toBeInstanceOf(VidopsError);
      expect(error).toMatchObject({ code: "ERR_6003" });
    },
  );

  it("takes what cannot be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const trap = {
      get name(): never {
        throw new Error("no");
      },
    };
    expect(toVidopsError(proxy)).toMatchObject({ reason: "unreadable_error" });
    expect(toVidopsError(trap)).toMatchObject({ code: "ERR_6003" });
  });

  it("reads an error of another realm", () => {
    const foreign: unknown = runInNewContext(
      `Object.assign(new Error("duplicate"), { code: "23505", severity: "ERROR" })`,
    );
    expect(foreign).not.toBeInstanceOf(Error);
    expect(toVidopsError(foreign)).toMatchObject({ code: "ERR_4009" });
  });

  it("does not take a system error for one of Postgres", () => {
    expect(toVidopsError(Object.assign(new Error("broken pipe"), { code: "EPIPE" }))).toMatchObject({
      code: "ERR_6003",
      reason: "network_error",
    });
  });
});
