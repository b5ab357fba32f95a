import { unprivilegedAccount } from "../postgres/unprivileged-account.ts";
import { makeWorkFolder } from "../postgres/work-folder.ts";
import { Supervisor } from "../supervisor/supervisor.ts";

/** A supervisor and a temporary folder that the stacks of one test process share. */
export interface SharedSupervisor {
  readonly supervisor: Supervisor;
  readonly workFolder: string;
}

let shared: Promise<SharedSupervisor> | null = null;
let users = 0;

/** Takes the process's supervisor; give it back with releaseSupervisor(). */
export async function takeSupervisor(): Promise<SharedSupervisor> {
  users += 1;
  shared ??= Supervisor.start().then(async (supervisor) => ({
    supervisor,
    workFolder: await makeWorkFolder(supervisor, unprivilegedAccount()),
  }));
  const taken = await shared;
  taken.supervisor.ref();
  return taken;
}

/** Lets the process end when no stack uses the supervisor any more; it then closes by itself. */
export async function releaseSupervisor(): Promise<void> {
  users -= 1;
  if (users === 0) (await shared)?.supervisor.unref();
}
