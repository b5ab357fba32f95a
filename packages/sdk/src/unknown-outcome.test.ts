import { describe, expect, it } from "vitest";
import {
  clientOf,
  fakeProject,
  lost,
  type Route,
  refusal,
  refused,
  session,
  token,
  virtualClock,
} from "./testing/fake-project.ts";

const order = { modelId: "m1", prompt: "a fox" };
const ownKey = { idempotencyKey: "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968" };
const page = (status: number) => () => new Response("<html>", { status });
const taken = () =>
  Response.json({ job_id: "j1", status: "pending", credits_used: 4, credits_remaining: 6 }, { status: 202 });

/** Answers in turn; the last answer stays. */
function generating(answers: readonly (() => Response | Error)[], more: Record<string, Route> = {}) {
  const project = fakeProject({
    "generate-video": ({ count }) => (answers[Math.min(count, answers.length) - 1] ?? taken)(),
    ...more,
  });
  const vidops = clientOf(project, { clock: virtualClock().clock });
  return { project, vidops };
}
async function failure(vidops: ReturnType<typeof clientOf>, options = {}): Promise<Record<string, unknown>> {
  const error: unknown = await vidops.videos.generate(order, options).catch((thrown: unknown) => thrown);
  return error as Record<string, unknown>;
}

describe("an order of which nobody knows whether it was taken", () => {
  it.each<[string, (() => Response | Error)[]]>([
    ["a gateway says 502", [page(502)]],
    ["a gateway says 503", [page(503)]],
    ["a gateway says 504", [page(504)]],
    ["a gateway says 500", [page(500)]],
    ["a gateway says 546", [page(546)]],
    ["a gateway says 403", [page(403)]],
    ["a gateway says 404", [page(404)]],
    ["a portal answers in its place", [page(200)]],
    ["an answer comes that says nothing has changed", [() => new Response(null, { status: 304 })]],
    ["another answer comes than was asked for", [() => Response.json({ hello: "portal" })]],
    ["the server fails after it may have begun", [() => refusal(500, "ERR_6003")]],
    ["the server does not know it itself", [() => refusal(500, "ERR_6006")]],
    ["an answer is lost, then the server is busy", [lost, () => refusal(503, "ERR_6005")]],
    ["an answer is lost, then it is in flight", [lost, () => refusal(409, "ERR_4011")]],
    ["an answer is lost, then there are too many requests", [lost, () => refusal(429, "ERR_4004")]],
    ["an answer is lost, then a limit cannot be told", [lost, () => refusal(503, "ERR_6008")]],
    ["an answer is lost, then nobody listens", [lost, refused]],
    ["a gateway says 502, then nobody listens", [page(502), refused]],
  ])("is told so, with its key, and not to be repeated without it: %s", async (_, answers) => {
    const { project, vidops } = generating(answers);
    const error = await failure(vidops);
    const key = project.arrived[0]?.headers.get("idempotency-key");
    expect(error).toMatchObject({ code: "ERR_6006", retryable: false, details: { idempotency_key: key } });

    const known = await failure(generating(answers).vidops, ownKey);
    expect(known).toMatchObject({ retryable: true, details: { idempotency_key: ownKey.idempotencyKey } });
  });

  it.each<[string, (() => Response | Error)[], string]>([
    ["the provider has refused it", [lost, () => refusal(502, "ERR_5003")], "ERR_5003"],
    ["there are not enough credits", [lost, () => refusal(402, "ERR_4001")], "ERR_4001"],
    ["the price has changed", [page(502), () => refusal(409, "ERR_4009")], "ERR_4009"],
    ["there are too many requests", [() => refusal(429, "ERR_4004", { "retry-after": "600" })], "ERR_4004"],
    ["a gateway has too many requests", [page(429)], "ERR_4004"],
    ["a limit cannot be told", [() => refusal(503, "ERR_6008")], "ERR_6008"],
    ["nobody listens", [refused], "ERR_6005"],
  ])("is told otherwise where it is known: %s", async (_, answers, code) => {
    expect(await failure(generating(answers).vidops)).toMatchObject({ code });
  });

  it("is told so when its token is refused and cannot be renewed after an answer was lost", async () => {
    const { project, vidops } = generating([lost, () => refusal(401, "ERR_4005")], {
      "/auth/v1/token": lost,
    });
    const error = await failure(vidops);
    const key = project.arrived[0]?.headers.get("idempotency-key");
    expect(error).toMatchObject({ code: "ERR_6006", retryable: false, details: { idempotency_key: key } });
  });

  it("is told so when the session is over after an answer was lost", async () => {
    const over: Route = () => Response.json({ error_code: "session_not_found" }, { status: 403 });
    const { vidops } = generating([lost, () => refusal(401, "ERR_4005")], { "/auth/v1/token": over });
    expect(await failure(vidops)).toMatchObject({ code: "ERR_6006", retryable: false });
  });

  it("is still the same one with a token that was renewed", async () => {
    const renewed: Route = () => Response.json(session(token({ n: 2 })));
    const { project, vidops } = generating([lost, () => refusal(401, "ERR_4005"), taken], {
      "/auth/v1/token": renewed,
    });
    await expect(vidops.videos.generate(order)).resolves.toMatchObject({ jobId: "j1" });
    const keys = project.at("generate-video").map(({ headers }) => headers.get("idempotency-key"));
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
  });

  it("was not taken when its first token is refused and cannot be renewed", async () => {
    const { vidops } = generating([() => refusal(401, "ERR_4005")], { "/auth/v1/token": lost });
    expect(await failure(vidops)).toMatchObject({
      code: "ERR_6005",
      retryable: true,
      details: { idempotency_key: expect.any(String) },
    });
  });
});

describe("what can be called again without harm", () => {
  it("keeps the server's own words, and is not told that nothing was changed by a gateway", async () => {
    const { clock } = virtualClock();
    const project = fakeProject({
      "get-user-profile": () => refusal(500, "ERR_6003"),
      "delete-video-job": page(502),
      "get-video-status": page(502),
    });
    const vidops = clientOf(project, { clock });
    await expect(vidops.profile.update({ language: "tr" })).rejects.toMatchObject({
      code: "ERR_6003",
      message: "ERR_6003 in words",
    });
    await expect(vidops.videos.delete("j1")).rejects.toMatchObject({ code: "ERR_6006", retryable: true });
    await expect(vidops.videos.get("j1")).rejects.toMatchObject({ code: "ERR_6005", retryable: true });
  });
});

describe("what an app gives that cannot be sent", () => {
  const { vidops, project } = generating([taken]);

  it.each<[string, Record<string, string>]>([
    ["a key beside the client's", { "Idempotency-Key": ownKey.idempotencyKey }],
    ["a token beside the client's", { authorization: "Bearer x" }],
    ["another apikey", { ApiKey: "x" }],
    ["a value with a line break", { "x-note": "a\nb" }],
    ["a value of other letters", { "x-note": "日本" }],
    ["a name with a blank", { "x note": "a" }],
  ])("is refused as a header: %s", async (_, headers) => {
    expect(await failure(vidops, { headers })).toMatchObject({ code: "ERR_4008", field: "headers" });
    expect(project.arrived).toEqual([]);
  });

  it("is refused as a key that is no UUID, and as what JSON cannot hold", async () => {
    expect(await failure(vidops, { idempotencyKey: "order 1" })).toMatchObject({ field: "idempotencyKey" });
    const settings = { seconds: 5n };
    await expect(vidops.videos.generate({ ...order, settings })).rejects.toMatchObject({ code: "ERR_4008" });
    expect(project.arrived).toEqual([]);
  });

  it.each([
    ["timeout", { timeout: Number.NaN }],
    ["timeout", { timeout: 0 }],
    ["maxRetries", { maxRetries: -1 }],
  ])("is refused as a number: %s", async (field, options) => {
    expect(await failure(vidops, options)).toMatchObject({ code: "ERR_4008", field });
    expect(project.arrived).toEqual([]);
  });

  it.each(["日本", "tr\nx-evil: 1", ""])("is left out as a language: %j", async (language) => {
    const models = fakeProject({ "get-models": () => Response.json({ models: [] }) });
    await clientOf(models, { language }).models.list();
    expect(models.arrived[0]?.headers.get("accept-language")).toBeNull();
  });

  it("is told as an error of vidops too when a runtime fails in words that nobody knows", async () => {
    const odd = () => new TypeError("Something of a runtime of tomorrow");
    expect(await failure(generating([odd]).vidops)).toMatchObject({
      code: "ERR_6006",
      reason: "fetch_failed",
      details: { idempotency_key: expect.any(String) },
      cause: expect.any(TypeError),
    });
    const project = fakeProject({ "get-user-profile": odd });
    await expect(clientOf(project).profile.get()).rejects.toMatchObject({
      code: "ERR_6005",
      reason: "fetch_failed",
      retryable: false,
    });
  });
});

it.each([
  ["get-video-jobs", (vidops: ReturnType<typeof clientOf>) => vidops.videos.list()],
  ["get-models", (vidops: ReturnType<typeof clientOf>) => vidops.models.list()],
  ["/rest/v1/quota_log", (vidops: ReturnType<typeof clientOf>) => vidops.credits.history()],
  ["get-user-credits", (vidops: ReturnType<typeof clientOf>) => vidops.credits.balance()],
  ["get-video-status", (vidops: ReturnType<typeof clientOf>) => vidops.videos.get("j1")],
  ["get-user-profile", (vidops: ReturnType<typeof clientOf>) => vidops.profile.get()],
] as const)("another answer than was asked for is no empty one: %s", async (path, call) => {
  for (const other of [() => Response.json({ hello: "portal" }), () => new Response(null, { status: 304 })]) {
    const vidops = clientOf(fakeProject({ [path]: other }));
    await expect(call(vidops)).rejects.toMatchObject({ code: "ERR_6007", reason: "unexpected_answer" });
  }
});
