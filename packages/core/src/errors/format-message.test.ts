import { afterEach, describe, expect, it, vi } from "vitest";
import { ErrorCode, formatMessage } from "./index.ts";

/** As a caller without types. */
const format = formatMessage as (
  code: unknown,
  language: unknown,
  variables?: unknown,
  options?: { strict?: boolean; log?: (...line: unknown[]) => void },
) => string;

afterEach(() => vi.unstubAllEnvs());

describe("formatMessage", () => {
  it("writes the message in the user's language", () => {
    const variables = { required: 4, available: 2 };
    expect(formatMessage(ErrorCode.ERR_4001, "en", variables)).toBe(
      "You need 4 credits, but only have 2. Please purchase more credits.",
    );
    expect(formatMessage(ErrorCode.ERR_4001, "tr", variables)).toBe(
      "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
    );
    expect(formatMessage(ErrorCode.ERR_4001, "es", variables)).toBe(
      "Necesitas 4 créditos, pero solo tienes 2. Por favor, compra más créditos.",
    );
    expect(formatMessage(ErrorCode.ERR_4002, "en")).toBe("The selected model is not available.");
  });

  it("uses each language's plurals, the one for millions too", () => {
    const needed = (language: string, required: number): string =>
      formatMessage("ERR_4001", language, { required, available: 0 }).split(",", 1)[0] ?? "";
    expect(needed("en", 1)).toBe("You need 1 credit");
    expect(needed("es", 1)).toBe("Necesitas 1 crédito");
    expect(needed("es", 2)).toBe("Necesitas 2 créditos");
    expect(needed("es", 1_000_000)).toBe("Necesitas 1.000.000 de créditos");
    expect(needed("tr", 5)).toBe("5 krediye ihtiyacınız var");
  });

  it("uses each language's number format", () => {
    const available = (language: string, value: number): string =>
      formatMessage("ERR_4001", language, { required: 2, available: value });
    expect(available("en", 12345.5)).toContain("only have 12,345.5.");
    expect(available("tr", 12345.5)).toContain("sadece 12.345,5 krediniz");
    expect(available("es", 12345.5)).toContain("solo tienes 12.345,5.");
    expect(available("es", 1234)).toContain("solo tienes 1234.");
  });

  it.each([
    [0, "0 seconds"],
    [1, "1 second"],
    [59.2, "60 seconds"],
    [120, "120 seconds"],
    [121, "3 minutes"],
    [2400, "40 minutes"],
    [7201, "3 hours"],
    [172_801, "3 days"],
  ])("tells a wait of %d seconds as %s, never too short", (seconds, said) => {
    expect(formatMessage("ERR_4004", "en", { seconds })).toBe(
      `Too many requests. Please try again in ${said}.`,
    );
  });

  it("takes the language in any case and with a region, and English for one it does not know", () => {
    for (const language of ["tr", "TR", "tr-TR", "tr_TR", "tr-Latn-CY"]) {
      expect(formatMessage("ERR_4006", language)).toBe("Bu işlem için yetkiniz yok.");
    }
    for (const language of [
      "de",
      "",
      "  ",
      "*",
      "tr;q=1",
      "constructor",
      `tr-${"a-".repeat(60)}a`,
      null,
      undefined,
    ]) {
      expect(formatMessage("ERR_4006", language)).toBe("You do not have permission to do this.");
    }
    expect(format("ERR_4006", 5)).toBe("You do not have permission to do this.");
  });

  it("ignores variables that the message does not have", () => {
    expect(format("ERR_4002", "en", { required: 1, __proto__: { available: 2 } })).toBe(
      "The selected model is not available.",
    );
  });

  it("takes a number that came as text, as a bigint of Postgres does", () => {
    expect(format("ERR_4001", "en", { required: "4", available: 2n })).toContain(
      "You need 4 credits, but only have 2.",
    );
  });
});

describe("a variable that is missing or unusable", () => {
  const unusable: [string, unknown][] = [
    ["missing", { required: 4 }],
    ["of the prototype", Object.create({ required: 4, available: 2 })],
    ["null", { required: 4, available: null }],
    ["NaN", { required: 4, available: Number.NaN }],
    ["infinite", { required: 4, available: Number.POSITIVE_INFINITY }],
    ["an object", { required: 4, available: {} }],
    ["a text", { required: 4, available: "two" }],
    ["empty text", { required: 4, available: "" }],
    ["a boolean", { required: 4, available: true }],
    ["no object at all", null],
    [
      "a getter that throws",
      {
        required: 4,
        get available(): never {
          throw new Error("no");
        },
      },
    ],
  ];

  it.each(unusable)("throws in development and tests when it is %s", (_, variables) => {
    for (const mode of ["development", "test"]) {
      vi.stubEnv("NODE_ENV", mode);
      expect(() => format("ERR_4001", "en", variables)).toThrow(TypeError);
    }
  });

  it("is named in the error", () => {
    expect(() => format("ERR_4001", "en", { required: 4 })).toThrow(
      'ERR_4001 needs the variable "available" (a number), but it is missing.',
    );
    expect(() => format("ERR_4004", "en", { seconds: -1 })).toThrow(
      'ERR_4004 needs the variable "seconds" (a number of seconds, 0 or more), but it is -1.',
    );
  });

  it.each(unusable)(
    "gives users a safe sentence in production, and a log line, when it is %s",
    (_, variables) => {
      vi.stubEnv("NODE_ENV", "production");
      const log = vi.fn();
      expect(format("ERR_4001", "tr", variables, { log })).toBe(
        "Bizden kaynaklanan bir hata oluştu. Lütfen daha sonra tekrar deneyin.",
      );
      expect(log).toHaveBeenCalledExactlyOnceWith(
        "error_message_mistake",
        expect.objectContaining({ code: "ERR_4001" }),
        "error",
      );
    },
  );

  it("does not cost the user the answer when the log fails too", () => {
    const log = (): never => {
      throw new Error("disk full");
    };
    expect(format("ERR_4001", "en", {}, { strict: false, log })).toBe(
      "Something went wrong on our side. Please try again later.",
    );
  });
});

describe("a code that does not exist", () => {
  it.each(["ERR_9999", "constructor", "__proto__", "err_4001", "", null, 4001])("throws: %s", (code) => {
    expect(() => format(code, "en")).toThrow("There is no error code");
  });

  it("gives a general sentence in production", () => {
    expect(format("ERR_9999", "es", {}, { strict: false, log: () => {} })).toBe(
      "Se ha producido un error por nuestra parte. Inténtalo más tarde.",
    );
  });
});

describe("the types", () => {
  it("know which variables a code needs", () => {
    const compileOnly = (
      any: ErrorCode,
      two: "ERR_4001" | "ERR_4002",
      waits: "ERR_4001" | "ERR_4004",
    ): void => {
      formatMessage(two, "en", { required: 4, available: 2n });
      formatMessage(waits, "en", { required: 4, available: 2, seconds: 3 });
      // @ts-expect-error some of the codes need variables
      formatMessage(any, "en");
      // @ts-expect-error one of the two needs variables
      formatMessage(two, "en");
      // @ts-expect-error one of the two needs seconds
      formatMessage(waits, "en", { required: 4, available: 2 });
      formatMessage("ERR_4001", "en", { required: 4, available: 2 });
      // @ts-expect-error available is missing
      formatMessage("ERR_4001", "en", { required: 4 });
      // @ts-expect-error all variables are missing
      formatMessage("ERR_4001", "en");
      // @ts-expect-error not a number
      formatMessage("ERR_4001", "en", { required: 4, available: "2" });
      // @ts-expect-error ERR_4002 has no variables
      formatMessage("ERR_4002", "en", { required: 4 });
      // @ts-expect-error no such code
      formatMessage("ERR_9999", "en");
    };
    expect(compileOnly).toBeTypeOf("function");
  });
});
