import { describe, expect, it } from "vitest";
import { Interruptions } from "./interruptions.ts";

describe("Interruptions", () => {
  it("abandons the command when nobody guards it", async () => {
    const interruptions = new Interruptions();
    interruptions.interrupt();
    await expect(interruptions.left).rejects.toMatchObject({ code: "CLI_INTERRUPTED" });
    expect(interruptions.interrupted).toBe(true);
  });

  it("lets the innermost guard decide, counting from one, until it is disposed", () => {
    const interruptions = new Interruptions();
    const seen: string[] = [];
    using _outer = interruptions.guard((count) => seen.push(`outer ${count}`));
    {
      using _inner = interruptions.guard((count) => seen.push(`inner ${count}`));
      interruptions.interrupt();
      interruptions.interrupt();
    }
    interruptions.interrupt();
    expect(seen.slice(0, 2)).toEqual(["inner 1", "inner 2"]);
    expect(seen[2]).toMatch(/^outer/);
  });
});
