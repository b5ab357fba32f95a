import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import {
  ErrorCode,
  isErrorCode,
  isValidationError,
  isVidopsError,
  VidopsError,
  validationError,
} from "./index.ts";

describe("ErrorCode", () => {
  it("names each code by itself, so that a code survives JSON", () => {
    expect(Object.entries(ErrorCode).filter(([name, value]) => name !== value)).toEqual([]);
  });

  it("knows its own codes and nothing that every object has", () => {
    expect(isErrorCode("ERR_4001")).toBe(true);
    for (const value of ["ERR_9999", "toString", "constructor", 4001, null])
      expect(isErrorCode(value)).toBe(false);
  });
});

describe("VidopsError", () => {
  it("fills what is left out and keeps what is given", () => {
    const cause = new Error("socket");
    const error = new VidopsError({
      code: "ERR_6001",
      reason: "database_error",
      message: "It broke.",
      cause,
    });
    expect(error).toMatchObject({
      name: "VidopsError",
      message: "It broke.",
      code: "ERR_6001",
      reason: "database_error",
      hint: null,
      retryable: false,
      details: null,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
  });

  it("has no cause when none is given", () => {
    expect("cause" in validationError("amount", "is 0")).toBe(false);
  });

  it("is recognised across two copies of the package, and only it", async () => {
    vi.resetModules();
    const otherCopy = await import("./vidops-error.ts");
    const foreign = new otherCopy.VidopsError({ code: "ERR_4007", reason: "user_not_found", message: "No." });
    expect(foreign).not.toBeInstanceOf(VidopsError);
    expect(isVidopsError(foreign)).toBe(true);
    for (const value of [new Error("x"), { code: "ERR_4007" }, null, undefined, "ERR_4007"]) {
      expect(isVidopsError(value)).toBe(false);
    }
  });
});

describe("isVidopsError", () => {
  it("knows an error of another realm, whose classes are not ours", () => {
    const foreign: unknown = runInNewContext(
      `Object.defineProperty(new Error("x"), Symbol.for("@vidops/core/VidopsError"), { value: true })`,
    );
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isVidopsError(foreign)).toBe(true);
  });
});

describe("validationError", () => {
  it("names the field, the fault and the way out", () => {
    expect(validationError("amount", "is negative", "Give 1 or more.")).toMatchObject({
      code: "ERR_4008",
      message: "amount is negative.",
      hint: "Give 1 or more.",
      details: { field: "amount" },
      field: "amount",
      name: "ValidationError",
    });
  });

  it("is told from other errors of the same code", () => {
    const other = new VidopsError({ code: "ERR_4008", reason: "validation_failed", message: "No." });
    expect(isValidationError(validationError("amount", "is negative"))).toBe(true);
    expect([other, new Error("x"), null].filter(isValidationError)).toEqual([]);
  });
});
