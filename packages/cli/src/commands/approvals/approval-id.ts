import type { CommandSession } from "../../command-session.ts";
import { parseActionId } from "../actions/action-id.ts";

/**
 * The request that a command is about.
 * @param verb of the command, for its example.
 * @returns null when it is to be picked on the terminal.
 * @throws CommandError exit 2 for what is no id, or when none was given and nobody can pick.
 */
export async function approvalIdOf(
  typed: string | undefined,
  verb: string,
  session: CommandSession,
): Promise<string | null> {
  if (typed !== undefined) return parseActionId(typed, "vidops approvals list");
  const { pickingObstacle } = await import("../../prompts/pick.ts");
  const missing = pickingObstacle(session, "Say which request.", `vidops approvals ${verb} 12`);
  if (missing) throw missing;
  return null;
}
