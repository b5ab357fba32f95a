import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runInReactNative } from "./run-in-react-native.ts";

const require = createRequire(import.meta.url);
const tsc = join(require.resolve("typescript/package.json"), "../bin/tsc");

it("the client type-checks without a DOM, with the language of 2023 and what React Native has, its declarations included", () => {
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", import.meta.dirname], {
    encoding: "utf8",
  });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});

/** A project, as React Native's fetch is answered by it. */
function project(answers: Record<string, (count: number) => unknown>) {
  const seen: { path: string; key: string | null }[] = [];
  const fetch = async (
    url: string,
    init: { headers: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response> => {
    const path = url.replace(/^.*\/v1\/|\?.*$/g, "");
    seen.push({ path, key: init.headers["idempotency-key"] ?? null });
    const answer = answers[path]?.(seen.filter((each) => each.path === path).length);
    if (answer === "silent") {
      return new Promise((_, reject) =>
        init.signal?.addEventListener("abort", () =>
          reject(Object.assign(new Error("Aborted"), { name: "AbortError" })),
        ),
      );
    }
    if (answer === undefined) throw new TypeError("Network request failed");
    return Response.json(answer);
  };
  return { fetch, seen };
}

const client = `
  import { createVidops } from "@vidops/sdk";
  const vidops = createVidops({ url: "https://abc.supabase.co", key: "sb_publishable_abc", random: () => 0.01,
    session: { accessToken: "e30." + btoa(JSON.stringify({ sub: "u1" })).replaceAll("=", "") + ".c2ln" } });
  const told = (error) => ({ name: error.name, code: error.code, reason: error.reason, message: error.message });
`;
const getRandomValues = <T extends Uint8Array<ArrayBuffer>>(bytes: T): T => crypto.getRandomValues(bytes);

describe("on what React Native has at run time, the client", () => {
  it("orders, through a network that breaks, under one key", async () => {
    const { fetch, seen } = project({
      "generate-video": (count) =>
        count < 3 ? undefined : { job_id: "j1", status: "processing", credits_used: 4, credits_remaining: 6 },
      "get-video-status": (count) => ({
        job: { job_id: "j1", status: count < 2 ? "processing" : "completed" },
        poll_after: 0.01,
      }),
    });
    const source = `${client}
      (async () => {
        const { jobId } = await vidops.videos.generate({ modelId: "m1", prompt: "a fox" });
        return vidops.videos.waitFor(jobId, { signal: new AbortController().signal });
      })().then(done, (error) => failed(error));`;
    expect(await runInReactNative(source, { fetch, crypto: { getRandomValues } })).toMatchObject({
      status: "completed",
    });
    const keys = seen.filter(({ path }) => path === "generate-video").map(({ key }) => key);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it("names the way out where there is no randomness", async () => {
    const source = `${client}
      vidops.videos.generate({ modelId: "m1", prompt: "a fox" }).then(failed, (error) => done([error.reason, error.message]));`;
    expect(await runInReactNative(source, project({}))).toEqual([
      "no_randomness",
      expect.stringContaining("react-native-get-random-values"),
    ]);
  });

  it("knows a network that is gone, and an abort", async () => {
    const source = `${client}
      (async () => {
        const offline = await vidops.profile.get().catch(told);
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 20);
        const aborted = await vidops.credits.balance({ signal: controller.signal }).catch(told);
        const other = new AbortController();
        setTimeout(() => other.abort(), 20);
        const gone = await vidops.videos.get("j1", { signal: other.signal }).catch(told);
        const timedOut = await vidops.videos.get("j1", { timeout: 50, maxRetries: 0 }).catch(told);
        return { offline, aborted, gone, timedOut };
      })().then(done, failed);`;
    const { fetch } = project({ "get-user-credits": () => "silent", "get-video-status": () => "silent" });
    expect(await runInReactNative(source, { fetch })).toMatchObject({
      offline: { code: "ERR_6005", reason: "connection_lost" },
      aborted: { name: "AbortError" },
      gone: { name: "AbortError" },
      timedOut: { code: "ERR_6005", reason: "timeout" },
    });
  });
});
