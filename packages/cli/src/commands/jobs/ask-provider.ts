import { isVidopsError, VidopsError } from "@vidops/core/errors";
import type { WholeJob } from "@vidops/core/jobs";
import type { ProviderJobState } from "@vidops/core/providers";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openProviders, providerKeyVariable } from "../../video-providers.ts";

/** What the provider says of a job that is to be ended. */
export type Asked =
  /** It was told not to ask, or the job has ended before. */
  | { readonly kind: "not asked" }
  /** No provider is known to have it. */
  | { readonly kind: "nobody to ask" }
  /** The provider does not know it: too old, or deleted there. */
  | { readonly kind: "not known" }
  | { readonly kind: "state"; readonly state: ProviderJobState };

const instead = "Where the provider is gone: --without-asking";

/**
 * Asks the provider how a job stands; changes nothing.
 *
 * @param session the command's, for keys and proxies
 * @param job the job
 * @returns what it says
 * @throws CommandError CLI_CONFIG (exit 2) where no key is set to ask; VidopsError where the provider cannot be reached
 */
export async function askProvider(session: CommandSession, job: WholeJob): Promise<Asked> {
  const { provider: name, providerJobId, providerModelId } = job;
  if (job.status === "completed" || job.status === "failed") return { kind: "not asked" };
  if (providerJobId === null) return { kind: "nobody to ask" };
  const { providers } = await openProviders(session.context.env);
  const provider = providers[name];
  if (provider === undefined) {
    const variable = providerKeyVariable(name);
    throw new CommandError("CLI_CONFIG", `${name} cannot be asked about the job: ${variable} is not set.`, {
      hint: `Set it as the app's server has it, so that a video that is there is not lost. ${instead}`,
      reason: "no_provider_key",
      details: { missing: [variable] },
    });
  }
  try {
    const state = await provider.status({ provider: name, id: providerJobId, model: providerModelId });
    return { kind: "state", state };
  } catch (error) {
    if (!isVidopsError(error)) throw error;
    if (error.reason === "job_not_found") return { kind: "not known" };
    const { code, reason, message, retryable, details } = error;
    const hint = [error.hint, instead].filter((text) => text !== null).join(" ");
    throw new VidopsError({ code, reason, message, retryable, details: details ?? {}, hint, cause: error });
  }
}

/** Whether the provider says that it is over, so that there is something better to do than to fail it. */
export function hasEnded(asked: Asked): boolean {
  return asked.kind === "state" && !["queued", "processing"].includes(asked.state.status);
}

/** What the provider said, in a few words. */
export function askedWords(asked: Asked): string | null {
  switch (asked.kind) {
    case "not asked":
      return null;
    case "nobody to ask":
      return "no provider is known to have it";
    case "not known":
      return "it does not know the job: too old, or deleted there";
    default:
      return stateWords(asked.state);
  }
}

function stateWords(state: ProviderJobState): string {
  switch (state.status) {
    case "queued":
      return `it ${underWay({ progress: null, position: state.position ?? 0 })}`;
    case "processing":
      return `it ${underWay({ progress: state.progress, position: null })}`;
    case "completed":
      return "it has completed";
    case "cancelled":
      return "it was cancelled there";
    default:
      return `it failed: ${state.error.reason.replaceAll("_", " ")}`;
  }
}

/**
 * How far a job is at its provider.
 * @param at its progress from 0 to 1 where that is told; its place in the queue where it waits.
 * @example underWay({ progress: 0.42, position: null }) // "runs, 42 %"
 */
export function underWay({
  progress,
  position,
}: {
  readonly progress: number | null;
  readonly position: number | null;
}): string {
  if (position !== null) return position === 0 ? "waits there" : `waits there, ${position} before it`;
  return progress === null ? "runs" : `runs, ${Math.round(progress * 100)} %`;
}
