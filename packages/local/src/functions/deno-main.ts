/*
 * Runs in Deno, not in Node: serves the Edge Functions of a project from one process. Each function's index.ts is imported when it
 * is first asked for, with `Deno.serve` taken in its place, as it stands where it is deployed. Arguments: the folder of functions,
 * and how long an import may take, in milliseconds.
 */

type Handler = (request: Request, info: unknown) => Response | Promise<Response>;

/** What is used of Deno. */
declare const Deno: {
  readonly args: readonly string[];
  serve: (...args: never[]) => unknown;
};

interface Listening {
  addEventListener(
    name: string,
    listener: (event: { reason: unknown; preventDefault(): void }) => void,
  ): void;
}

const listen = Deno.serve as unknown as (
  options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
  handler: Handler,
) => unknown;
const [folder = ".", bootTimeout = "10000"] = Deno.args;
const loaded = new Map<string, Promise<Handler>>();
const taken = new Map<string, Handler>();
/** One import at a time: whoever calls `Deno.serve` meanwhile is the one that is imported. */
let queue: Promise<unknown> = Promise.resolve();
let importing = "";

Object.assign(Deno, {
  serve: (...args: unknown[]) => {
    const options = args.find((argument) => typeof argument === "object") as
      | { handler?: Handler }
      | undefined;
    const handler = (args.find((argument) => typeof argument === "function") as Handler) ?? options?.handler;
    // Only an import that was given up calls while another is at work; the stack tells the two apart.
    const [caller = importing] = nameInStack(new Error().stack ?? "");
    if (handler !== undefined) taken.set(caller, handler);
    const finished = new Promise<void>(() => {});
    return { finished, shutdown: async () => {}, ref: () => {}, unref: () => {}, addr: null };
  },
});

// Hosted Supabase keeps a function alive for such work; this process lives on anyway.
Object.assign(globalThis, {
  EdgeRuntime: { waitUntil: (work: Promise<unknown>) => void work.catch((error) => console.error(error)) },
});

// On Supabase a stray rejection ends one worker; here it would end all functions.
(globalThis as unknown as Listening).addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  console.error(event.reason);
});

function nameInStack(stack: string): string[] {
  const [before] = stack.split("/index.ts:", 1);
  return before === undefined || before === stack ? [] : before.split("/").slice(-1);
}

async function load(name: string): Promise<Handler> {
  const mine = queue.then(async () => {
    importing = name;
    await inTime(import(`${folder}/${name}/index.ts`));
    const handler = taken.get(name);
    if (handler === undefined) throw new Error(`${name}/index.ts did not call Deno.serve`);
    return handler;
  });
  queue = mine.catch(() => {});
  return mine;
}

/** A download may need longer than one request waits: the next one finds how far it has come. */
async function inTime(work: Promise<unknown>): Promise<void> {
  let timer = 0;
}

listen(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`vidops functions listen on port ${port}`),
  },
  async (request, info) => {
    const name = new URL(request.url).pathname.split("/")[1] ?? "";
    let handler = loaded.get(name);
    if (handler === undefined) {
      handler = load(name);
      loaded.set(name, handler);
    }
    try {
      await handler;
    } catch (error) {
      console.error(`${name} does not start:`, error);
      const body = { code: "BOOT_ERROR", message: "Function failed to start (please check logs)" };
      return Response.json(body, { status: 503 });
    }
    try {
      return await (await handler)(request, info);
    } catch (error) {
      console.error(`${name} threw:`, error);
      return Response.json(
        { code: "WORKER_ERROR", message: "Function exited due to an error (please check logs)" },
        { status: 500 },
      );
    }
  },
);
