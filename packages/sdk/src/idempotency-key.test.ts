import { expect, it } from "vitest";
import { createIdempotencyKey } from "./idempotency-key.ts";

const uuid4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

it("makes a UUID, another each time", () => {
  const keys = Array.from({ length: 100 }, () => createIdempotencyKey());
  expect(new Set(keys).size).toBe(100);
  for (const made of keys) expect(made).toMatch(uuid4);
});

it.each([0x00, 0xff, 0x5a])("makes a version 4 UUID of random bytes alone, whatever they are: %i", (byte) => {
  const made = createIdempotencyKey({ getRandomValues: (bytes) => bytes.fill(byte) });
  expect(made).toMatch(uuid4);
});

it("makes another each time of random bytes alone", () => {
  const getRandomValues = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  const keys = Array.from({ length: 100 }, () => createIdempotencyKey({ getRandomValues }));
  expect(new Set(keys).size).toBe(100);
});

it("makes no key that others might make too: without randomness it says what to do", () => {
  expect(() => createIdempotencyKey({})).toThrow(
    expect.objectContaining({
      reason: "no_randomness",
      message: expect.stringContaining("react-native-get-random-values"),
    }),
  );
});
