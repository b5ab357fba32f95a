import { once } from "node:events";
import { createServer } from "node:net";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { portOwner } from "./port-owner.ts";

/**
 * Takes the wanted port when it is free on 127.0.0.1, or finds a free one for 0.
 *
 * @param purpose what the port is for, as the error names it: "the database".
 * @throws LocalError `port_in_use`, naming who holds it where the system tells.
 */
export async function choosePort(wanted: number, purpose: string): Promise<number> {
  const server = createServer();
  try {
    server.listen({ port: wanted, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : wanted;
  } catch (error) {
    throw await listenError(error, wanted, purpose);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Turns a failed listen() into the error a person can act on. */
export async function listenError(error: unknown, port: number, purpose: string): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") return portInUseError(port, purpose);
  if (code !== "EACCES") return error;
  return new LocalError(
    LocalErrorCode.NoPermission,
    `this account may not listen on port ${port}, wanted for ${purpose}`,
    "choose a port above 1023",
    error,
  );
}

/** The error for a port that another process holds. */
export async function portInUseError(port: number, purpose: string): Promise<LocalError> {
  const owner = await portOwner(port);
  const option = purpose === "the database" ? "--db-port 0" : "--port 0";
  return new LocalError(
    LocalErrorCode.PortInUse,
    `port ${port}, wanted for ${purpose}, is in use${owner === null ? "" : ` by ${owner}`}`,
    `${option} picks a free one; when a stack of yours holds it, \`vidops local stop\` ends that`,
  );
}
