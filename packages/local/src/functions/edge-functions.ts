import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { jwtVerify } from "jose";
import type { DevelopmentProvider } from "../development-provider/development-provider.ts";
import { Forwarder } from "../gateway/forward.ts";
import type { FunctionsService, FunctionsVerdict } from "../gateway/functions-service.ts";
import type { GatewayKeys } from "../gateway/keys.ts";
import { inheritedEnvironment } from "../postgres/binaries.ts";
import { packageRoot, runsFromSources } from "../supervisor/package-root.ts";
import type { SupervisedProcess, Supervisor } from "../supervisor/supervisor.ts";
import { findDeno } from "./deno-program.ts";
import { importPlan, type ProjectFunctions } from "./project-functions.ts";

/** What Edge Functions need. */
export interface EdgeFunctionsPlan {
  readonly project: ProjectFunctions;
  /** Takes the process down with the stack. */
  readonly supervisor: Supervisor;
  readonly workFolder: string;
  /** Tells apart several stacks in one work folder. */
  readonly name: string;
  /** The gateway. */
  readonly url: string;
  readonly keys: GatewayKeys & { readonly jwtSecret: string };
  readonly dbUrl: string;
  /** The provider that makes no real videos; null where the functions are to use real ones. */
  readonly provider: (() => Promise<DevelopmentProvider>) | null;
  /** More environment, which wins. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How long the import of a function may take, in milliseconds; 10,000 unless said. */
  readonly bootTimeout?: number | undefined;
  /** Told each line that functions print. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Edge Functions behind a gateway. */
export interface EdgeFunctions extends FunctionsService {
  close(): Promise<void>;
}

interface Running {
  readonly process: SupervisedProcess;
  readonly forwarder: Forwarder;
}

/**
 * Serves a project's supabase/functions in Deno, as Supabase does: one process for all, started when the first request comes.
 * Its environment holds what Supabase sets and what supabase/functions/.env has, and nothing of the machine's.
 *
 * @see https://supabase.com/docs/guides/functions/secrets
 */
export function edgeFunctions(plan: EdgeFunctionsPlan): EdgeFunctions {
  const { project, keys } = plan;
  const secret = new TextEncoder().encode(keys.jwtSecret);
  let deno: string | null = null;
  let running: Promise<Running> | null = null;
  let version = "";
  let closed = false;

  async function start(program: string): Promise<Running> {
    const process = await spawnDeno(plan, program);
    const line = await process.lineMatching(/^vidops functions listen on port \d+$/);
    const forwarder = new Forwarder({ host: "127.0.0.1", port: Number(/\d+$/.exec(line)?.[0]) });
    return { process, forwarder };
  }

  /** What runs, started anew where the code has changed or the process has ended. */
  async function current(program: string): Promise<Running> {
    if (running !== null && version !== project.version()) void stop(running);
    if (running === null) {
      version = project.version();
      const mine = start(program);
      running = mine;
      const forget = (): void => {
        if (running === mine) running = null;
      };
      mine.then(({ process }) => process.exited.then(forget), forget);
    }
    return running;
  }

  async function stop(old: Promise<Running>): Promise<void> {
    running = null;
    const started = await old.catch(() => null);
    started?.forwarder.close();
    await started?.process.stop();
  }

  async function admit(
    name: string,
    authorization: string | null,
    isPreflight: boolean,
  ): Promise<FunctionsVerdict> {
    if (closed) return { status: 503, body: { message: "The local stack is stopping" } };
    if (!project.has(name)) return notFound;
    if (!isPreflight && project.verifiesJwt(name)) {
      const refusal = await refusalOf(authorization, secret);
      if (refusal !== null) return refusal;
    }
    deno ??= findDeno(project.folder);
    if (deno === null) return withoutDeno;
    try {
      return { forwarder: (await current(deno)).forwarder };
    } catch (error) {
      const message = `Edge Functions do not start: ${(error as Error).message}`;
      return { status: 503, body: { code: "BOOT_ERROR", message } };
    }
  }

  return {
    admit,
    close: async () => {
      closed = true;
      if (running !== null) await stop(running);
    },
  };
}

const notFound: FunctionsVerdict = {
  status: 404,
  body: { code: "NOT_FOUND", message: "Requested function was not found" },
};

const withoutDeno: FunctionsVerdict = {
  status: 501,
  body: {
    code: "NOT_IMPLEMENTED",
    message:
      "Edge Functions run in Deno, which is installed apart because it is heavy: npm install --save-dev deno",
  },
};

async function refusalOf(authorization: string | null, secret: Uint8Array): Promise<FunctionsVerdict | null> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined)
    return { status: 401, body: { code: 401, message: "Missing authorization header" } };
  const verified = await jwtVerify(token, secret, { algorithms: ["HS256"] }).catch(() => null);
  return verified === null ? { status: 401, body: { code: 401, message: "Invalid JWT" } } : null;
}

async function spawnDeno(plan: EdgeFunctionsPlan, deno: string): Promise<SupervisedProcess> {
  const { project, workFolder } = plan;
  const main = join(
    packageRoot(),
    runsFromSources() ? "src/functions/deno-main.ts" : "dist/functions/deno-main.js",
  );
  const names = readdirSync(project.folder).filter((name) => project.has(name));
  const { fromNodeModules, imports, folders } = importPlan(project.folder, names);
  const mapFile = join(workFolder, `${plan.name}-import-map.json`);
  await writeFile(mapFile, JSON.stringify({ imports }));
  return plan.supervisor.spawn({
    file: deno,
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-lock", "--no-config", "--no-check"],
      // What a deployed function may: the network, its environment, its own files.
      ...["--allow-net", "--allow-env", "--allow-sys", `--allow-read=${folders.join(",")}`],
      `--import-map=${mapFile}`,
      ...(fromNodeModules ? ["--no-remote", "--node-modules-dir=manual"] : []),
      ...[main, pathToFileURL(project.folder).href, String(plan.bootTimeout ?? 10_000)],
    ],
    cwd: workFolder,
    env: { ...inheritedEnvironment(), ...(await environmentOf(plan)) },
    stop: [{ signal: "SIGTERM", waitMs: 2_000 }],
    ...(plan.onLine === undefined ? {} : { onLine: plan.onLine }),
  });
}

async function environmentOf(plan: EdgeFunctionsPlan): Promise<Record<string, string>> {
  const { keys, url } = plan;
  const own = { ...plan.project.env(), ...plan.env };
  // Who has a key of the real provider in .env wants the real one.
  const provider = own.FAL_KEY ? undefined : await plan.provider?.();
  return {
    DENO_DIR: join(plan.workFolder, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    VIDOPS_LOCAL: "1",
    SUPABASE_URL: url,
    SUPABASE_DB_URL: plan.dbUrl,
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    ...own,
    ...(provider && { VIDOPS_DEVELOPMENT_PROVIDER_URL: provider.url, FAL_KEY: "development" }),
  };
}
