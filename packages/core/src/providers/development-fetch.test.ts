import { describe, expect, it } from "vitest";
import { developmentFetch } from "./development-fetch.ts";

async function reached(address: string | URL | Request): Promise<string> {
  let url = "";
  const send = developmentFetch("http://127.0.0.1:4000", async (input) => {
    url = input instanceof Request ? input.url : String(input);
    return new Response();
  });
  await send(address);
  return url;
}

describe("developmentFetch", () => {
  it.each([
    [
      "https://queue.fal.run/fal-ai/veo3.1?fal_webhook=x",
      "http://127.0.0.1:4000/queue.fal.run/fal-ai/veo3.1?fal_webhook=x",
    ],
    ["https://rest.fal.ai/.well-known/jwks.json", "http://127.0.0.1:4000/rest.fal.ai/.well-known/jwks.json"],
    ["https://api.fal.ai/v1/models", "http://127.0.0.1:4000/api.fal.ai/v1/models"],
    ["https://127.0.0.1:4000/videos/a.mp4", "http://127.0.0.1:4000/videos/a.mp4"],
    ["https://127.0.0.1:4001/videos/a.mp4", "https://127.0.0.1:4001/videos/a.mp4"],
    ["https://example.com/fal.run", "https://example.com/fal.run"],
    ["http://queue.fal.run/a", "http://queue.fal.run/a"],
    ["https://queue.fal.run.example.com/a", "https://queue.fal.run.example.com/a"],
  ])("sends %s to %s", async (address, expected) => {
    expect(await reached(address)).toBe(expected);
    expect(await reached(new URL(address))).toBe(expected);
    expect(await reached(new Request(address))).toBe(expected);
  });

  it("keeps method, headers and body of a request", async () => {
    let seen: Request | undefined;
    const send = developmentFetch("http://localhost:4000", async (input) => {
      seen = input as Request;
      return new Response();
    });
    await send(
      new Request("https://queue.fal.run/a", { method: "POST", headers: { "x-a": "b" }, body: "body" }),
    );
    expect([seen?.method, seen?.headers.get("x-a"), await seen?.text()]).toEqual(["POST", "b", "body"]);
  });

  it.each(["", "https://127.0.0.1:4000", "http://fal.example", "http://127.0.0.1.example", "127.0.0.1:4000"])(
    "refuses %j, for the key would go there",
    (url) => {
      expect(() => developmentFetch(url)).toThrow(expect.objectContaining({ code: "ERR_4008" }));
    },
  );
});
