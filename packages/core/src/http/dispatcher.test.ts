import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, fetch as undiciFetch } from "undici";
import { expect, it } from "vitest";
import { fetchWithRetry, type RetryConfig } from "./index.ts";

it("hands a dispatcher on to undici's own fetch", async () => {
  const server = createServer((_, response) => response.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  let dispatched = 0;
  const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    dispatched += 1;
    return dispatch(options, handler);
  });
  try {
    const fetch = undiciFetch as unknown as RetryConfig["fetch"];
    expect(await (await fetchWithRetry(url, { dispatcher }, { fetch })).text()).toBe("ok");
    expect(dispatched).toBe(1);
  } finally {
    await dispatcher.close();
    server.close();
  }
});
