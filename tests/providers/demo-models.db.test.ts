import { createFal, createPika, createRunway, type VideoProvider } from "@vidops/core/providers";
import { createTestStack } from "@vidops/local/testing";
import { expect, it } from "vitest";

it("names every model of the demo data as its provider does, so that it can be ordered on a local stack", async () => {
  await using stack = await createTestStack({ seed: "demo" });
  const rows =
    (await stack.sql`select provider, provider_model_id as model from public.models`) as unknown as {
      provider: string;
      model: string;
    }[];
  const options = { apiKey: "id:secret" };
  const providers: Record<string, VideoProvider> = {
    ...{ fal: createFal(options), pika: createPika(options) },
    runway: createRunway({ apiKey: "key_secret" }),
  };
  expect(rows.length).toBeGreaterThan(9);
  const signal = AbortSignal.abort();
  for (const { provider, model } of rows) {
    // A name that is none is refused before anything is sent; the others get as far as the signal.
    const status = providers[provider]?.status({ provider, id: "id", model } as never, { signal });
    await expect(status, model).rejects.toMatchObject({ name: "AbortError" });
  }
});
