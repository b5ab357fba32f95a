/**
 * What React Native has of the web, as its 0.88 declares it (src/types/globals.d.ts), as far as a client over HTTP can care.
 * Nothing else is there: no DOM, no Node.
 */
declare function setTimeout(handler: () => void, timeout: number): number;
declare function clearTimeout(handle: number | null | undefined): void;

declare const console: { log(...data: unknown[]): void };

interface Headers {
  append(name: string, value: string): void;
  delete(name: string): void;
  forEach(callback: (value: string, key: string, parent: Headers) => void): void;
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
declare var Headers: {
  prototype: Headers;
  new (init?: [string, string][] | Record<string, string> | Headers): Headers;
};

interface Body {
  readonly bodyUsed: boolean;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

interface RequestInit {
  body?: string | null | undefined;
  headers?: [string, string][] | Record<string, string> | Headers | undefined;
  method?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface Request extends Body {
  readonly headers: Headers;
  readonly method: string;
  readonly url: string;
  readonly signal: AbortSignal;
}
declare var Request: { prototype: Request; new (input: Request | string, init?: RequestInit): Request };

interface Response extends Body {
  readonly headers: Headers;
  readonly ok: boolean;
  readonly status: number;
  clone(): Response;
}
declare var Response: {
  prototype: Response;
  new (body?: string | null, init?: { status?: number }): Response;
};

declare function fetch(input: Request | string, init?: RequestInit): Promise<Response>;

declare class AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: (event: unknown) => unknown): void;
  removeEventListener(type: "abort", listener: (event: unknown) => unknown): void;
  static timeout(milliseconds: number): AbortSignal;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
