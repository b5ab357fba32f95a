import type { Upstream } from "../gateway/forward.ts";
import type { WebHandler } from "../gateway/web-handler.ts";
import type { ProcessEnd, Supervisor } from "../supervisor/supervisor.ts";

/** What answers /rest/v1. */
export interface RestEngine {
  readonly name: "postgrest" | "lite";
  readonly service: Upstream | WebHandler;
  /** Resolves when its process ends; never when it has none. */
  readonly exited: Promise<ProcessEnd>;
  /** Makes it see what migrations changed. */
  reloadSchema(): Promise<void>;
  close(): Promise<void>;
}

/** What a Data API needs to start. */
export interface RestEnginePlan {
  readonly supervisor: Supervisor;
  readonly workFolder: string;
  /** Tells apart the servers that share a work folder. */
  readonly name: string;
  readonly wanted: "auto" | "postgrest" | "lite";
  /** PostgREST's program, where it is known already. */
  readonly postgrestFile?: string | null;
  /** Connection URL of role authenticator. */
  readonly databaseUrl: string;
  /** Connection URL of role postgres, which tells PostgREST to read the schema anew. */
  readonly ownerUrl: string;
  /** Connection URL of supabase_admin, which makes the role that lite's Data API runs as. */
  readonly adminUrl: string;
  readonly jwtSecret: string;
  readonly siteUrl: string;
  readonly onProgress?: (message: string) => void;
}
