import { isProviderError, type ProviderJobState } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { everyProvider, partyOf } from "./contract.ts";
import { expectNoSecrets, usePeer } from "./peer.ts";
import type { RecordedProvider } from "./recorded-provider.ts";

const peer = usePeer();

describe.each(everyProvider)("the provider $name", (recorded: RecordedProvider) => {
  const { scenes, request, job, key, submitUrl } = recorded;
  const { secrets, make, failing, play } = partyOf(recorded, peer);
  const stateIn = (scene: keyof typeof scenes): Promise<ProviderJobState> => {
    play(scene);
    return make().status(job);
  };

  it("takes a job: one request, with the key and the model's own input", async () => {
    play("submitted");
    const submitted = await make().submit(request);
    expect(submitted.job).toMatchObject(job);
    expect(peer.arrived).toHaveLength(1);
    expect(peer.arrived[0]?.headers.get("authorization")).toBe(recorded.authorization);
    expect(JSON.parse(peer.arrived[0]?.body ?? "")).toEqual(recorded.input);
    expect(JSON.parse(JSON.stringify(submitted.job))).toEqual(submitted.job);
    expectNoSecrets(submitted, [key]);
  });

  it("lets the prompt win over the settings, so that what was checked is what is sent", async () => {
    play("submitted");
    await make().submit({ ...request, settings: { prompt: "other", promptText: "other", model: "other" } });
    const sent = JSON.parse(peer.arrived[0]?.body ?? "") as Record<string, unknown>;
    expect(sent.promptText ?? sent.prompt).toBe(
      recorded.name === "runway" ? request.prompt : sent.promptText,
    );
    if (recorded.name === "runway")
      expect(sent).toMatchObject({ promptText: request.prompt, model: "gen4.5" });
    else expect(sent.prompt).toBe(request.prompt);
  });

  it("tells each state in the same words", async () => {
    expect(await stateIn("queued")).toMatchObject({
      status: "queued",
      position: make().capabilities.queuePosition ? 2 : null,
    });
    expect(await stateIn("processing")).toMatchObject({
      status: "processing",
      progress: make().capabilities.progress ? 0.02 : null,
    });
    expect(await stateIn("completed")).toMatchObject({
      status: "completed",
      videoUrl: recorded.videoUrl,
      lifetime: { atLeast: recorded.name === "runway" ? 86_400 : null },
      cost: recorded.name === "runway" ? { amount: 60, usd: 0.6, final: true } : { amount: 8, usd: null },
    });
    expect(await stateIn("cancelled")).toMatchObject({ status: "cancelled" });
    for (const { headers } of peer.arrived) expect(headers.get("authorization")).toBe(recorded.authorization);
  });

  it("asks after a job of which only the id was kept", async () => {
    play("queued");
    const { provider, id, model } = job;
    expect((await make().status({ provider, id, model })).status).toBe("queued");
  });

  it("tells a job that failed from one that was refused for its content, and keeps no words of the user", async () => {
    for (const [scene, code, reason] of [
      ["failed", "ERR_5002", "job_broken"],
      ["moderated", "ERR_5003", "content_policy"],
    ] as const) {
      peer.arrived.splice(0);
      const state = await stateIn(scene);
      expectNoSecrets(state, secrets);
      expect(state).toMatchObject({
        status: "failed",
        error: { code, reason, operation: "job", outcome: null },
      });
      expect(isProviderError(state.status === "failed" && state.error)).toBe(true);
      // A verdict on the job is no failure of the server: it is not asked for again.
      expect(peer.arrived.map(({ url }) => url)).toEqual([...new Set(peer.arrived.map(({ url }) => url))]);
    }
  });

  it("leaves a job open whose status or result it does not know", async () => {
    play("unknown_status");
    expect(await failing(make().status(job))).toMatchObject({ code: "ERR_5002", reason: "unknown_status" });
    play("no_video");
    expect(await failing(make().status(job))).toMatchObject({ reason: "unexpected_answer", status: 200 });
  });

  it("says that it does not know a job, which is no proof that it failed", async () => {
    play("missing");
    const error = await failing(make().status(job));
    expect(error).toMatchObject({ code: "ERR_5003", reason: "job_not_found", status: 404, outcome: null });
    expect(error.hint).toMatch(/not prove/);
  });

  it.each([
    ["invalid_submit", "ERR_5003", "invalid_request"],
    ["refused_key", "ERR_5002", "credentials_refused"],
    ["no_credits", "ERR_5002", "out_of_credits"],
  ] as const)("refuses a submit once and for all: %s", async (scene, code, reason) => {
    play(scene);
    const error = await failing(make().submit(request));
    expect(error).toMatchObject({ code, reason, outcome: "not_accepted", retryable: false });
    expect(error.details?.body).toEqual(expect.any(String));
    expect(peer.arrived).toHaveLength(1);
  });

  it("cancels in time, and says when it is too late without undoing anything", async () => {
    const { capabilities } = make();
    play("cancel_in_time");
    expect(await make().cancel(job)).toBe(capabilities.cancel === "deletes" ? "cancelled" : "requested");
    expect(peer.arrived.at(-1)).toMatchObject({ method: recorded.cancelMethod, url: recorded.cancelUrl });
    peer.arrived.splice(0);
    play("cancel_too_late");
    expect(await make().cancel(job)).toBe("too_late");
    expect(peer.arrived.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  it("does not take an id that leads elsewhere", async () => {
    for (const id of ["../keys", "a/b", "a?b", "", "x".repeat(200), 7]) {
      peer.answer("POST", submitUrl, () => HttpResponse.json({ id, request_id: id, status: "IN_QUEUE" }));
      const error = await failing(make().submit(request));
      expect(error).toMatchObject({ code: "ERR_6006", reason: "unexpected_answer", outcome: "unknown" });
    }
  });

  it("takes a job under a wrong content type: what was answered counts, and it names the job", async () => {
    const [first] = scenes.submitted;
    peer.answer("POST", submitUrl, () => HttpResponse.text(JSON.stringify(first?.body)));
    expect((await make().submit(request)).job.id).toBe(job.id);
  });

  it("refuses before it sends what cannot be meant", async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const wrong: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["model", () => make().submit({ ...request, model: "../../v1/keys" })],
      ["model", () => make().submit({ ...request, model: "a/b?c=d" })],
      ["model", () => make().submit({ ...request, model: "" })],
      ["prompt", () => make().submit({ ...request, prompt: "  " })],
      ["settings", () => make().submit({ ...request, settings: circular })],
      ["webhookUrl", () => make().submit({ ...request, webhookUrl: "http://app.example/hook" })],
      ["job.id", () => make().status({ ...job, id: "../x" })],
      ["job.provider", () => make().cancel({ ...job, provider: "other" as "fal" })],
    ];
    for (const [field, call] of wrong) {
      expect(await failing(call())).toMatchObject({ code: "ERR_4008", details: { field } });
    }
    expect(peer.arrived).toEqual([]);
  });

  it("refuses what it does not offer, as its capabilities say", async () => {
    const { capabilities, ...provider } = make();
    const missing: Promise<unknown>[] = [];
    if (!capabilities.webhooks) missing.push(provider.verifyWebhook({ headers: {}, body: "{}" }));
    if (!capabilities.lookUp) missing.push(provider.lookUp(request, { from: "", to: "" }));
    for (const call of missing) {
      expect(await failing(call)).toMatchObject({ code: "ERR_6003", reason: "unsupported" });
    }
    if (!capabilities.webhooks) {
      const call = provider.submit({ ...request, webhookUrl: "https://app.example/hook" });
      expect(await failing(call)).toMatchObject({ code: "ERR_4008", details: { field: "webhookUrl" } });
    }
    expect(missing).toHaveLength(recorded.name === "runway" ? 2 : 0);
    expect(peer.arrived).toEqual([]);
  });
});
