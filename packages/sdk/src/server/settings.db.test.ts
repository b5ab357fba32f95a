import { validationError } from "@vidops/core/errors";
import { describe, expect, it } from "vitest";
import { untouched, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const nested = (depth: number): string => `${'{"seed":'.repeat(depth)}1${"}".repeat(depth)}`;

describe("the settings of an order", () => {
  it.each<[string, string, string]>([
    ["a list", "[]", "is not a JSON object"],
    ["33 deep", nested(33), "is nested more than 32 deep"],
    ["1,000 deep", nested(1_000), "is nested more than 32 deep"],
    ["20,000 deep", nested(20_000), "is nested more than 32 deep"],
    ["70 kB", JSON.stringify({ seed: "x".repeat(70_000) }), "is larger than 64 kB"],
    ["text with a NUL", '{"seed":"\\u0000"}', "holds characters that cannot be stored"],
    ["text with half a character", '{"seed":{"\\ud800":1}}', "holds characters that cannot be stored"],
  ])("are refused with the field, its fault and the way out when they are %s", async (_, settings, fault) => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = `{"model_id":"${app.modelId}","prompt":"a fox","settings":${settings}}`;
    expect(await app.send("generate-video", { headers, body })).toMatchObject({
      status: 400,
      body: {
        error: { code: "ERR_4008", details: { field: "settings", fault, hint: expect.any(String) } },
      },
    });
    expect(await app.books()).toEqual(untouched);
  });

  it("are taken 32 deep, and stored as they were sent", async () => {
    const settings = JSON.parse(nested(32)) as unknown;
    const { status, body } = await app.generate({ settings });
    expect(status).toBe(202);
    const [row] = await app.stack
      .sql`select settings from public.video_jobs where job_id = ${String(body.job_id)}`;
    expect(row?.settings).toEqual(settings);
  });

  it.each([
    ["num_videos", 50],
    ["duration", "60s"],
    ["resolution", "4k"],
    ["generate_audio", true],
    ["enable_safety_checker", false],
    ["image_url", "http://169.254.169.254/latest/meta-data"],
    ["__proto__", 1],
    ["constructor", 1],
  ])("are refused when they set %s, which is for the operator to say", async (name, value) => {
    const body = `{"model_id":"${app.modelId}","prompt":"a fox","settings":{"${name}":${JSON.stringify(value)}}}`;
    const headers = { "idempotency-key": crypto.randomUUID() };
    const fault = `has "${name}", which users may not set`;
    expect(await app.send("generate-video", { body, headers })).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field: "settings", fault } } } },
    });
    expect(await app.books()).toEqual(untouched);
  });

  it("are held against the app's own rules for settings", async () => {
    const handlers = app.make({
      checkSettings: ({ duration = "8s" }) => {
        if (duration !== "8s")
          throw validationError("settings", "asks for more than the price covers", "Leave it out.");
        return { duration, enable_safety_checker: true };
      },
    });
    const refused = await app.generate({ settings: { duration: "60s" } }, { with: handlers });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { details: { field: "settings", fault: "asks for more than the price covers" } } },
    });
    expect(await app.books()).toEqual(untouched);
    expect(await app.generate({}, { with: handlers })).toMatchObject({ status: 202 });
    expect(app.fal.submits[0]?.input).toEqual({
      prompt: "a fox",
      duration: "8s",
      enable_safety_checker: true,
    });
  });
});
