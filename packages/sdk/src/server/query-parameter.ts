import { isUuid } from "@vidops/core/database";
import { badField } from "./bad-field.ts";

/**
 * Reads one parameter of a request's query.
 *
 * @param request whose URL is read
 * @param name of the parameter
 * @returns its value, or null when there is none
 * @throws VidopsError ERR_4008 when it is there twice: nobody can tell which is meant
 */
export function queryParameter(request: Request, name: string): string | null {
  const [value, ...others] = new URL(request.url).searchParams.getAll(name);
  if (others.length === 0) return value ?? null;
  throw badField({ field: name, fault: "is there more than once", hint: "Send it once." });
}

/**
 * Checks the id of a job.
 *
 * @param jobId what was sent
 * @returns the id in lower case
 * @throws VidopsError ERR_4008, field `job_id`
 */
export function requireJobId(jobId: string | null): string {
  if (jobId !== null && isUuid(jobId)) return jobId.toLowerCase();
  throw badField({
    field: "job_id",
    fault: jobId === null ? "is missing" : "is not a UUID",
    hint: "Send the job_id that generate-video answered.",
  });
}
