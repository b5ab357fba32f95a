import { type GenerationStatus, listGenerations, type VideoStore } from "@vidops/core/jobs";
import { badField } from "./bad-field.ts";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { jobAnswers } from "./job-answer.ts";
import { queryParameter } from "./query-parameter.ts";

/** What reading jobs works with. */
export interface JobsContext extends EndpointContext {
  readonly store: VideoStore | null;
}

/** Makes the handler of `get-video-jobs`: the user's jobs, newest first, `?limit=` 20, at most 100, `?cursor=`, `?status=`. */
export function getVideoJobs(context: JobsContext): (request: Request) => Promise<Response> {
  const { db, store } = context;
  return userEndpoint(
    context,
    { name: "get-video-jobs", methods: ["GET"] },
    async (request, { id: userId }) => {
      const page = await listGenerations(db, {
        userId,
        limit: limitOf(queryParameter(request, "limit")),
        cursor: queryParameter(request, "cursor"),
        status: queryParameter(request, "status") as GenerationStatus | null,
        signal: request.signal,
      });
      const { language } = page;
      return jsonAnswer({
        jobs: await jobAnswers(page.jobs, { store, language, request, log: context.log }),
        has_more: page.hasMore,
        next_cursor: page.nextCursor,
      });
    },
  );
}

function limitOf(text: string | null): number {
  if (text === null) return 20;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 100) return limit;
  throw badField({
    field: "limit",
    fault: "is not a whole number from 1 to 100",
    hint: "Leave it out for 20.",
  });
}
