import type { DatabaseClient } from "@vidops/core/database";
import type { CommandContext } from "../command-context.ts";
import { createSession } from "../command-session.ts";
import { openDatabase, planConnection } from "../connection.ts";
import { type Candidate, namedCandidate } from "./candidate.ts";

/** What is looked up in the database. */
export type RowSource = "models" | "users" | "jobs" | "actions" | "approvals" | "action types";

const rows = 50;
/** With fewer letters of an email anybody would come. */
const fewestLetters = 2;

/**
 * Looks up what begins with the typed text. A login is used as it is, while its token lasts: completing refreshes nothing, and
 * asks no keychain, which might ask the person.
 *
 * @throws whatever goes wrong; nobody is told.
 */
export async function databaseCandidates(
  source: RowSource,
  text: string,
  context: CommandContext,
  project: { readonly profile: string | null; readonly url: string | null },
): Promise<Candidate[]> {
  if (source === "action types") {
    const { actionTypes } = await import("@vidops/core/admin");
    return actionTypes.map((value) => ({ value, description: "" }));
  }
  if (source === "users" && text.length < fewestLetters) return [];
  const session = createSession(context, {
    ...{ format: "table", yes: false, input: false, quiet: true, verbose: false, color: false },
    ...project,
  });
  const plan = planConnection(session, "person");
  if (plan.login !== null) {
    if (plan.login.place !== "file") return [];
    const { readTokens } = await import("../login/login-store.ts");
    const { expiresAt } = await readTokens(context, plan.login);
    if (expiresAt - context.now().getTime() / 1000 < leastSecondsLeft) return [];
  }
  return lookUp(source, text, await openDatabase(session, plan));
}

/** A token with less left would be refreshed when the database is opened. */
const leastSecondsLeft = 90;

async function lookUp(
  source: Exclude<RowSource, "action types">,
  text: string,
  db: DatabaseClient,
): Promise<Candidate[]> {
  if (source === "models") {
    const { listModels } = await import("@vidops/core/models");
    const name = text.trim() === "" ? null : text.slice(0, 200);
    const { models } = await listModels(db, { name, limit: rows });
    return models.map((model) =>
      namedCandidate(
        model.name,
        model.id,
        `${model.costPerGeneration} credits${model.isAvailable ? "" : ", disabled"}`,
      ),
    );
  }
  if (source === "users") {
    const { searchUsers } = await import("@vidops/core/users");
    const { users } = await searchUsers(db, { text: text.slice(0, 320), limit: rows });
    return users.flatMap(({ id, email, creditsRemaining }) => {
      const description = `${creditsRemaining} credits`;
      return [
        ...(email === null ? [] : [namedCandidate(email, id, description)]),
        { value: id, description: email === null ? description : namedCandidate(email, id, "").value },
      ];
    });
  }
  if (source === "jobs") {
    const { listJobs } = await import("@vidops/core/jobs");
    const { jobs } = await listJobs(db, { limit: rows });
    return jobs.map(({ jobId, status, email, userId, prompt }) => ({
      value: jobId,
      description: `${status}, ${email ?? userId}: ${prompt ?? ""}`,
    }));
  }
  const { listAdminActions, listApprovals } = await import("@vidops/core/admin");
  if (source === "actions") {
    const { actions } = await listAdminActions(db, { limit: rows });
    return actions.map(({ id, actionType, reason }) => ({
      value: id,
      description: `${actionType}: ${reason}`,
    }));
  }
  const { approvals } = await listApprovals(db, { status: "pending", limit: rows });
  return approvals.map(({ id, actionType, reason }) => ({
    value: id,
    description: `${actionType}: ${reason}`,
  }));
}
