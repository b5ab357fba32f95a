import { describe, expect, it } from "vitest";
import { builtInMessages, createErrorResponse, isErrorSet } from "../errors/index.ts";
import { checkMessages, DefinitionError, defineErrors } from "./index.ts";

const tooLong = {
  name: "video_too_long",
  status: 400,
  retryable: false,
  variables: { seconds: "duration", plan: "text" },
  meaning: "The video is longer than the plan allows.",
  action: "Offer a shorter length.",
} as const;
const messages = {
  en: { APP_1001: "With {plan} a video can be {seconds, duration} long." },
  tr: { APP_1001: "{plan} ile bir video {seconds, duration} olabilir." },
  es: { APP_1001: "Con {plan} un vídeo puede durar {seconds, duration}." },
};
const define = (): ReturnType<typeof defineErrors<{ readonly APP_1001: typeof tooLong }>> =>
  defineErrors({ codes: { APP_1001: tooLong }, messages });

describe("defineErrors", () => {
  it("answers an app's own code like one of vidops", async () => {
    const errors = define();
    const response = errors.createErrorResponse({
      code: errors.ErrorCode.APP_1001,
      acceptLanguage: "es",
      variables: { seconds: 10, plan: "Básico" },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { code: "APP_1001", message: "Con Básico un vídeo puede durar 10 segundos." },
    });
  });

  it("does not take a duration for a wait where the status does not mean one", () => {
    const response = define().createErrorResponse({
      code: "APP_1001",
      variables: { seconds: 10, plan: "x" },
    });
    expect(response.headers.has("retry-after")).toBe(false);
  });

  it("knows the codes of vidops as well, and changes nothing of theirs", async () => {
    const errors = define();
    expect(errors.isErrorCode("ERR_4001")).toBe(true);
    expect(errors.isErrorCode("APP_1001")).toBe(true);
    expect(errors.isErrorCode("toString")).toBe(false);
    const options = { code: "ERR_4001", language: "tr", variables: { required: 4, available: 2 } } as const;
    expect(await errors.createErrorResponse(options).text()).toBe(await createErrorResponse(options).text());
    expect(checkMessages(errors)).toEqual([]);
    expect(isErrorSet(errors)).toBe(true);
    expect([{}, null, { ...errors }].filter(isErrorSet)).toEqual([]);
  });

  it("writes values once: braces, dollars, tags and escapes in them stay what they are", () => {
    const { formatMessage } = define();
    for (const plan of [
      "$&",
      "$1",
      "{seconds}",
      "<b>x</b>",
      "'{'",
      "\u001b[31m",
      "{seconds, plural, other {#}}",
      "",
    ]) {
      expect(formatMessage("APP_1001", "en", { seconds: 1, plan })).toBe(
        `With ${plan} a video can be 1 second long.`,
      );
    }
  });

  it("adds a language, which needs a message for every code", () => {
    const german = Object.fromEntries(
      Object.entries(builtInMessages.en).map(([code, text]) => [code, `de: ${text}`]),
    );
    const errors = defineErrors({
      codes: { APP_1001: tooLong },
      languages: ["en", "de"],
      messages: {
        en: messages.en,
        de: { ...(german as typeof builtInMessages.en), APP_1001: "{plan}: {seconds, duration}." },
      },
    });
    expect(errors.languages).toEqual(["en", "de"]);
    expect(errors.formatMessage("APP_1001", "de-AT", { seconds: 90, plan: "Basis" })).toBe(
      "Basis: 90 Sekunden.",
    );
    expect(errors.negotiateLanguage("tr, de;q=0.5")).toBe("de");
    expect(() =>
      defineErrors({
        codes: { APP_1001: tooLong },
        languages: ["en", "de"],
        messages: { en: messages.en, de: { APP_1001: "{plan}: {seconds, duration}." } as never },
      }),
    ).toThrow("de ERR_4001: There is no message.");
  });

  it("answers in English when nothing fits, whatever language comes first", () => {
    const errors = defineErrors({ codes: {}, languages: ["tr", "en"], messages: { tr: {}, en: {} } });
    expect(errors.negotiateLanguage("de")).toBe("en");
    expect(errors.negotiateLanguage("*")).toBe("tr");
    expect(errors.createErrorResponse({ code: "ERR_4005" }).headers.get("content-language")).toBe("en");
  });

  it("names what is missing when there are no messages at all", () => {
    expect(() => defineErrors({ codes: {} } as never)).toThrow("There are no messages for en.");
  });

  it("writes a text as it is, a number in it too, and never at great length", () => {
    const { formatMessage } = define();
    expect(formatMessage("APP_1001", "en", { seconds: 1, plan: 1234567 })).toContain("With 1234567 a video");
    expect(formatMessage("APP_1001", "en", { seconds: 1, plan: "x".repeat(2_000_000) }).length).toBeLessThan(
      1_100,
    );
  });

  it("gives an app's own code its family's status by its own status", () => {
    const options = { variables: { seconds: 1, plan: "x" }, statusScheme: "family" } as const;
    expect(define().createErrorResponse({ code: "APP_1001", ...options }).status).toBe(400);
  });

  it("tells clients to wait for the duration that the message of a 503 names", () => {
    const errors = defineErrors({
      codes: { APP_2: { ...tooLong, status: 503, variables: { pause: "duration" } } },
      messages: {
        en: { APP_2: "{pause, duration}" },
        tr: { APP_2: "{pause, duration}" },
        es: { APP_2: "{pause, duration}" },
      },
    });
    const response = errors.createErrorResponse({ code: "APP_2", variables: { pause: 7 } });
    expect(response.headers.get("retry-after")).toBe("7");
  });

  it("lets an app word a message of vidops anew", () => {
    const errors = defineErrors({
      codes: {},
      messages: { en: { ERR_4005: "Log in first." }, tr: {}, es: {} },
    });
    expect(errors.formatMessage("ERR_4005", "en")).toBe("Log in first.");
    expect(errors.formatMessage("ERR_4005", "tr")).toBe("Devam etmek için lütfen giriş yapın.");
  });

  it("makes errors with the app's codes", () => {
    const error = define().createError({
      code: "APP_1001",
      reason: "video_too_long",
      message: "Asked for 60 s.",
      variables: { seconds: 10, plan: "Basic" },
    });
    expect(error).toMatchObject({ code: "APP_1001", variables: { seconds: 10 } });
  });

  it("names every fault at once", () => {
    const row = { ...tooLong, variables: {} };
    const broken = (): unknown =>
      defineErrors({
        codes: {
          app1: row,
          ERR_4100: row,
          ERR_6100: row,
          APP_1: { ...row, name: "Too Long", status: 200 },
          APP_2: { ...row, status: 600 },
          APP_3: { name: "x", status: 400 } as never,
        },
        languages: ["tr", "not a tag", "turkish"] as never,
        messages: { tr: {}, fr: {} } as never,
      });
    expect(broken).toThrow(TypeError);
    for (const fault of [
      "app1: a code is written in capitals",
      "ERR_4… , ERR_5… and ERR_6… belong to vidops".replace("… ,", "…,"),
      'APP_1: the name is written like "video_too_long"',
      "ERR_6100: ERR_4…, ERR_5… and ERR_6… belong to vidops",
      "APP_1: 200 is no status of an error",
      "APP_2: 600 is no status of an error",
      '"turkish" is no language tag',
      "There are no messages for turkish.",
      '"not a tag" is no language tag',
      "en is missing",
      "There are no messages for not a tag",
      "fr has messages but is not among the languages",
    ]) {
      expect(broken).toThrow(fault);
    }
  });

  it("names the message and the placeholder that are wrong", () => {
    expect(() =>
      defineErrors({
        codes: { APP_1001: tooLong },
        messages: { ...messages, tr: { APP_1001: "{plan} {second, duration}" } },
      }),
    ).toThrow("tr APP_1001: {second} is no variable of this code; it has seconds, plan.");
  });

  it("hands the faults of messages to a program too", () => {
    let caught: unknown;
    try {
      defineErrors({ codes: { APP_1001: tooLong }, messages: { ...messages, es: { APP_1001: "{plan" } } });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(DefinitionError);
    expect(caught).toMatchObject({ findings: [{ language: "es", code: "APP_1001", kind: "syntax" }] });
  });

  it("types the variables of an app's code", () => {
    const compileOnly = (): void => {
      const errors = define();
      errors.createErrorResponse({ code: "APP_1001", variables: { seconds: 1, plan: "x" } });
      // @ts-expect-error plan is missing
      errors.createErrorResponse({ code: "APP_1001", variables: { seconds: 1 } });
      errors.createError({
        code: "APP_1001",
        reason: "x",
        message: "x",
        variables: { seconds: 1, plan: "x" },
      });
      // @ts-expect-error the variables are missing
      errors.createError({ code: "APP_1001", reason: "x", message: "x" });
      // @ts-expect-error no such code
      errors.createErrorResponse({ code: "APP_1002" });
      // @ts-expect-error a language without messages
      defineErrors({ codes: { APP_1001: tooLong }, messages: { en: messages.en, tr: messages.tr } });
      // @ts-expect-error a message is missing
      defineErrors({ codes: { APP_1001: tooLong }, messages: { ...messages, tr: {} } });
    };
    expect(compileOnly).toBeTypeOf("function");
  });
});
