import { describe, expect, it } from "vitest";
import { createProviderClient } from "./provider-client.ts";
import { httpSettings } from "./provider-http.ts";

describe("the client of a provider", () => {
  it("sends nothing, the key least of all, to a host that is not the provider's", async () => {
    const asked: unknown[] = [];
    const fetch = async (input: unknown): Promise<Response> => {
      asked.push(input);
      return Response.json({});
    };
    const client = createProviderClient({
      name: "fal",
      apiKey: "id:plainword",
      headers: { Authorization: "Key id:plainword" },
      origins: ["https://queue.fal.run"],
      requestIdHeaders: [],
      lostSubmit: { hint: "", lookUp: false },
      settings: httpSettings({ fetch }),
    });
    for (const url of [
      "https://evil.example/fal-ai/veo3.1",
      "http://queue.fal.run/fal-ai/veo3.1",
      "https://queue.fal.run:8443/fal-ai/veo3.1",
      "https://queue.fal.run.evil.example/",
      "https://queue.fal.run@evil.example/",
    ]) {
      const sending = client.send({ operation: "status", method: "GET", url });
      await expect(sending).rejects.toThrow("fal is not reached at this URL.");
    }
    expect(asked).toEqual([]);
    await client.send({ operation: "status", method: "GET", url: "https://queue.fal.run/fal-ai/veo3.1" });
    expect(asked).toHaveLength(1);
  });
});
