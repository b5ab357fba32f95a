import type { WebHandler } from "../gateway/web-handler.ts";
import { withGuests } from "./guests.ts";

/** An email of Auth, e.g. with a code to sign in. */
export interface AuthEmail {
  readonly to: string;
  readonly subject: string;
  readonly text?: string;
}

/** Sign-in in the browser. */
export interface ProviderSignIn {
  /** GitHub or a server that speaks as it does; `url` is where it is. */
  readonly github: { readonly clientId: string; readonly secret: string; readonly url: string };
  /** Where the browser may be sent back to, with `*` for what varies: "http://127.0.0.1:*\/callback". */
  readonly redirectUrls: readonly string[];
}

/** What Auth needs to serve /auth/v1. */
export interface AuthPlan {
  /** A connection URL; its role owns the tables of schema auth, or may make them. */
  readonly databaseUrl: string;
  readonly jwtSecret: string;
  /** The stack's own URL, which goes into the links of emails. */
  readonly siteUrl: string;
  /** Told of each email instead of sending it. */
  readonly onEmail?: (email: AuthEmail) => void;
  readonly signIn?: ProviderSignIn;
}

/** A running Auth service inside this process. */
export interface AuthServer {
  readonly handle: WebHandler;
  ensureSchema(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the GoTrue-compatible Auth over a database. It is heavy to import (about 0.2 s), hence loaded here.
 *
 * @example const auth = await startAuth({ databaseUrl, jwtSecret, siteUrl: "http://127.0.0.1:54321" });
 */
export async function startAuth(plan: AuthPlan): Promise<AuthServer> {
  const { App, createPostgresConnection } = await loadLite();
  const connection = createPostgresConnection({
    url: plan.databaseUrl,
    postgresOptions: { max: 4, onnotice: () => {}, idle_timeout: 30 },
  });
  // Unless told that row level security is set up, lite grants all on every table to anon, which would undo the
  // project's own grants. A test holds it to that.
  Object.assign(connection, { rlsState: "active" });
  const app = new App({
    connection,
    auth: {
      ...{ enabled: true, jwt_secret: plan.jwtSecret, site_url: plan.siteUrl, enable_signup: true },
      ...providerSettings(plan),
    },
    options: {
      // The gateway in front has checked the key already.
      server: { apiKeys: false },
      drivers: { email: { send: async (email) => plan.onEmail?.(email) } },
    },
  });
  const guests = withGuests(
    async (request) => app.fetch(await withEmailCode(request), { peerAddress: null }),
    plan,
  );
  return {
    handle: guests.handle,
    ensureSchema: () => app.ensureSystemSchema(),
    close: async () => {
      await guests.close();
      await connection.close();
    },
  };
}

/**
 * Hosted Auth takes an emailed code under the type "email"; lite knows that by its older name only, under which it looks where
 * hosted Auth does.
 */
async function withEmailCode(request: Request): Promise<Request> {
  if (request.method !== "POST" || !new URL(request.url).pathname.endsWith("/auth/v1/verify")) return request;
  const text = await request.text();
  return new Request(request, { body: text.replace(/"type"\s*:\s*"email"/, '"type":"magiclink"') });
}

function providerSettings({ signIn, siteUrl }: AuthPlan): object {
  if (signIn === undefined) return {};
  const { clientId, secret, url } = signIn.github;
  return {
    additional_redirect_urls: [...signIn.redirectUrls],
    external: {
      github: {
        enabled: true,
        client_id: clientId,
        secret,
        url,
        redirect_uri: `${siteUrl}/auth/v1/callback`,
      },
    },
  };
}

interface Lite {
  readonly App: typeof import("@supabase/lite").App;
  readonly createPostgresConnection: typeof import("@supabase/lite/postgres").createPostgresConnection;
}

let lite: Promise<Lite> | null = null;

/** Imports Auth's package once; call it early and without waiting where it will be needed soon. */
export function loadLite(): Promise<Lite> {
  process.env.DO_NOT_TRACK ??= "1";
  lite ??= Promise.all([import("@supabase/lite"), import("@supabase/lite/postgres")]).then(
    ([{ App }, { createPostgresConnection }]) => ({ App, createPostgresConnection }),
  );
  return lite;
}
