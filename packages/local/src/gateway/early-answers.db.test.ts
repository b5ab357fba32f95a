import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestStack, type TestStack } from "../testing/index.ts";
import { uploadThenRead } from "./testing/upload-then-read.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack({ migrations: false });
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("an upload that is refused before it was read", () => {
  it.each([
    ["the gateway", "/storage/v1x/object/videos/a.mp4", "404"],
    ["Storage", "/storage/v1/object/videos/a.mp4", "400"],
    ["functions that are off", "/functions/v1/any", "501"],
    ["PostgREST", "/rest/v1/a/b/c", "404"],
  ])("by %s lets the next request on its connection through", async (_, path, status) => {
    const apikey = stack.publishableKey;
    expect(await uploadThenRead(stack.url, path, "/nowhere", { apikey })).toEqual([status, "404"]);
  });
});
