import { expect, it } from "vitest";
import { runDeno } from "../deno/run-deno.ts";

it("the endpoint that the error codes were first written for answers in Turkish in Deno, without any permission", async () => {
  const { code, stdout, stderr } = await runDeno(`
    import { answerInEndpoint } from "./tests/first-usage/answer-in-endpoint.ts";

    const request = new Request("https://app.example/generate", {
      headers: { "Accept-Language": "tr-TR,tr;q=0.9,en;q=0.8" },
    });
    const response = answerInEndpoint(request, { success: false, current_credits: 2 }, { cost_per_generation: 4 });
    console.log(JSON.stringify({
      runtime: navigator.userAgent,
      status: response.status,
      language: response.headers.get("Content-Language"),
      error: (await response.json()).error,
    }));
  `);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({
    runtime: expect.stringMatching(/^Deno\//),
    status: 402,
    language: "tr",
    error: {
      code: "ERR_4001",
      message: "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın.",
    },
  });
});
