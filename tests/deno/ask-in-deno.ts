import { runDeno } from "./run-deno.ts";

/** A request to a handler in Deno. */
export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  /** POST unless said. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The status that the service behind the handler answers meanwhile; 201 unless said. */
  readonly serviceSays?: number;
}

/** What a handler in Deno answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Null when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly body: any;
}

/**
 * Serves a handler in one process of Deno, which may reach this machine alone, and asks it. A service that the handler may call
 * answers as it is told to, and what the handler leaves for later is waited for.
 *
 * @param plan the handler: lines that import it, an expression that gives it, in which `setting` and `serviceUrl` are known; and
 *   the requests: all at once, from `startAt` on (ms since 1970, so that several processes begin together), or in turn
 * @returns the answers, in the order of the requests
 * @throws Error with what Deno printed, when it failed
 */
export async function askInDeno(plan: {
  readonly imports: string;
  readonly handler: string;
  readonly setting: Readonly<Record<string, string>>;
  readonly requests: readonly Question[];
  readonly startAt?: number;
  readonly inTurn?: boolean;
}): Promise<Answer[]> {
  const source = `
    ${plan.imports}
    const quiet = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    let serviceSays = 201;
    const service = Deno.serve(quiet, () => new Response("as told", { status: serviceSays }));
    const serviceUrl = \`http://127.0.0.1:\${service.addr.port}\`;
    const setting = ${JSON.stringify(plan.setting)};
    const work = [];
    globalThis.EdgeRuntime = { waitUntil: (promise) => work.push(promise) };
    const server = Deno.serve(quiet, ${plan.handler});
    const send = async ({ headers = {}, method = "POST", body }) => {
      const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
      const response = await fetch(\`http://127.0.0.1:\${server.addr.port}/functions/v1/own\`, init);
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.json().catch(() => null),
      };
    };
    await new Promise((resolve) => setTimeout(resolve, ${plan.startAt ?? 0} - Date.now()));
    const requests = ${JSON.stringify(plan.requests)};
    const answers = [];
    if (${plan.inTurn === true}) {
      for (const request of requests) {
        serviceSays = request.serviceSays ?? 201;
        answers.push(await send(request));
        await Promise.all(work);
      }
    } else answers.push(...(await Promise.all(requests.map(send))));
    await Promise.all(work);
    await Promise.all([server.shutdown(), service.shutdown()]);
    console.log("ANSWERS " + JSON.stringify(answers));
    Deno.exit(0);
  `;
  const run = await runDeno(source, { permissions: ["--allow-net=127.0.0.1", "--allow-env"] });
  // Beside the lines of the log.
  const line = run.stdout.split("\n").find((text) => text.startsWith("ANSWERS "));
  if (run.code !== 0 || line === undefined) throw new Error(`Deno ended with ${run.code}:\n${run.stderr}`);
  return JSON.parse(line.slice("ANSWERS ".length)) as Answer[];
}

/** How many answers had each status. */
export function statuses(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
