import { PostgrestClient } from "@supabase/postgrest-js";
import { validationError } from "../errors/index.ts";
import { requireRunId } from "./arguments.ts";
import { type Credential, type DatabaseClient, defaultTimeoutMs, maxTimeoutMs } from "./database-client.ts";
import { type KeyKind, keyKind } from "./key.ts";

/** What {@link createDatabase} needs. */
export interface DatabaseOptions {
  /** The project's URL, e.g. `https://abc.supabase.co`; with or without `/rest/v1`. */
  url: string;
  /** Any Supabase API key: `sb_publishable_…`, `sb_secret_…`, or a legacy anon or service_role JWT. */
  key: string;
  /** The access token of a signed-in user; requests then run as that user. */
  accessToken?: string | null;
  /** Default: the global `fetch`. It must not repeat a POST by itself. */
  fetch?: typeof globalThis.fetch;
  /** How long one request may take, its body included, in milliseconds. Default 15 000. */
  timeoutMs?: number;
  /** The run that requests belong to: sent along, and stored with audited actions. */
  runId?: string | null;
  /** How errors name the key or token, and what they advise when it is not accepted. */
  credential?: Credential | null;
}

/** A client bound to one project and one key. It does not show the key. */
export interface Database extends DatabaseClient {
  /** The project's URL without a path. */
  readonly url: string;
  /** What kind of key it was made with. */
  readonly keyKind: KeyKind;
  readonly timeoutMs: number;
  readonly runId: string | null;
}

/**
 * Makes a client of a project's Data API. Nothing is sent yet.
 *
 * The `apikey` header is always sent. `Authorization` carries the access token, else the key when it is a JWT:
 * `sb_…` keys are no tokens and the gateway refuses them there. Redirects are never followed, since a key
 * would travel along.
 *
 * @param options URL, key and the rest
 * @returns the client
 * @throws VidopsError ERR_4008 when the URL, key, token or timeout is malformed
 * @example
 * ```ts
 * const db = createDatabase({ url: "https://abc.supabase.co", key: secretKey });
 * const balance = await creditBalance(db, userId);
 * ```
 */
export function createDatabase(options: DatabaseOptions): Database {
  const url = projectUrl(options.url);
  const key = headerValue("key", options.key);
  const token = options.accessToken == null ? null : headerValue("accessToken", options.accessToken);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    throw validationError("timeoutMs", `must be a whole number of milliseconds from 1 to ${maxTimeoutMs}`);
  }
  const runId = options.runId == null ? null : requireRunId(options.runId);
  const kind = keyKind(key);
  const bearer = token ?? (["anon", "service_role", "user_token"].includes(kind) ? key : null);
  const headers: Record<string, string> = {
    apikey: key,
    // The one header of this kind that Supabase's CORS rules let a browser send.
    "x-client-info": runId === null ? "vidops-core" : `vidops-core; run_id=${runId}`,
  };
  if (bearer !== null) headers.authorization = `Bearer ${bearer}`;

  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const client = new PostgrestClient(`${url}/rest/v1`, {
    headers,
    fetch: (input, init) => fetch(input, { ...init, redirect: "manual" }),
  });
  return Object.freeze({
    url,
    keyKind: kind,
    timeoutMs,
    runId,
    credential: options.credential ?? null,
    rpc: (name: string, args?: object) => client.rpc(name, args),
    from: (table: string) => client.from(table),
  });
}

function projectUrl(text: string): string {
  const hint = "Give the project's URL, e.g. https://abc.supabase.co.";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw validationError("url", "is not a URL", hint);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw validationError("url", "must start with https:// or http://", hint);
  }
  if (url.username !== "" || url.password !== "") {
    throw validationError("url", "must not hold a user name or password", hint);
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/rest\/v1$/, "");
  if (path !== "" || url.search !== "" || url.hash !== "") {
    throw validationError("url", "must be the project's address alone, without a path or query", hint);
  }
  return url.origin;
}

function headerValue(field: string, text: string): string {
  const value = typeof text === "string" ? text.trim() : "";
  if (value === "")
    throw validationError(field, "is empty", "Set it, and check that the environment has it.");
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw validationError(
      field,
      "holds a space or a character that no key has",
      "Copy it again, as one word.",
    );
  }
  return value;
}
