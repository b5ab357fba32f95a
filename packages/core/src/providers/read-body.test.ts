import { describe, expect, it } from "vitest";
import type { Clock } from "../http/index.ts";
import { readBody } from "./read-body.ts";

const clock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
const bounds = { maxBytes: 1_048_576, maxTime: 60_000, clock };

describe("readBody", () => {
  it("needs no more memory for a body of single bytes than for a body of its size", async () => {
    let at = 0;
    let most = 0;
    const before = process.memoryUsage();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        at += 1;
        controller.enqueue(Uint8Array.of(at % 251));
        if (at % 50_000 !== 0) return;
        const { heapUsed, external } = process.memoryUsage();
        most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
      },
    });
    const { bytes, fault } = await readBody(body, bounds);
    expect(fault).toBe("too_large");
    expect(bytes.byteLength).toBe(1_048_576);
    expect(bytes.every((byte, index) => byte === (index + 1) % 251)).toBe(true);
    // What is kept for each chunk would come to 300 MB and more; garbage that is not collected yet is far below.
    expect(most).toBeLessThan(150_000_000);
  }, 60_000);

  it("has enough of a body that goes on without a byte", async () => {
    let chunks = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        chunks += 1;
        // So that the test ends also when nothing else ends it.
        if (chunks > 200_000) controller.close();
        else controller.enqueue(new Uint8Array());
      },
    });
    expect(await readBody(body, bounds)).toEqual({ bytes: new Uint8Array(), fault: "too_large" });
    expect(chunks).toBeLessThan(20_000);
  });

  it.each(["timeout", "aborted"])(
    "lets go of a body whose reading ends with %s, and keeps what came",
    async (fault) => {
      const { promise: cancelled, resolve } = Promise.withResolvers<void>();
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Uint8Array.of(1, 2, 3)),
        cancel: () => resolve(),
      });
      const controller = new AbortController();
      const maxTime = fault === "timeout" ? 20 : 60_000;
      const reading = readBody(body, { ...bounds, maxTime, signal: controller.signal });
      if (fault === "aborted") setTimeout(() => controller.abort(), 20);
      expect(await reading).toEqual({ bytes: Uint8Array.of(1, 2, 3), fault });
      await cancelled;
    },
  );
});
