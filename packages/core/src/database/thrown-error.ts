import { type ErrorCode, isVidopsError, VidopsError } from "../errors/index.ts";
import { answerFault, type Fault, fault, lostFault, sentence, unauthorized } from "./error-mapping.ts";
import { authFaults, type FaultKind } from "./fault-table.ts";
import { transportFailure } from "./transport.ts";

type Properties = Readonly<Record<string, unknown>>;

/** A kind of thing that is thrown, and what it means. The first that fits counts. */
type Reading = readonly [fits: (thrown: Properties) => boolean, read: (thrown: Properties) => Fault];

/**
 * What apps throw, by its marks rather than its class, since each library may be loaded twice and each realm has its own
 * `Error`.
 */
const READINGS: readonly Reading[] = [
  [({ __isAuthError }) => __isAuthError === true, authFault],
  [({ __isStorageError }) => __isStorageError === true, storageFault],
  [isDatabaseError, databaseFault],
  [({ code }) => code === "CONNECT_TIMEOUT", () => unreachable("connect_timeout", true)],
  [
    ({ code }) => typeof code === "string" && /^CONNECTION_[A-Z]+$/.test(code),
    () => lostFault("connection_lost", "write"),
  ],
  [isSchemaError, schemaFault],
  [({ name }) => name === "AbortError", () => internal("aborted", "The work was aborted.")],
  [({ name }) => name === "TimeoutError", () => internal("timeout", "Something took longer than it may.")],
  [isNetworkError, () => internal("network_error", "A request to another service failed.")],
];

/**
 * Makes a {@link VidopsError} of anything that was thrown: errors of supabase-js (Data API, Auth, Storage), of Postgres
 * drivers, of zod, of `fetch`, and what is no error at all. What was thrown stays as `cause`, for the log; its words are
 * for operators, and users get the message of the code.
 *
 * @param thrown what was caught
 * @returns the same object when it is a VidopsError; never throws, whatever was thrown
 * @example
 * ```ts
 * const { error } = await supabase.from("models").insert(row);
 * if (error) throw toVidopsError(error); // a unique violation is ERR_4009
 * ```
 */
export function toVidopsError(thrown: unknown): VidopsError {
  try {
    if (isVidopsError(thrown)) return thrown;
    if (typeof thrown !== "object" || thrown === null) {
      const what = thrown === null || thrown === undefined ? String(thrown) : `a ${typeof thrown}`;
      return new VidopsError({
        ...internal("thrown_non_error", `Something was thrown that is no error: ${what}.`),
        cause: thrown,
      });
    }
    const properties = thrown as Properties;
    const found = readingOf(properties) ?? internal("unexpected", unexpectedMessage(properties));
    return new VidopsError({ ...found, cause: thrown });
  } catch {
    // A revoked proxy, or a getter that throws: it cannot be looked at, so it is not kept either.
    return new VidopsError(internal("unreadable_error", "What was thrown cannot be read."));
  }
}

/** What it is, or what its cause is: query builders wrap what a driver threw. */
function readingOf(thrown: Properties, depth = 0): Fault | undefined {
  const reading = READINGS.find(([fits]) => fits(thrown));
  if (reading !== undefined) return reading[1](thrown);
  const { cause } = thrown;
  return typeof cause === "object" && cause !== null && depth < 2
    ? readingOf(cause as Properties, depth + 1)
    : undefined;
}

function internal(reason: string, message: string): Fault {
  return fault("ERR_6003", reason, message, {});
}

function unexpectedMessage({ message }: Properties): string {
  return typeof message === "string" && message.trim() !== ""
    ? sentence(message)
    : "Something unexpected was thrown.";
}

/**
 * Postgres drivers say `severity`; postgrest-js says `details` and `hint`; Prisma says its version. A system error has a
 * code, but none of these.
 */
function isDatabaseError(thrown: Properties): boolean {
  const { code, message } = thrown;
  if (typeof code !== "string" || typeof message !== "string") return false;
  return "severity" in thrown || "clientVersion" in thrown || ("details" in thrown && "hint" in thrown);
}

function databaseFault(thrown: Properties): Fault {
  // Nobody knows whether the app was writing; the careful reading of a lost answer is that it was.
  if (thrown.code !== "") return answerFault(500, thrown, "write");
  const failure = transportFailure(thrown);
  if (failure.sent === "unknown") return lostFault(failure.reason, "write");
  return unreachable(failure.reason, failure.passing);
}

function unreachable(reason: string, retryable: boolean): Fault {
  return fault("ERR_6005", reason, "The database cannot be reached; nothing was sent.", {
    hint: "Check the URL and the network, then try again.",
    retryable,
  });
}

/** What a status of Auth or Storage means, where there is no better word. */
const KIND_BY_STATUS: Readonly<Record<number, FaultKind>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  413: "invalid",
  415: "invalid",
  422: "invalid",
  429: "rate_limited",
};

const CODE_BY_KIND: Readonly<Partial<Record<FaultKind, ErrorCode>>> = {
  banned: "ERR_4012",
  conflict: "ERR_4009",
  forbidden: "ERR_4006",
  invalid: "ERR_4008",
  not_found: "ERR_4007",
  rate_limited: "ERR_4004",
  unauthorized: "ERR_4005",
  unreachable: "ERR_6005",
};

function authFault(thrown: Properties): Fault {
  const { code, status, name, message } = thrown;
  const known = typeof code === "string" ? authFaults.find(([pattern]) => pattern.test(code)) : undefined;
  const details = { status: status ?? null, auth_code: code ?? null };
  const kind =
    known?.[1] ??
    (name === "AuthSessionMissingError" ? "unauthorized" : undefined) ??
    (name === "AuthRetryableFetchError" ? "unreachable" : undefined) ??
    KIND_BY_STATUS[Number(status)];
  if (kind === "unauthorized" && /expired/i.test(`${code} ${message}`)) {
    return unauthorized("token_expired", details);
  }
  const retryable = kind === "rate_limited" || kind === "unreachable";
  const found = kind === undefined ? undefined : CODE_BY_KIND[kind];
  return fault(found ?? "ERR_6003", known?.[2] ?? kind ?? "auth_error", sentence(`Auth: ${message}`), {
    details,
    retryable,
  });
}

/** Storage answers with the status as a text, and only some of its refusals are the caller's fault. */
function storageFault({ status, statusCode, message }: Properties): Fault {
  const kind = KIND_BY_STATUS[Number(statusCode ?? status)];
  const details = { status: statusCode ?? status ?? null };
  const callers: readonly (FaultKind | undefined)[] = ["not_found", "conflict", "rate_limited", "invalid"];
  const code = kind !== undefined && callers.includes(kind) ? CODE_BY_KIND[kind] : undefined;
  return fault(
    code ?? "ERR_6002",
    code === undefined ? "storage_error" : (kind ?? ""),
    sentence(`Storage: ${message}`),
    {
      details,
      retryable: kind === "rate_limited",
    },
  );
}

/** What zod throws. Other libraries that keep to the Standard Schema call their list the same. */
function isSchemaError({ issues, name }: Properties): boolean {
  return Array.isArray(issues) && typeof name === "string" && /Error$/.test(name);
}

function schemaFault({ issues }: Properties): Fault {
  const found = (issues as readonly Properties[]).slice(0, 20).map(({ path, message }) => ({
    field: Array.isArray(path) ? path.map(String).join(".") : "",
    message: String(message),
  }));
  const [first] = found;
  const said =
    first === undefined ? "The input is not valid" : `${first.field || "The input"}: ${first.message}`;
  // The names of fields are for the caller; the words may quote what was expected, and are for the log.
  return fault("ERR_4008", "validation_failed", sentence(said), {
    details: { field: first?.field ?? null, fields: found.map(({ field }) => field) },
  });
}

// Chromium, Firefox, Safari, Node (undici), Deno and Bun, in this order.
const NETWORK_WORDS =
  /^(?:Failed to fetch|NetworkError when attempting|Load failed|fetch failed|error sending request|Unable to connect)/;

function isNetworkError({ name, message, code }: Properties): boolean {
  if (typeof code === "string" && /^(?:ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|UND_ERR_\w+)$/.test(code))
    return true;
  return name === "TypeError" && typeof message === "string" && NETWORK_WORDS.test(message);
}
