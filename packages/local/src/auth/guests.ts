import { randomUUID } from "node:crypto";
import { decodeJwt } from "jose";
import type { Sql } from "postgres";
import type { WebHandler } from "../gateway/web-handler.ts";
import { signToken } from "../keys/stack-keys.ts";
import { connectOnDemand } from "../postgres/on-demand.ts";
import { isUnstorableText } from "../postgres/unstorable-text.ts";

/** What guests need of Auth. */
export interface GuestsPlan {
  /** A connection URL of the role that owns the tables of Auth. */
  readonly databaseUrl: string;
  readonly jwtSecret: string;
}

/** Auth with guests in it. */
export interface Guests {
  readonly handle: WebHandler;
  close(): Promise<void>;
}

interface SignUpBody {
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly data?: object | null;
}

interface AuthUser {
  readonly id: string;
  readonly email?: string;
  readonly phone?: string;
}

const hourOfSeconds = 3600;

/**
 * Adds to Auth what it lacks: anonymous sign-in. `POST /signup` without email and phone makes a user and a session, as hosted
 * Auth does, in the tables that Auth itself reads, so that it refreshes the session, knows the user, and links an email to it.
 * Auth's own answers about a guest are told again with `is_anonymous`, which it does not know.
 *
 * @param auth the Auth that answers everything else
 * @returns a handler for all of /auth/v1
 * @see https://supabase.com/docs/guides/auth/auth-anonymous
 * @example const guests = withGuests(auth.handle, { databaseUrl, jwtSecret });
 */
export function withGuests(auth: WebHandler, { databaseUrl, jwtSecret }: GuestsPlan): Guests {
  const connection = connectOnDemand(databaseUrl, 2);
  const handle: WebHandler = async (request) => {
    const path = new URL(request.url).pathname.replace(/^\/auth\/v1/, "");
    if (path === "/settings") return toldOfGuests(await auth(request));
    if (path === "/signup" && request.method === "POST") {
      const text = await request.text();
      const body = signUpBody(text);
      if (body === null) return refusal(400, "bad_json", "Could not parse request body as JSON");
      if (!isBlank(body.email) || !isBlank(body.phone)) return auth(new Request(request, { body: text }));
      try {
        return Response.json(await signUp(connection.sql(), body.data ?? {}, jwtSecret));
      } catch (error) {
        if (!isUnstorableText(error)) throw error;
        return refusal(500, "unexpected_failure", "Database error creating anonymous user");
      }
    }
    const response = await auth(request);
    if (!response.ok || !/^\/(token|user|verify)$/.test(path)) return response;
    return toldAgain(response, connection.sql(), jwtSecret);
  };
  return { handle, close: () => connection.close() };
}

async function signUp(sql: Sql, metadata: object, jwtSecret: string): Promise<Record<string, unknown>> {
  const [id, session, refreshToken] = [randomUUID(), randomUUID(), randomUUID()];
  await sql`
    with made as (
      insert into auth.users (id, aud, role, raw_app_meta_data, raw_user_meta_data, is_anonymous, last_sign_in_at)
      values (${id}, 'authenticated', 'authenticated', '{}', ${JSON.stringify(metadata)}::text::jsonb, true, now())
      returning id
    ), opened as (
      insert into auth.sessions (id, user_id, aal) select ${session}::uuid, id, 'aal1' from made returning id
    )
    insert into auth.refresh_tokens (id, token, user_id, session_id)
    select ${randomUUID()}, ${refreshToken}, ${id}::uuid, id from opened`;
  const createdAt = new Date().toISOString();
  const accessToken = await signToken(jwtSecret, {
    sub: id,
    expiresIn: hourOfSeconds,
    claims: { session_id: session, is_anonymous: true, app_metadata: {}, user_metadata: metadata },
  });
  return {
    access_token: accessToken,
    token_type: "bearer",
    expires_in: hourOfSeconds,
    expires_at: Math.floor(Date.now() / 1000) + hourOfSeconds,
    refresh_token: refreshToken,
    user: {
      ...{ id, aud: "authenticated", role: "authenticated", email: "", phone: "" },
      ...{ app_metadata: {}, user_metadata: metadata, identities: [], is_anonymous: true },
      ...{ created_at: createdAt, updated_at: createdAt, last_sign_in_at: createdAt },
    },
  };
}

/** An answer of Auth with a session or a user in it, true about whether that user is a guest. */
async function toldAgain(response: Response, sql: Sql, jwtSecret: string): Promise<Response> {
  const body = parsed(await response.clone().text());
  const session = typeof body?.access_token === "string" ? body : null;
  const user = (session === null ? body : session.user) as AuthUser | null | undefined;
  if (body === null || typeof user?.id !== "string") return response;
  const isAnonymous = isBlank(user.email) && isBlank(user.phone);
  if (!isAnonymous) {
    await settleLink(sql, user);
    return response;
  }
  const told = { ...user, is_anonymous: true };
  const accessToken = session && (await signedAgain(String(session.access_token), jwtSecret));
  const answer = session === null ? told : { ...session, access_token: accessToken, user: told };
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return Response.json(answer, { status: response.status, headers });
}

/** A guest whose email is confirmed has become an account: the same user. */
async function settleLink(sql: Sql, { id }: AuthUser): Promise<void> {
  await sql`
    update auth.users set is_anonymous = false,
      raw_app_meta_data = raw_app_meta_data || '{"provider": "email", "providers": ["email"]}'
    where id = ${id} and is_anonymous and email is not null`;
}

async function signedAgain(token: string, jwtSecret: string): Promise<string> {
  const { sub, exp = 0, iat: _iat, ...claims } = decodeJwt(token);
  const expiresIn = exp - Math.floor(Date.now() / 1000);
  return signToken(jwtSecret, { sub: sub ?? "", expiresIn, claims: { ...claims, is_anonymous: true } });
}

/** Apps ask what Auth offers before they show a button. */
async function toldOfGuests(response: Response): Promise<Response> {
  const settings = parsed(await response.clone().text());
  if (settings === null) return response;
  const external = { ...(settings.external as object), anonymous_users: true };
  return Response.json({ ...settings, external }, { status: response.status });
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    // supabase-js sends {}, others nothing at all.
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Reads a body as Auth's server does, where `null` is an empty one; null for what it cannot read. */
function signUpBody(text: string): SignUpBody | null {
  const body = text.trim() === "null" ? {} : parsed(text);
  if (body === null) return null;
  const { email, phone, data } = body;
  const isText = (value: unknown): boolean => isBlank(value) || typeof value === "string";
  const isRecord = isBlank(data) || (typeof data === "object" && !Array.isArray(data));
  return isText(email) && isText(phone) && isRecord ? body : null;
}

/** A refusal in Auth's words. */
function refusal(code: number, error_code: string, msg: string): Response {
  return Response.json({ code, error_code, msg }, { status: code });
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
