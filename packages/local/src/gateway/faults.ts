/**
 * How a request goes wrong: `hang` never answers and never forwards; `cut-after-forward` lets the service do the
 * work, then cuts the connection without an answer; `cut-before-forward` cuts it before; `502-html` answers what
 * a broken proxy would.
 */
export type FaultKind = "hang" | "cut-after-forward" | "cut-before-forward" | "502-html";

/** A fault for the next matching request. */
export interface Fault {
  /** The start of the path: "/rest/v1/rpc/". */
  readonly path: string;
  readonly kind: FaultKind;
  /** How many requests it meets, 1 unless said; Infinity for all. */
  readonly times?: number;
}

/** The faults a gateway is told to make, for tests of callers. */
export class Faults {
  #planned: { fault: Fault; left: number }[] = [];

  /** Plans a fault for the next request below a path. */
  next(fault: Fault): void {
    this.#planned.push({ fault, left: fault.times ?? 1 });
  }

  /** Forgets what is planned. */
  clear(): void {
    this.#planned = [];
  }

  /** Takes the fault that a request meets, if any. */
  take(path: string): FaultKind | null {
    const planned = this.#planned.find(({ fault, left }) => left > 0 && path.startsWith(fault.path));
    if (planned === undefined) return null;
    planned.left -= 1;
    return planned.fault.kind;
  }
}
