import type { LocalError } from "./errors/local-error.ts";
import type { FunctionsOptions } from "./functions/stack-functions.ts";
import type { TokenClaims } from "./keys/stack-keys.ts";

/** A user that the stack made, with the password to sign in. */
export interface LocalAccount {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

/** A running stack. */
export interface LocalStack {
  /** The gateway: what SUPABASE_URL is. */
  readonly url: string;
  /** Where Edge Functions are served: one path a folder of supabase/functions. */
  readonly functionsUrl: string;
  /** The provider that functions use, for others who order or ask as they do: VIDOPS_DEVELOPMENT_PROVIDER_URL. */
  readonly developmentProviderUrl: string;
  /** A connection to Postgres as role postgres, which owns the database. */
  readonly dbUrl: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** Legacy key of role anon. */
  readonly anonKey: string;
  /** Legacy key of role service_role. */
  readonly serviceRoleKey: string;
  readonly jwtSecret: string;
  /** A user whose is_admin is true, where the project has public.users. */
  readonly admin: LocalAccount;
  /** Another admin, for what needs two: one asks, the other approves. */
  readonly secondAdmin: LocalAccount;
  readonly user: LocalAccount;
  /** The persistent data folder; null when the stack is ephemeral. */
  readonly dataDir: string | null;
  /** Processes of the stack, for those who must look or break something. */
  readonly pids: { readonly postgres: number; readonly supervisor: number };
  /** What answers /rest/v1. */
  readonly restEngine: "postgrest" | "lite";
  /** Resolves when a part of the stack ends by itself; never after stop(). */
  readonly failed: Promise<LocalError>;
  /** Signs a token that the stack accepts: for a user, or for a role. */
  signToken(claims?: TokenClaims): Promise<string>;
  /** Stops everything, and removes what an ephemeral stack wrote. May be called twice. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How to start a stack. */
export interface StartOptions {
  /** The gateway's port, 54321 unless said; 0 picks a free one. */
  readonly port?: number;
  /** Postgres's port, 54322 unless said; 0 picks a free one. */
  readonly dbPort?: number;
  /** Where the data lives; `~/.local/share/vidops/local` unless said. */
  readonly dataDir?: string;
  /** Keep the data in a temporary folder that goes when the stack stops. */
  readonly ephemeral?: boolean;
  /** `demo` loads supabase/seed.sql into a database without users; `none`, the default, does not. */
  readonly seed?: "demo" | "none";
  /** The nearest supabase/migrations from the current folder upwards unless said, else the package's own. */
  readonly migrationsDir?: string;
  /** `auto` takes PostgREST where it has a build for the platform, else the Data API of @supabase/lite. */
  readonly restEngine?: "auto" | "postgrest" | "lite";
  /** Grant new objects in public to the API roles, as hosted projects made before 2026-10-30 do. */
  readonly legacyDefaultPrivileges?: boolean;
  /** How Edge Functions are served. */
  readonly functions?: FunctionsOptions;
  /** Note the stack in the state folder, for localStatus() and stopLocal(); persistent stacks do unless told not to. */
  readonly announce?: boolean;
  /** Told what is being done, one line at a time. */
  readonly onProgress?: (message: string) => void;
  /** Stops the start, and what it started. */
  readonly signal?: AbortSignal;
}
