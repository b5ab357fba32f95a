/** Time, which tests replace: the `Clock` of `@vidops/core/http`, whose types need more of the web than React Native has. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}
