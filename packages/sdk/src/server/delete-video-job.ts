import { deleteGeneration } from "@vidops/core/jobs";
import * as z from "zod/mini";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { jsonBody } from "./json-body.ts";
import { parseFields } from "./parse-fields.ts";
import { queryParameter, requireJobId } from "./query-parameter.ts";

const deletionBody = z.strictObject({ job_id: z.optional(z.string()) });

/**
 * Makes the handler of `delete-video-job`: `?job_id=`, or a body `{job_id}`. The job is hidden at once, and what it cost stays in the
 * ledger; again it answers the same.
 */
export function deleteVideoJob(context: EndpointContext): (request: Request) => Promise<Response> {
  const plan = { name: "delete-video-job", methods: ["DELETE", "POST"] };
  return userEndpoint(context, plan, async (request, { id: userId }) => {
    const named = queryParameter(request, "job_id");
    const jobId = requireJobId(named ?? (await jobIdOfBody(request)));
    await deleteGeneration(context.db, { userId, jobId });
    return jsonAnswer({ job_id: jobId, deleted: true });
  });
}

async function jobIdOfBody(request: Request): Promise<string | null> {
  // DELETE comes without one, as a rule.
  const body = (await jsonBody(request)) ?? {};
  return (
    parseFields(deletionBody, body, { job_id: "Send the job_id that generate-video answered." }).job_id ??
    null
  );
}
