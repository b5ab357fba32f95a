import { describe, expect, it, vi } from "vitest";
import { readGenerationOrder } from "./generation-order.ts";

const modelId = "0b8e6a4e-3c5f-4c55-9d5b-5f1f2a3b4c5d";
const key = "8E03978E-40D5-43DD-BC93-6894A57F9324";

function request(body: unknown, headers: Record<string, string> = { "idempotency-key": key }): Request {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Request("https://abc.supabase.co/functions/v1/generate-video", {
    ...{ method: "POST", headers, body: text },
  });
}

const order = (more: object = {}) => ({ model_id: modelId, prompt: "a fox", ...more });

describe("readGenerationOrder", () => {
  it("reads all fields, a key bare or quoted, and a prompt of several lines", async () => {
    const body = order({
      ...{ prompt: " a fox\r\n\tin the snow \n", settings: { duration: "8s" } },
      ...{ image_url: "https://example.com/a.png", expected_credits: 4 },
    });
    expect(await readGenerationOrder(request(body, { "idempotency-key": `"${key}"` }))).toEqual({
      ...{ modelId, prompt: "a fox\n\tin the snow", settings: { duration: "8s" } },
      ...{ imageUrl: "https://example.com/a.png", expectedCredits: 4, idempotencyKey: key.toLowerCase() },
    });
    expect(await readGenerationOrder(request(order({ settings: null })))).toMatchObject({
      ...{ settings: {}, imageUrl: null, expectedCredits: null },
    });
  });

  it("counts a prompt as the database does", async () => {
    expect((await readGenerationOrder(request(order({ prompt: "🦊".repeat(10_000) })))).prompt).toHaveLength(
      20_000,
    );
  });

  it.each<[string, unknown, string]>([
    ["empty", "", "is empty"],
    ["blank", " \n ", "is empty"],
    ["10,001 characters", "x".repeat(10_001), "has more than 10000 characters"],
    ["100 kB", "x".repeat(100_000), "has more than 10000 characters"],
    ["a terminal's escape", "a\u001b[2Jb", "holds a control character"],
    ["NUL", "a\0b", "holds a control character"],
    ["a C1 control", "a\u009bb", "holds a control character"],
    ["half a surrogate pair", "a\ud800", "is not well-formed text"],
    ["a number", 42, "is not of type string"],
    ["missing", undefined, "is missing"],
  ])("refuses a prompt that is %s", async (_, prompt, fault) => {
    await expect(readGenerationOrder(request(order({ prompt })))).rejects.toMatchObject({
      ...{ code: "ERR_4003", details: { field: "prompt", fault, hint: expect.any(String) } },
    });
  });

  it.each<[string, object, string, string]>([
    ["no model", { model_id: undefined }, "model_id", "is missing"],
    ["a model that is no UUID", { model_id: "veo" }, "model_id", "is not a UUID"],
    ["an image over http", { image_url: "http://example.com/a.png" }, "image_url", "is not an https URL"],
    ["an image as data", { image_url: "data:image/png;base64,AA" }, "image_url", "is not an https URL"],
    ["settings that are a list", { settings: [] }, "settings", "is not a JSON object"],
    ["settings that are a text", { settings: "fast" }, "settings", "is not a JSON object"],
    ["a price below 0", { expected_credits: -1 }, "expected_credits", "is less than 0"],
    ["a user", { user_id: modelId }, "user_id", "is no field of this request"],
  ])("refuses %s", async (_, more, field, fault) => {
    await expect(readGenerationOrder(request(order(more)))).rejects.toMatchObject({
      ...{ code: "ERR_4008", details: { field, fault, hint: expect.any(String) } },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ["without a key", {}, "is missing"],
    ["with a word as key", { "idempotency-key": "first" }, "is not a UUID"],
  ])("refuses an order %s, before its body is read", async (_, headers, fault) => {
    const sent = request(order(), headers);
    await expect(readGenerationOrder(sent)).rejects.toMatchObject({
      ...{ code: "ERR_4008", details: { field: "Idempotency-Key", fault } },
    });
    expect(sent.bodyUsed).toBe(false);
  });

  it.each<[string, BodyInit | null, string]>([
    ["text", "please", "is not JSON in UTF-8"],
    ["cut", '{"model_id":', "is not JSON in UTF-8"],
    ["nothing", null, "is not a JSON object"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "is not JSON in UTF-8"],
    ["a list", "[]", "is not a JSON object"],
    ["1 MB", "x".repeat(1_000_000), "has more than 262144 bytes"],
    ["100,000 lists deep", "[".repeat(100_000) + "]".repeat(100_000), "is not a JSON object"],
  ])("refuses a body that is %s", async (_, body, fault) => {
    const init = { method: "POST", headers: { "idempotency-key": key }, body };
    const sent = new Request("https://abc.supabase.co/", init as RequestInit);
    await expect(readGenerationOrder(sent)).rejects.toMatchObject({
      ...{ code: "ERR_4008", details: { field: "body", fault } },
    });
  });

  it("does not wait for the rest of a body for ever", async () => {
    vi.useFakeTimers();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    const init = { method: "POST", headers: { "idempotency-key": key }, duplex: "half", body };
    const read = readGenerationOrder(new Request("https://abc.supabase.co/", init as RequestInit));
    const refused = expect(read).rejects.toMatchObject({
      ...{ code: "ERR_4008", details: { field: "body", fault: "did not come whole in time" } },
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
    vi.useRealTimers();
  });

  it("says of a body that broke off that it did not come whole, and reads no more of an endless one than may be", async () => {
    const streamed = (pull: NonNullable<UnderlyingDefaultSource<Uint8Array>["pull"]>): Request =>
      new Request("https://abc.supabase.co/", {
        ...{ method: "POST", headers: { "idempotency-key": key }, duplex: "half" },
        body: new ReadableStream({ pull }),
      } as RequestInit);
    await expect(
      readGenerationOrder(streamed((controller) => controller.error(new TypeError("terminated")))),
    ).rejects.toMatchObject({ code: "ERR_4008", details: { field: "body", fault: "did not come whole" } });
    let chunks = 0;
    const endless = streamed((controller) => {
      chunks += 1;
      controller.enqueue(new Uint8Array(65_536));
    });
    await expect(readGenerationOrder(endless)).rejects.toMatchObject({ details: { field: "body" } });
    expect(chunks).toBeLessThan(8);
  });
});
