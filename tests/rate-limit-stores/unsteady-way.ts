import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { RedisClientOptions } from "redis";

/** A way to Redis that a test can cut and block. */
export interface UnsteadyWay {
  readonly url: string;
  /** Breaks every connection, and accepts none until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** While it is blocked, requests arrive and no answer comes back. */
  block(blocked: boolean): void;
  close(): Promise<void>;
}

/** Opens a port that leads to the server of these options. */
export async function openUnsteadyWay(options: RedisClientOptions): Promise<UnsteadyWay> {
  const sockets = new Set<Socket>();
  let blocked = false;
  const server: Server = createServer((client) => {
    const redis = connectTo(options);
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(redis);
    redis.on("data", (bytes) => {
      if (!blocked) client.write(bytes);
    });
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const cut = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `redis://127.0.0.1:${port}`,
    cut,
    mend: async () => {
      await listen(port);
    },
    block: (value) => {
      blocked = value;
    },
    close: async () => {
      if (server.listening) await cut();
    },
  };
}

function connectTo({ socket, url }: RedisClientOptions): Socket {
  if (socket !== undefined && "path" in socket && socket.path !== undefined) return connect(socket.path);
  const { hostname, port } = new URL(url ?? "redis://127.0.0.1");
  return connect(Number(port || 6379), hostname);
}
