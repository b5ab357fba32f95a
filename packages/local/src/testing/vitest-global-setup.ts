import { type OwnedTestServer, startTestServer, testServerVariable } from "./test-server.ts";

/** The server of this run, kept where the set-ups of all projects find it: each loads its own copy of this file. */
interface SharedServer {
  readonly server: Promise<OwnedTestServer>;
  users: number;
}

const key = Symbol.for("vidops.local.test-server");
const holder = globalThis as { [key]?: SharedServer | undefined };

/**
 * Vitest's global set-up: starts one Postgres for the whole run. Test processes find it through an environment
 * variable, so this package needs nothing of vitest.
 *
 * @returns the teardown.
 */
export default async function setup(): Promise<() => Promise<void>> {
  holder[key] ??= {
    server: startTestServer((file) => {
      process.env[testServerVariable] = file;
    }),
    users: 0,
  };
  const shared = holder[key];
  shared.users += 1;
  await shared.server;
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    holder[key] = undefined;
    delete process.env[testServerVariable];
    await (await shared.server).stop();
  };
}
