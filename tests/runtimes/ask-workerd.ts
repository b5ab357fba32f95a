import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerdProgram } from "./find-programs.ts";

/**
 * Serves a worker in workerd, asks it once, and ends it. It may reach this machine and nothing else.
 *
 * @param worker one ES module whose default export has `fetch`
 * @param limit after how many milliseconds it is given up
 * @returns the body of its answer
 * @throws Error with what workerd printed, when it could not be started or answered no 2xx
 */
export async function askWorkerd(worker: string, limit: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "vidops-workerd-"));
  writeFileSync(join(folder, "worker.mjs"), worker);
  writeFileSync(join(folder, "config.capnp"), config);
  const child = spawn(workerdProgram(), ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  // It is a server: without this it would outlive a test run that is stopped.
  const stop = (): void => void child.kill("SIGKILL");
  process.once("exit", stop);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  try {
    const port = await listeningPort(child);
    const response = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(limit) });
    const body = await response.text();
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${body}`);
    return body;
  } catch (error) {
    throw new Error(`workerd failed; it said:\n${said}`, { cause: error });
  } finally {
    process.off("exit", stop);
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker", esModule = embed "worker.mjs")],
      compatibilityDate = "2026-11-01",
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
`;

/** The port that workerd chose, which it tells on its third pipe. */
async function listeningPort(child: ChildProcess): Promise<number> {
  let text = "";
  for await (const chunk of child.stdio[3] as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const port = /"port":(\d+)/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("It ended before it listened.");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGKILL");
  await closed;
}
