import type { IncomingMessage, ServerResponse } from "node:http";

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** The tokens that the project gives: the first is not accepted any more. */
export const tokens = ["first", "second"].map((name) => {
  const claims = Buffer.from(JSON.stringify({ sub: "u1", name })).toString("base64url");
  return `e30.${claims}.c2ln`;
}) as [string, string];

/**
 * Makes a project for the client on a bad network: what answers its functions and its Auth.
 *
 * @returns what answers; false for paths of others. `/asked?key=` tells what was asked for with one key, as JSON
 */
export function clientProject(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const asked = new Map<string, string[]>();
  return (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/asked") {
      json(response, asked.get(url.searchParams.get("key") ?? "") ?? []);
      return true;
    }
    const [, name = ""] = /^\/(?:functions|auth)\/v1\/([\w-]+)$/.exec(url.pathname) ?? [];
    const answer = answers[name];
    if (answer === undefined) return false;
    const key = String(request.headers.apikey);
    const before = asked.get(key) ?? [];
    asked.set(key, [...before, [name, request.headers["idempotency-key"] ?? ""].join(" ").trim()]);
    // To its end, or a connection that is kept is not used again.
    request.resume().on("end", () => {
      answer(request, response, before.filter((each) => each.startsWith(name)).length + 1);
    });
    return true;
  };
}

const answers: Readonly<Record<string, Answer>> = {
  // Lost, cut, in flight, taken.
  "generate-video": (_, response, count) => {
    if (count === 1) return void response.socket?.resetAndDestroy();
    if (count === 2) {
      response.writeHead(202, { "content-length": 1_000 });
      response.write('{"job_id":');
      return void setTimeout(() => response.socket?.resetAndDestroy(), 50);
    }
    if (count === 3) {
      return json(response, { error: { code: "ERR_4011", message: "" } }, 409, { "retry-after": "0" });
    }
    json(response, { job_id: "j1", status: "pending", credits_used: 4, credits_remaining: 6 }, 202);
  },
  "get-video-status": (_, response, count) => {
    const status = count < 3 ? "processing" : "completed";
    json(response, { job: { job_id: "j1", status }, poll_after: 0.02 });
  },
  "get-user-profile": ({ headers }, response) => {
    if (headers.authorization === `Bearer ${tokens[1]}`) return json(response, { profile: { id: "u1" } });
    json(response, { error: { code: "ERR_4005", message: "Lütfen giriş yapın.", request_id: "r1" } }, 401);
  },
  token: (_, response) => json(response, { access_token: tokens[1], refresh_token: "2", expires_in: 3_600 }),
  "get-models": ({ headers }, response) => {
    if (headers["if-none-match"] === '"1"') return void response.writeHead(304, { etag: '"1"' }).end();
    json(response, { models: [{ id: "m1", cost_per_generation: 4 }] }, 200, { etag: '"1"' });
  },
  "get-video-jobs": ({ url = "" }, response) => {
    const page = Number(/cursor=(\d)/.exec(url)?.[1] ?? 0);
    const jobs = [{ job_id: `j${2 * page}` }, { job_id: `j${2 * page + 1}` }];
    json(response, { jobs, has_more: page < 2, next_cursor: page < 2 ? String(page + 1) : null });
  },
  "get-user-credits": () => {
    // Never.
  },
};

function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
