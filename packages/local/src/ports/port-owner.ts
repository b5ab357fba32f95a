import { readdir, readFile, readlink } from "node:fs/promises";

/**
 * Who listens on a TCP port of this machine, as far as the system tells this account (Linux only).
 *
 * @returns "postgres (pid 4447)", or null when unknown.
 */
export async function portOwner(port: number): Promise<string | null> {
  if (process.platform !== "linux") return null;
  try {
    const inode = await listeningInode(port);
    return inode === null ? null : await inodeOwner(inode);
  } catch {
    return null;
  }
}

async function listeningInode(port: number): Promise<string | null> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      const isListening = fields[3] === "0A";
      if (isListening && fields[1]?.endsWith(wanted)) return fields[9] ?? null;
    }
  }
  return null;
}

async function inodeOwner(inode: string): Promise<string | null> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (target !== `socket:[${inode}]`) continue;
      const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process")).trim();
      return `${name} (pid ${pid})`;
    }
  }
  return null;
}
