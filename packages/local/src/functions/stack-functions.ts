import { dirname, join } from "node:path";
import {
  type DevelopmentProvider,
  startDevelopmentProvider,
} from "../development-provider/development-provider.ts";
import type { Pace } from "../development-provider/queue.ts";
import { type EdgeFunctions, type EdgeFunctionsPlan, edgeFunctions } from "./edge-functions.ts";
import { projectFunctions } from "./project-functions.ts";

/** How a stack serves Edge Functions. */
export interface FunctionsOptions {
  /** The folder with one folder a function; `functions` beside the migrations unless said. */
  readonly folder?: string;
  /** More environment for them, over what their .env has. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the import of one may take, in milliseconds; 10,000 unless said. Then it answers 503, and the others go on. */
  readonly bootTimeout?: number;
  /** How long the development provider takes to make a video, in seconds. */
  readonly pace?: Pace;
  /** Told each line that they print; `onProgress` of the stack unless said. */
  readonly onLine?: (line: string) => void;
}

/** The functions of a stack, and the provider that they use. */
export interface StackFunctions extends EdgeFunctions {
  /** The development provider, started when it is first asked for. */
  provider(): Promise<DevelopmentProvider>;
}

/** Makes both; neither runs before it is needed. */
export function stackFunctions(
  plan: Omit<EdgeFunctionsPlan, "project" | "provider" | "env" | "bootTimeout"> & {
    readonly migrationsFolder: string | null;
    readonly options: FunctionsOptions;
  },
): StackFunctions {
  const { folder, env, bootTimeout, pace, onLine = plan.onLine } = plan.options;
  let started: Promise<DevelopmentProvider> | null = null;
  const provider = (): Promise<DevelopmentProvider> => {
    started ??= startDevelopmentProvider(pace);
    return started;
  };
  const beside = plan.migrationsFolder === null ? "supabase" : dirname(plan.migrationsFolder);
  const project = projectFunctions(folder ?? join(beside, "functions"));
  const functions = edgeFunctions({ ...plan, project, provider, env, bootTimeout, onLine });
  return {
    admit: functions.admit,
    provider,
    close: async () => {
      await functions.close();
      await (await started)?.close();
    },
  };
}
