import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type RedisClientOptions } from "redis";

const variable = "VIDOPS_TEST_REDIS_URL";

/** How a test reaches Redis. */
export interface TestRedis {
  readonly options: RedisClientOptions;
  close(): Promise<void>;
}

/** Why there is no Redis to test with, and what to do about it; null when there is one. */
export const missingRedis: string | null = findRedis();

function findRedis(): string | null {
  if (process.env[variable]) return null;
  if (spawnSync("redis-server", ["--version"]).status === 0) return null;
  return `no redis-server here: install it (apt-get install redis-server), or name a server in ${variable}`;
}

/**
 * Takes the server that the environment names, else starts one that keeps nothing on disk and is reached by a socket of its
 * own: no port that another process could take.
 *
 * @returns the server, which accepts connections
 */
export async function openRedis(): Promise<TestRedis> {
  const url = process.env[variable];
  if (url) return { options: { url }, close: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), "vidops-redis-"));
  const path = join(folder, "redis.sock");
  const settings = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "no"];
  // The shell ends the server when its input ends: also when this process is killed and cleans up nothing.
  const watched = 'redis-server "$@" & read -r _; kill $!; wait; rm -rf "$0"';
  const shell = spawn("sh", ["-c", watched, folder, ...settings], { stdio: ["pipe", "ignore", "ignore"] });
  await started(path);
  return { options: { socket: { path, tls: false } }, close: () => stop(shell) };
}

async function started(path: string): Promise<void> {
  const reconnectStrategy = (retries: number): number | Error =>
    retries < 200 ? 25 : new Error("redis-server does not start.");
  const client = createClient({ socket: { path, reconnectStrategy } }).on("error", () => {});
  await client.connect();
  await client.close();
}

async function stop(shell: ChildProcess): Promise<void> {
  const exited = once(shell, "exit");
  shell.stdin?.end();
  await exited;
}
