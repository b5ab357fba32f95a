import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDatabase } from "../database/index.ts";
import { listAvailableModels } from "./index.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
  await stack.sql`
    insert into models (name, provider, provider_model_id, cost_per_generation, is_featured, is_available, category, description)
    values ('Veo', 'fal', 'fal-ai/veo', 8, false, true, 'text_to_video', 'With sound'), ('Kling', 'fal', 'fal-ai/kling', 4, true, true, null, null),
      ('Ada', 'pika', 'fal-ai/pika', 4, false, true, null, null), ('Old', 'fal', 'fal-ai/old', 1, true, false, null, null)`;
});
afterAll(() => stack[Symbol.asyncDispose]());

it("lists what is on sale, featured first and then by name, to anybody, and tells nothing of the providers", async () => {
  const anybody = createDatabase({ url: stack.url, key: stack.publishableKey });
  stack.requests.length = 0;
  const models = await listAvailableModels(anybody);
  expect(stack.requests.length).toBe(1);
  expect(models.map(({ name }) => name)).toEqual(["Kling", "Ada", "Veo"]);
  expect(models[2]).toEqual({
    ...{ id: expect.any(String), name: "Veo", category: "text_to_video", description: "With sound" },
    ...{ costPerGeneration: 8, isFeatured: false, thumbnailUrl: null },
  });
  // An admin's or a server's client sees no more.
  expect(await listAvailableModels(createDatabase({ url: stack.url, key: stack.secretKey }))).toEqual(models);
});
