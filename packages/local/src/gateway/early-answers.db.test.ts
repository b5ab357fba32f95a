import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestStack, type TestStack } from "../testing/index.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack({ migrations: false });
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Sends an upload and a read over one connection, and reads the statuses of both answers. */
async function uploadThenRead(path: string): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const body = "x".repeat(4_000_000);
  const head = (method: string, target: string, length: number): string =>
    `${method} ${target} HTTP/1.1\r\nhost: gateway\r\napikey: ${stack.publishableKey}\r\ncontent-length: ${length}\r\n\r\n`;
  const socket = connect(Number(new URL(stack.url).port), "127.0.0.1");
  let answers = "";
  socket.on("data", (chunk) => {
    answers += chunk;
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status ?? "");
    if (statuses.length === 2) resolve(statuses);
  });
  socket.on("close", () => reject(new Error(`cut after ${answers}`)));
  socket.on("error", reject);
  socket.write(head("POST", path, body.length));
  socket.write(body);
  socket.write(head("GET", "/nowhere", 0));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

describe("an upload that is refused before it was read", () => {
  it.each([
    ["the gateway", "/storage/v1x/object/videos/a.mp4", "404"],
    ["Storage", "/storage/v1/object/videos/a.mp4", "400"],
    ["functions that are off", "/functions/v1/any", "501"],
    ["PostgREST", "/rest/v1/a/b/c", "404"],
  ])("by %s lets the next request on its connection through", { timeout: 4_000 }, async (_, path, status) => {
    expect(await uploadThenRead(path)).toEqual([status, "404"]);
  });
});
