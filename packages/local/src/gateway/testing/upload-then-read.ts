import { connect } from "node:net";

/**
 * Sends an upload of 4 MB and a read over one connection, as a client that keeps connections does.
 *
 * @param url the gateway
 * @param upload the path that is posted to
 * @param read the path that is asked for on the same connection
 * @param headers more of both requests
 * @returns the status of each answer
 */
export async function uploadThenRead(
  url: string,
  upload: string,
  read: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const { host, port } = new URL(url);
  const head = (method: string, path: string, length: number): string => {
    const all = { host, "content-length": length, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  };
  const socket = connect(Number(port), "127.0.0.1");
  let answers = "";
  socket.on("data", (chunk) => {
    answers += chunk;
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status ?? "");
    if (statuses.length === 2) resolve(statuses);
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`The connection was closed after: ${answers}`)));
  socket.setTimeout(4_000, () => socket.destroy(new Error(`Nothing comes any more after: ${answers}`)));
  const body = "x".repeat(4_000_000);
  socket.write(head("POST", upload, body.length) + body + head("GET", read, 0));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
