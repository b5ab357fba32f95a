import { createVidops, isVidopsError, type VidopsError } from "@vidops/sdk";
import { equal, failure, within } from "./behaviours/behaviour.ts";
import type { RuntimeReport } from "./check-runtime.ts";
import type { RuntimeName } from "./failure-cases.ts";
import type { Targets } from "./targets.ts";

type Client = ReturnType<typeof createVidops>;

/** What a check is given. */
interface Place {
  readonly vidops: Client;
  /** What the project was asked for, in order. */
  asked(): Promise<string[]>;
}

/** What the client is to do on every runtime, by name. */
export const clientBehaviours: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  "orders once through a connection that breaks, a body that is cut, and an order in flight": async ({
    vidops,
    asked,
  }) => {
    const { jobId, creditsRemaining } = await vidops.videos.generate({
      modelId: "m1",
      prompt: "Bir tilki 🦊",
    });
    equal([jobId, creditsRemaining], ["j1", 6]);
    const sent = await asked();
    equal(sent.length, 4);
    equal(new Set(sent).size, 1);
    equal(/^generate-video [\da-f-]{36}$/.test(sent[0] ?? ""), true);
  },
  "waits for a video": async ({ vidops, asked }) => {
    const seen: string[] = [];
    const { status } = await vidops.videos.waitFor("j1", { onProgress: (video) => seen.push(video.status) });
    equal([status, ...seen], ["completed", "processing", "processing", "completed"]);
    equal((await asked()).length, 3);
  },
  "renews a token that is not accepted once for 20 calls at once": async ({ vidops, asked }) => {
    const profiles = await Promise.all(Array.from({ length: 20 }, () => vidops.profile.get()));
    equal([...new Set(profiles.map(({ id }) => id))], ["u1"]);
    equal((await asked()).filter((name) => name === "token").length, 1);
  },
  "takes a list that has not changed from before": async ({ vidops, asked }) => {
    const models = await vidops.models.list();
    equal((await vidops.models.list()) === models, true);
    equal([models[0]?.costPerGeneration, (await asked()).length], [4, 2]);
  },
  "reads all pages of a list": async ({ vidops }) => {
    const ids: string[] = [];
    for await (const { jobId } of vidops.videos.list()) ids.push(jobId);
    equal(ids, ["j0", "j1", "j2", "j3", "j4", "j5"]);
  },
  "ends at once when it is aborted, with the app's reason": async ({ vidops }) => {
    const controller = new AbortController();
    const call = failure(vidops.credits.balance({ signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("mine")), 100);
    const started = Date.now();
    equal((await call).message, "mine");
    within(Date.now() - started, 90, 1_000);
  },
  "says the server's words, with its request id": async ({ vidops }) => {
    await vidops.session.adopt({ accessToken: "e30.e30.c2ln" });
    const error = await failure(vidops.profile.get());
    equal(isVidopsError(error), true);
    const { code, message, requestId } = error as unknown as VidopsError;
    equal([code, message, requestId], ["ERR_4005", "Lütfen giriş yapın.", "r1"]);
  },
};

/** Runs every check on the runtime that this is running on. */
export async function checkRuntime(targets: Targets, runtime: RuntimeName): Promise<RuntimeReport> {
  const behaviours: Record<string, string | null> = {};
  for (const [at, [name, check]] of Object.entries(clientBehaviours).entries()) {
    const key = `${runtime}-client-${at}`;
    // Not accepted: see client-project.ts.
    const session = {
      accessToken: `e30.${btoa('{"sub":"u1"}').replaceAll("=", "")}.c2ln`,
      refreshToken: "1",
    };
    const vidops = createVidops({ url: targets.origin, key, session, random: () => 0.05 });
    const asked = async (): Promise<string[]> => (await fetch(`${targets.origin}/asked?key=${key}`)).json();
    behaviours[name] = await check({ vidops, asked }).then(
      () => null,
      (error: unknown) => String(error),
    );
  }
  return { failures: {}, behaviours };
}
