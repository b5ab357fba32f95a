import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { getModel, listModels, type Model, type ModelDetails, type ModelPeriod } from "@vidops/core/models";
import type { CommandSession } from "../../command-session.ts";
import { credits } from "../../output/credit-text.ts";
import { askingObstacle } from "../../prompts/consent.ts";

/**
 * Looks up a model by its id or whole name. Of part of a name the models that have it are named in the error.
 * @throws VidopsError ERR_4007 (exit 3) for none, ERR_4009 (exit 5) for several and for a part.
 */
export async function findModel(
  db: DatabaseClient,
  reference: string,
  period: ModelPeriod = {},
): Promise<ModelDetails> {
  try {
    return await getModel(db, reference, period);
  } catch (error) {
    throw withCandidates(error);
  }
}

/** What is known of a model that is to be changed. */
export type ModelTarget = Pick<Model, "id" | "name">;

/**
 * The model to change: the one that was named, or the one that is picked now. A name that is only part of one lets somebody
 * on a terminal pick from those that have it.
 * @throws CommandError exit 130 when nobody was picked; VidopsError as {@link findModel}.
 */
export async function targetModel(
  session: CommandSession,
  db: DatabaseClient,
  reference: string | null,
): Promise<ModelTarget> {
  if (reference === null) return pickModel(session, db);
  try {
    return await findModel(db, reference);
  } catch (error) {
    const several = isVidopsError(error) && candidatesOf(error).length > 1;
    if (!several || session.flags.yes || askingObstacle(session) !== null) throw error;
    return pickModel(session, db, reference);
  }
}

async function pickModel(
  session: CommandSession,
  db: DatabaseClient,
  within: string | null = null,
): Promise<ModelTarget> {
  const { pick } = await import("../../prompts/pick.ts");
  return pick<Model>(session, {
    message: within === null ? "Which model?" : `Which model with ${JSON.stringify(within)} in its name?`,
    search: async (term, signal) => {
      const { models, nextCursor } = await listModels(db, {
        name: term === "" ? within : term.slice(0, 200),
        limit: 50,
        signal,
      });
      return { items: models, more: nextCursor !== null };
    },
    name: ({ name, costPerGeneration, isAvailable }) =>
      `${name}  ${credits(costPerGeneration)}${isAvailable ? "" : ", disabled"}`,
    none: "No model matches.",
  });
}

function candidatesOf({ details }: VidopsError): readonly { id: string; name: string }[] {
  const candidates = details?.candidates;
  return Array.isArray(candidates) ? candidates : [];
}

/** The error with the models that may be meant in its hint; of part of a name it is the one that such a part of an email has. */
function withCandidates(error: unknown): unknown {
  if (!isVidopsError(error)) return error;
  const lines = candidatesOf(error).map(({ id, name }) => `${shortName(name)}  ${id}`);
  if (lines.length === 0) return error;
  const { retryable, details, cause } = error;
  const several = lines.length > 1;
  const [message, hint] =
    error.code === "ERR_4009"
      ? [error.message, "Give the id of one:"]
      : [
          several ? "Several models have this in their name." : "This is only a part of a model's name.",
          "With this in their name:",
        ];
  return new VidopsError({
    ...{
      code: "ERR_4009",
      reason: several ? "ambiguous_model" : "not_exact",
      message,
      retryable,
      details,
      cause,
    },
    hint: [hint, ...lines].join("\n"),
  });
}

const longestName = 80;

/** A model's name in a sentence: whoever wrote it may have written a book. */
export function shortName(name: string): string {
  const letters = Array.from(name);
  return letters.length <= longestName ? name : `${letters.slice(0, longestName - 1).join("")}…`;
}
