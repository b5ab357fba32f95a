import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

type Command = readonly (string | number)[];

/** A Redis behind HTTP, as Upstash has it. */
export interface RedisRest {
  readonly url: string;
  /** Requests so far. */
  requests(): number;
  /** What becomes of requests from now on; null for answers. */
  fail(how: "cut" | "hang" | null): void;
  close(): Promise<void>;
}

/** A flag that Upstash knows and Redis refuses; it concerns locking between scripts, and Redis runs one at a time. */
const upstashFlag = / flags=allow-key-locking/;

/**
 * Answers commands and pipelines over HTTP.
 *
 * @param send gives a command to Redis
 * @see https://upstash.com/docs/redis/api
 */
export async function openRedisRest(
  send: (command: readonly string[]) => Promise<unknown>,
): Promise<RedisRest> {
  const scripts = new Map<string, string>();
  let [requests, failure]: [number, "cut" | "hang" | null] = [0, null];

  const run = async (command: Command): Promise<{ result: unknown } | { error: string }> => {
    const [name = "", script = "", ...rest] = command.map(String);
    try {
      const kind = name.toLowerCase();
      if (kind === "eval") scripts.set(createHash("sha1").update(script).digest("hex"), script);
      if (kind !== "eval" && kind !== "evalsha") return { result: await send(command.map(String)) };
      const text = kind === "eval" ? script : scripts.get(script);
      if (text === undefined) return { error: "NOSCRIPT No matching script. Please use EVAL." };
      return { result: await send(["EVAL", text.replace(upstashFlag, ""), ...rest]) };
    } catch (error) {
      return { error: String(error) };
    }
  };

  const server = createServer(async (request, response) => {
    requests += 1;
    if (failure === "cut") request.socket.destroy();
    if (failure !== null) return;
    const body = await bodyOf(request);
    const answer = request.url?.endsWith("/pipeline")
      ? await Promise.all((body as Command[]).map(run))
      : await run(body as Command);
    const failed = !Array.isArray(answer) && "error" in answer;
    response.writeHead(failed ? 400 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    fail: (how) => {
      failure = how;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
