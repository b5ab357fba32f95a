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
const [folder = ".", bootTimeout = ""] = Deno.args;
/** By name; null where the import was given up. */
const loaded = new Map<string, Promise<Handler> | null>();
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
    // An import that was given up may call while another is at work; the stack tells the two apart.
    const stack = new Error().stack ?? "";
    const caller = [...loaded.keys()].find((name) => stack.includes(`${folder}/${name}/index.ts:`));
    if (handler !== undefined) taken.set(caller ?? importing, handler);
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

async function load(name: string): Promise<Handler> {
  const mine = queue.then(async () => {
    importing = name;
    await inTime(import(`${folder}/${name}/index.ts`), name);
    const handler = taken.get(name);
    if (handler === undefined) throw new Error(`${name}/index.ts did not call Deno.serve`);
    return handler;
  });
  queue = mine.catch(() => {});
  return mine;
}

/** Gives an import up for now, so that the others have their turn; whoever asks again finds how far it has come. */
async function inTime(work: Promise<unknown>, name: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    loaded.set(name, null);
    late.reject(new Error(`its import takes longer than ${bootTimeout} ms`));
  }, Number(bootTimeout));
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

listen(
  {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`vidops functions listen on port ${port}`),
  },
  async (request, info) => {
    const name = new URL(request.url).pathname.split("/")[1] ?? "";
    const handler = loaded.get(name) ?? load(name);
    loaded.set(name, handler);
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
