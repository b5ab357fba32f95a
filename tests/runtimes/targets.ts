/** Where the checks send their requests; every URL is on the loopback, without a path. */
export interface Targets {
  /** The server that misbehaves. */
  readonly origin: string;
  /** Nobody listens here. */
  readonly refused: string;
  /** TLS with a certificate that nobody trusts. */
  readonly untrusted: string;
  /** `https:` to a server that speaks plain HTTP. */
  readonly plain: string;
  /** Ends each connection in the middle of the handshake. */
  readonly hangUp: string;
  /** Another origin, which does not let foreign pages read its answers. */
  readonly foreign: string;
}

/** A request that arrived, as `/seen?id=` tells it. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, as hex. */
  readonly body: string;
  readonly bytes: number;
  /** The client's port, which tells connections apart. */
  readonly connection: number;
  /** Whether the connection has ended. */
  readonly closed: boolean;
}
