import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isVidopsError } from "@vidops/core/errors";
import { type BareItem, parseList } from "structured-headers";
import type { Contenders } from "./all-contenders.ts";
import { freshScope, type Name } from "./contenders.ts";
import { configOf, ourLimiter, requestOf } from "./over-data-api.ts";
import { appOf, askWithoutAddress, middlewareOf } from "./over-memory.ts";

const one = { max: 1, seconds: 3600 };

/** What a header says as a list of named items with parameters; null when it is not there or not that. */
function namedItems(
  headers: Headers,
  name: string,
): readonly (readonly [unknown, ReadonlyMap<string, BareItem>])[] | null {
  const value = headers.get(name);
  try {
    return value === null ? null : parseList(value).map(([item, parameters]) => [item, parameters]);
  } catch {
    return null;
  }
}

/** True when both fields are of the draft's form. */
function hasFields(headers: Headers): boolean {
  const holds = (field: string, ...needed: string[]): boolean =>
    namedItems(headers, field)?.every(
      ([item, parameters]) =>
        typeof item === "string" && needed.every((key) => Number.isInteger(parameters.get(key))),
    ) ?? false;
  return holds("ratelimit", "r", "t") && holds("ratelimit-policy", "q", "w");
}

/** An admitted and a denied answer of vidops. */
async function ourAnswers({ stack }: Contenders, legacy?: boolean): Promise<readonly [Response, Response]> {
  const limiter = ourLimiter(stack);
  const limitHeaders = legacy === undefined ? undefined : { legacy };
  const handler = limiter.withRateLimit(() => new Response("made"), {
    ...configOf(freshScope(), one),
    limitHeaders,
  });
  return [await handler(requestOf()), await handler(requestOf())];
}

async function expressAnswers(
  { express }: Contenders,
  legacyHeaders = false,
): Promise<readonly [Response, Response]> {
  const { ask } = await express.serve([{ ...one, legacyHeaders }]);
  return [await ask(), await ask()];
}

const legacyNames = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

function fieldsOf([admitted, denied]: readonly [Response, Response]): boolean {
  return denied.status === 429 && hasFields(admitted.headers) && hasFields(denied.headers);
}

/** True when Retry-After is on a denial only, and no shorter than what RateLimit says. */
function retryAfterOf([admitted, denied]: readonly [Response, Response]): boolean {
  const wait = Number(denied.headers.get("retry-after"));
  const [[, parameters] = []] = namedItems(denied.headers, "ratelimit") ?? [];
  return !admitted.headers.has("retry-after") && wait > 0 && wait >= Number(parameters?.get("t"));
}

const hasLegacy = ([, { headers }]: readonly [Response, Response]): boolean =>
  legacyNames.every((name) => headers.has(name));

type Found = (contenders: Contenders) => Promise<string>;

const keyed: Readonly<Record<"the first function" | "rate-limiter-flexible" | "@upstash/ratelimit", null>> = {
  "the first function": null,
  "rate-limiter-flexible": null,
  "@upstash/ratelimit": null,
};

/** What the client is told, and what is made of a client that cannot be told from others. */
export const answeringProbes: Readonly<Record<string, Readonly<Record<Name, Found | null>>>> = {
  "an address that cannot be known": {
    checkRateLimit: async ({ stack }) => {
      const lines: string[] = [];
      const limiter = ourLimiter(stack, { log: (event) => void lines.push(event) });
      const request = new Request("https://app.example/");
      const config = configOf(freshScope(), one);
      const shared = [await limiter.check(request, config), await limiter.check(request, config)];
      const refused = await limiter
        .check(request, { ...config, unknownIp: "refuse" })
        .catch((error: unknown) => error);
      const logged = lines.includes("rate_limit_ip_unknown") ? "logged" : "silently";
      const policy =
        isVidopsError(refused) && refused.reason === "client_ip_unknown" ? '; `unknownIp: "refuse"`' : "";
      return `${shared[1]?.allowed ? "is not counted" : "all share one count"}, ${logged}${policy}`;
    },
    "the first function": async ({ byName }) => {
      const contender = byName["the first function"];
      const scope = freshScope();
      const limiter = await contender?.limiter(scope, one);
      // An empty header is none, and then the address is 0.0.0.0.
      const answers = [await limiter?.ask({ from: "" }), await limiter?.ask({ from: "" })];
      return answers[1] ? "is not counted" : "all share one count, silently";
    },
    "rate-limiter-flexible": null,
    "express-rate-limit": async () => {
      const lines: unknown[] = [];
      const logger = { warn: () => {}, error: (...line: unknown[]) => void lines.push(line) };
      const server = appOf([middlewareOf({ ...one, logger })], () => 200, 0);
      const folder = mkdtempSync(join(tmpdir(), "vidops-express-"));
      const statuses = [
        await askWithoutAddress(server, join(folder, "socket")),
        await askWithoutAddress(server, join(folder, "socket")),
      ];
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
      const made = statuses[1] === 429 ? "all share one count" : `all are refused (${statuses[1]})`;
      return `${made}, ${lines.length > 0 ? "logged" : "silently"}`;
    },
    "@upstash/ratelimit": null,
  },
  "`RateLimit` and `RateLimit-Policy` as a parser reads them": {
    ...keyed,
    checkRateLimit: async (contenders) => (fieldsOf(await ourAnswers(contenders)) ? "yes" : "no"),
    "express-rate-limit": async (contenders) =>
      fieldsOf(await expressAnswers(contenders)) ? 'yes, `standardHeaders: "draft-8"`' : "no",
  },
  "`Retry-After`, no shorter than `t` of `RateLimit`": {
    ...keyed,
    checkRateLimit: async (contenders) => (retryAfterOf(await ourAnswers(contenders)) ? "yes" : "no"),
    "express-rate-limit": async (contenders) =>
      retryAfterOf(await expressAnswers(contenders)) ? "yes" : "no",
  },
  "`X-RateLimit-*`": {
    ...keyed,
    checkRateLimit: async (contenders) =>
      hasLegacy(await ourAnswers(contenders, true)) && !hasLegacy(await ourAnswers(contenders))
        ? "yes, `legacy`"
        : "no",
    "express-rate-limit": async (contenders) =>
      hasLegacy(await expressAnswers(contenders, true)) && !hasLegacy(await expressAnswers(contenders))
        ? "yes, `legacyHeaders`"
        : "no",
  },
};
