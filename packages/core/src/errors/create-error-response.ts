import { redact } from "../logging/index.ts";
import { type Catalogue, type CatalogueRow, catalogue } from "./catalogue.ts";
import type { MessageSet, MistakeOptions, VariablesField } from "./error-set.ts";
import {
  fallbackCode,
  formatMessageOf,
  quoted,
  readVariable,
  rowOf,
  usableVariable,
} from "./format-message.ts";
import { fallbackLanguage, type Language } from "./languages.ts";
import { tellMistake } from "./mistake.ts";
import { negotiateLanguage, supportedLanguage } from "./negotiate-language.ts";
import { problemDetails } from "./problem-details.ts";
import { type CorsOptions, cleanRequestId, responseHeaders, wantsProblem } from "./response-headers.ts";

/** What may be said about an answer beside its code and variables. */
export interface ResponseOptions extends MistakeOptions {
  /** The language the user chose, e.g. of the profile. It beats the header; one without messages is passed over. */
  readonly language?: Language | (string & {}) | null | undefined;
  /** The request's Accept-Language header. */
  readonly acceptLanguage?: string | null | undefined;
  /** The request that is answered: gives Accept-Language, Accept and Origin where they are not named here. */
  readonly request?: { readonly headers: Headers } | null | undefined;
  /** Facts for the client's program. Secrets are taken out and the size is bounded (see `redact`). */
  readonly details?: unknown;
  /** Written into body and header, so that user and log speak of the same. Visible ASCII. */
  readonly requestId?: string | null | undefined;
  /** Seconds to wait before the same request. Default: the duration that the message of a 429 or 503 names. */
  readonly retryAfter?: number | null | undefined;
  /** `precise`: the status of the catalogue. `family`: 4xxx → 400, 5xxx → 502, 6xxx → 500. Default: precise. */
  readonly statusScheme?: "precise" | "family" | undefined;
  /** `envelope`: `{"error": {…}}`. `problem`: RFC 9457. `negotiated`: as the client's Accept says. Default: envelope. */
  readonly format?: "envelope" | "problem" | "negotiated" | undefined;
  /** The request's Accept header, for `format: "negotiated"`. */
  readonly accept?: string | null | undefined;
  /** What a code is put behind to be the `type` of a problem, e.g. `"https://example.com/errors/"`. Default: `about:blank`. */
  readonly problemTypeBase?: string | undefined;
  /** Adds CORS headers. `true` is any origin. Default: none. */
  readonly cors?: CorsOptions | true | null | undefined;
  /** More headers; they win over the ones made here, and are added to Vary and Access-Control-Expose-Headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The options of {@link createErrorResponse}: `variables` is required exactly for the codes that have some. */
export type ErrorResponseOptions<
  Codes extends Catalogue = typeof catalogue,
  Code extends keyof Codes = keyof Codes,
> = ResponseOptions & { readonly code: Code } & VariablesField<Codes, Code>;

/** The same without the types of one set. */
export interface AnyErrorResponseOptions extends ResponseOptions {
  readonly code: string;
  readonly variables?: unknown;
}

/**
 * Makes the answer for an error of some set. `createErrorResponse` is this with the codes of vidops.
 *
 * @param set codes and messages
 * @param options code, variables, language, and how to write it
 * @returns the response
 * @throws TypeError in development and tests, for an unknown code and for a variable that is missing or unusable
 */
export function errorResponseOf(set: MessageSet, options: AnyErrorResponseOptions): Response {
  const known = rowOf(set, options.code);
  if (known === undefined) {
    tellMistake(`There is no error code ${quoted(options.code)}.`, { code: quoted(options.code) }, options);
  }
  const code = known === undefined ? fallbackCode : options.code;
  const row: CatalogueRow = known ?? catalogue[fallbackCode];
  const asked = options.request?.headers;
  const language =
    supportedLanguage(options.language, set.languages) ??
    negotiateLanguage(options.acceptLanguage ?? asked?.get("accept-language"), {
      supported: set.languages,
      fallback: fallbackLanguage,
    });
  const message = formatMessageOf(set, code, language, options.variables, options);
  const status = options.statusScheme === "family" ? familyStatus(code, row.status) : row.status;
  const requestId = cleanRequestId(options.requestId);
  const format = options.format ?? "envelope";
  const problem =
    format === "problem" || (format === "negotiated" && wantsProblem(options.accept ?? asked?.get("accept")));
  const details = options.details === undefined ? undefined : redact(options.details);
  const body = problem
    ? problemDetails({ code, row, status, message, details, requestId, typeBase: options.problemTypeBase })
    : { error: { code, message, details, ...(requestId !== null && { request_id: requestId }) } };
  return new Response(JSON.stringify(body), {
    status,
    headers: responseHeaders({
      contentType: problem ? "application/problem+json" : "application/json",
      language,
      status,
      retryAfter: retryAfterSeconds(options, row),
      requestId,
      variesByAccept: format === "negotiated",
      cors: options.cors === true ? { origin: "*" } : (options.cors ?? null),
      origin: options.cors == null ? null : (asked?.get("origin") ?? null),
      extra: options.headers ?? {},
    }),
  });
}

/** 4xx are the caller's, ERR_5… a provider's, and all others our own. */
function familyStatus(code: string, status: number): number {
  if (status < 500) return 400;
  return code.startsWith("ERR_5") ? 502 : 500;
}

const A_YEAR = 31_536_000;

/** The wait that the message names, where the status is one that makes clients wait (RFC 9110 section 10.2.3). */
function retryAfterSeconds(
  { retryAfter, variables }: AnyErrorResponseOptions,
  row: CatalogueRow,
): number | null {
  const named =
    row.status === 429 || row.status === 503
      ? Object.keys(row.variables).find((variable) => row.variables[variable] === "duration")
      : undefined;
  const wait = typeof retryAfter === "number" ? retryAfter : named && readVariable(variables, named);
  const seconds = usableVariable(wait, "duration");
  // Rounded up: a client that comes a moment too early is refused again.
  return seconds === null ? null : Math.min(Math.ceil(Number(seconds)), A_YEAR);
}
