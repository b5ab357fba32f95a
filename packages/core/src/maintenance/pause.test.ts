import { describe, expect, it, vi } from "vitest";
import { pause } from "./pause.ts";

describe("pause", () => {
  it("ends when the time is over or the signal aborts, and leaves neither timer nor listener", async () => {
    vi.useFakeTimers();
    try {
      const controller = new AbortController();
      const removed = vi.spyOn(controller.signal, "removeEventListener");
      const whole = pause(250, controller.signal);
      await vi.advanceTimersByTimeAsync(250);
      await whole;
      const cut = pause(250, controller.signal);
      controller.abort();
      await cut;
      await pause(250, controller.signal);
      expect(vi.getTimerCount()).toBe(0);
      expect(removed).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
