import type { CommandSession } from "../command-session.ts";
import type { GlobalFlags } from "../global-flags.ts";
import { localTimeZone, type TimeZone } from "./local-time.ts";

/** For whom something is drawn. */
export interface Look {
  /** Cells of the screen; null in a pipe, where nothing is cut. */
  readonly width: number | null;
  /** The zone in which times are shown; null in a pipe, which gets them as data does. */
  readonly zone: TimeZone | null;
  /** What the commands that are printed must repeat to be about the same project. */
  readonly flags: Pick<GlobalFlags, "profile" | "url">;
}

/**
 * How to draw for whoever reads a stream.
 * @param stream stdout for results, stderr for what is shown before a question.
 * @example limitsView(report, lookOf(session))
 */
export function lookOf(
  { context, flags }: Pick<CommandSession, "context" | "flags">,
  stream: "stdout" | "stderr" = "stdout",
): Look {
  const { isTTY, columns } = context[stream];
  return { width: isTTY ? columns : null, zone: isTTY ? localTimeZone() : null, flags };
}
