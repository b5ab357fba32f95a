import { type ErrorReport, getError } from "@vidops/core/error-log";
import { catalogue } from "@vidops/core/errors";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { ShownError } from "./show.view.ts";

/**
 * Reads one logged error.
 * @param reference its id, or the id of its request.
 * @throws CommandError exit 2 for a blank one; VidopsError, exit 3, when there is none.
 */
export async function showError(reference: string, session: CommandSession): Promise<ShownError> {
  const id = reference.trim();
  if (id === "" || id.length > 200)
    throw usageError(
      id === "" ? "The id is blank." : `The id is ${id.length} characters long; none is.`,
      "`vidops errors list` shows ids and request ids.",
    );
  const db = await openDatabase(session, planConnection(session, "person"));
  const entry: ErrorReport = await getError(db, id);
  return {
    entry,
    row: Object.hasOwn(catalogue, entry.code) ? catalogue[entry.code as keyof typeof catalogue] : null,
  };
}
