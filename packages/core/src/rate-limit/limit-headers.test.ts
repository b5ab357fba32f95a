import { describe, expect, it } from "vitest";
import { decisionOf, uncounted } from "./decide.ts";
import { withLimitHeaders } from "./limit-headers.ts";
import { allowing } from "./testing/scripted-store.ts";

const decision = decisionOf(allowing(), "203.0.113.7");

/** As `fetch` gives it: headers that cannot be changed. */
async function fetched(body: BodyInit | null, init: ResponseInit): Promise<Response> {
  const response = new Response(body, init);
  Object.defineProperty(response, "headers", { value: immutable(response.headers) });
  return response;
}

function immutable(headers: Headers): Headers {
  const refuse = (): never => {
    throw new TypeError("immutable");
  };
  return Object.assign(headers, { set: refuse, append: refuse, delete: refuse });
}

describe("withLimitHeaders", () => {
  it("writes on the answer itself, whatever its body", () => {
    const response = new Response("fine");
    expect(withLimitHeaders(response, decision)).toBe(response);
    expect(response.headers.get("ratelimit")).toBe('"per_ip";r=9;t=3600');
  });

  it("replaces what a service said that the handler asked", () => {
    const response = new Response("fine", {
      headers: { ratelimit: '"theirs";r=1;t=1', "RateLimit-Policy": '"theirs";q=1;w=1' },
    });
    expect(withLimitHeaders(response, decision).headers.get("ratelimit")).not.toContain("theirs");
    expect(response.headers.get("ratelimit-policy")).not.toContain("theirs");
  });

  it("copies an answer whose headers cannot be changed: status, words, headers, cookies and an unread stream", async () => {
    const stream = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode("frame"));
        controller.close();
      },
    });
    const original = await fetched(stream, {
      status: 206,
      statusText: "Partial",
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["x-own", "1"],
      ],
    });
    const response = withLimitHeaders(original, decision);
    expect(response).not.toBe(original);
    expect([response.status, response.statusText, response.headers.get("x-own")]).toEqual([
      206,
      "Partial",
      "1",
    ]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.has("ratelimit")).toBe(true);
    expect(await response.text()).toBe("frame");
  });

  it("copies what fetch gave", async () => {
    const original = await fetch("data:text/plain,hi");
    expect(() => original.headers.set("x", "1")).toThrow(TypeError);
    const response = withLimitHeaders(original, decision);
    expect([response.headers.has("ratelimit"), await response.text()]).toEqual([true, "hi"]);
  });

  it("copies an answer without a body as one", async () => {
    const response = withLimitHeaders(await fetched(null, { status: 204 }), decision);
    expect([response.status, response.body, response.headers.has("ratelimit")]).toEqual([204, null, true]);
  });

  it("lets pages of other origins read the fields where they may read the answer, and names what was named before", () => {
    const headers = { "access-control-allow-origin": "*", "access-control-expose-headers": "x-own" };
    const exposed = withLimitHeaders(new Response(null, { headers }), decision).headers.get(
      "access-control-expose-headers",
    );
    expect(exposed).toMatch(/^x-own, ratelimit, ratelimit-policy/);
    // An answer that a handler keeps and gives to everybody.
    const kept = new Response(null, { headers });
    for (let time = 0; time < 3; time++) withLimitHeaders(kept, decision);
    expect(kept.headers.get("access-control-expose-headers")).toBe(exposed);
    expect(withLimitHeaders(new Response(), decision).headers.has("access-control-expose-headers")).toBe(
      false,
    );
  });

  it.each<[string, () => unknown]>([
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/" } })],
    ["304", () => new Response(null, { status: 304 })],
    ["an upgrade to a WebSocket", () => Object.defineProperty(new Response(), "status", { value: 101 })],
    ["Response.error()", () => Response.error()],
    ["nothing", () => undefined],
    ["an object", () => ({ status: 200 })],
  ])("leaves whole: %s", (_, make) => {
    const response = make() as Response;
    expect(withLimitHeaders(response, decision)).toBe(response);
    expect(response?.headers?.has("ratelimit") ?? false).toBe(false);
  });

  it("leaves whole what was read already", async () => {
    const read = new Response("x");
    await read.text();
    expect(withLimitHeaders(read, decision)).toBe(read);
    const fetched = await fetch("data:text/plain,hi");
    await fetched.text();
    expect(withLimitHeaders(fetched, decision)).toBe(fetched);
    const locked = new Response("x");
    locked.body?.getReader();
    expect(withLimitHeaders(locked, decision)).toBe(locked);
  });

  it("adds nothing to what nobody judged", () => {
    const response = withLimitHeaders(new Response(), uncounted("store_timeout", null));
    expect([...response.headers]).toEqual([]);
  });
});
