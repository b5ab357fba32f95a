/** A value and where it came from, in words for people. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}
