import { describe, expect, it } from "vitest";
import { clientOf, fakeProject, lost, type Route, refusal, virtualClock } from "./testing/fake-project.ts";
import type { Video } from "./video.ts";

const job = (status: string, more = {}) => ({
  job_id: "j1",
  status,
  credits_used: 4,
  credits_refunded: 0,
  error: null,
  ...more,
});
const told = (status: string, pollAfter: number | null, more = {}): Response =>
  Response.json({ job: job(status, more), poll_after: pollAfter });
const done = (): Response => told("completed", null, { video_url: "https://v/1.mp4" });

function waiting(route: Route) {
  const time = virtualClock();
  const project = fakeProject({ "get-video-status": route });
  return { project, vidops: clientOf(project, { clock: time.clock, language: "tr" }), ...time };
}
/** The pauses between polls; what else waits does so for half a minute and longer. */
const pauses = (waits: readonly number[]): number[] => waits.filter((ms) => ms < 20_000);

describe("waiting for a video", () => {
  it("asks again as the server says, and tells of each poll", async () => {
    const { vidops, waits } = waiting(({ count }) =>
      count === 1 ? told("pending", 2) : count === 2 ? told("processing", 5) : done(),
    );
    const seen: Video["status"][] = [];
    const video = await vidops.videos.waitFor("j1", { onProgress: ({ status }) => seen.push(status) });
    expect(video).toMatchObject({ jobId: "j1", status: "completed", videoUrl: "https://v/1.mp4" });
    expect(seen).toEqual(["pending", "processing", "completed"]);
    expect(pauses(waits)).toEqual([2_000, 5_000]);
  });

  it("asks less and less often where the server does not say", async () => {
    const { vidops, waits } = waiting(({ count }) => (count < 10 ? told("processing", null) : done()));
    await vidops.videos.waitFor("j1");
    const paused = pauses(waits);
    expect(paused.slice(0, 4)).toEqual([1_000, 1_500, 2_250, 3_375]);
    expect(paused.at(-1)).toBe(15_000);
  });

  it.each([0, -5, 1e-9, Number.MAX_VALUE, "soon"])(
    "asks neither in a circle nor for ever: poll_after %s",
    async (after) => {
      const { vidops, waits } = waiting(({ count }) =>
        count < 4 ? told("processing", after as number) : done(),
      );
      await vidops.videos.waitFor("j1", { timeout: Number.POSITIVE_INFINITY });
      const paused = waits.filter((ms) => ms !== 30_000);
      expect(paused).toHaveLength(3);
      for (const ms of paused) expect(ms >= 250 && ms <= 60_000).toBe(true);
    },
  );

  it("outlives a network that is gone for a while", async () => {
    const { project, vidops } = waiting(({ count }) => (count < 14 ? lost() : done()));
    await expect(vidops.videos.waitFor("j1")).resolves.toMatchObject({ status: "completed" });
    expect(project.arrived).toHaveLength(14);
  });

  it("ends with the job's own error when the video was not made", async () => {
    const error = { code: "ERR_5003", message: "Video hizmeti bu isteği kabul edemedi." };
    const { vidops } = waiting(() => told("failed", null, { error, credits_refunded: 4 }));
    const seen: string[] = [];
    await expect(
      vidops.videos.waitFor("j1", { onProgress: ({ status }) => seen.push(status) }),
    ).rejects.toMatchObject({
      ...error,
      reason: "generation_failed",
      details: { job_id: "j1", credits_used: 4, credits_refunded: 4 },
    });
    expect(seen).toEqual(["failed"]);
  });

  it("ends when the job failed by what another time might work: it will not be made", async () => {
    const error = { code: "ERR_5002", message: "Later." };
    const { project, vidops } = waiting(() => told("failed", null, { error }));
    await expect(vidops.videos.waitFor("j1")).rejects.toMatchObject({ ...error, retryable: false });
    expect(project.arrived).toHaveLength(1);
  });

  it("ends with what the server refuses", async () => {
    const { project, vidops } = waiting(() => refusal(404, "ERR_4007"));
    await expect(vidops.videos.waitFor("j1")).rejects.toMatchObject({ code: "ERR_4007" });
    expect(project.arrived).toHaveLength(1);
  });

  it("ends when its time is over, after a last look, and says that the video is still being made", async () => {
    const { project, vidops, clock } = waiting(() => told("processing", 4));
    const began = clock.now();
    await expect(vidops.videos.waitFor("j1", { timeout: 10_000 })).rejects.toMatchObject({
      code: "ERR_4014",
      reason: "wait_timed_out",
      retryable: true,
      message: "Videonuz hâlâ hazırlanıyor. Lütfen tamamlanmasını bekleyin.",
    });
    expect(clock.now() - began).toBe(10_000);
    expect(project.arrived).toHaveLength(4);
  });

  it("ends at once when it is aborted within a pause", async () => {
    const controller = new AbortController();
    const project = fakeProject({ "get-video-status": () => told("processing", 600) });
    const wait = clientOf(project).videos.waitFor("j1", {
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(new Error("closed")), 5),
    });
    await expect(wait).rejects.toThrow("closed");
    expect(project.arrived).toHaveLength(1);
  });

  it("leaves no timer behind", async () => {
    const timers = new Set<unknown>();
    const clock = {
      now: () => Date.now(),
      setTimeout: (callback: () => void, ms: number) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          callback();
        }, ms);
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer: unknown) => {
        timers.delete(timer);
        clearTimeout(timer as number);
      },
    };
    const controller = new AbortController();
    const project = fakeProject({ "get-video-status": () => told("processing", 600) });
    const wait = clientOf(project, { clock }).videos.waitFor("j1", {
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(new Error("closed")), 5),
    });
    await expect(wait).rejects.toThrow("closed");
    expect(timers.size).toBe(0);
  });

  it("ends with what the app's own code throws", async () => {
    const { vidops } = waiting(done);
    const onProgress = (): never => {
      throw new Error("in the app");
    };
    await expect(vidops.videos.waitFor("j1", { onProgress })).rejects.toThrow("in the app");
    const later = async (): Promise<never> => onProgress();
    await expect(vidops.videos.waitFor("j1", { onProgress: later })).rejects.toThrow("in the app");
  });
});

describe("waiting with Realtime", () => {
  type Change = (payload: { new: { status: string } }) => void;
  function realtime() {
    const seen = { filter: null as unknown, tell: ((): void => {}) as Change, subscribed: 0, removed: 0 };
    const channel = {
      on: (_type: string, filter: unknown, onChange: Change) => {
        Object.assign(seen, { filter, tell: onChange });
        return channel;
      },
      subscribe: () => {
        seen.subscribed += 1;
      },
    };
    const removeChannel = (removed: unknown): void => {
      expect(removed).toBe(channel);
      seen.removed += 1;
    };
    return { seen, client: { channel: () => channel, removeChannel } };
  }

  it("asks at once when the job has changed, and leaves the channel", async () => {
    const { seen, client } = realtime();
    const project = fakeProject({
      "get-video-status": ({ count }) => {
        if (count > 1) return done();
        setTimeout(() => seen.tell({ new: { status: "completed" } }), 5);
        return told("processing", 600);
      },
    });
    await expect(clientOf(project).videos.waitFor("j1", { realtime: client })).resolves.toMatchObject({
      status: "completed",
    });
    expect(seen).toMatchObject({
      ...{ subscribed: 1, removed: 1 },
      filter: { event: "UPDATE", schema: "public", table: "video_jobs", filter: "job_id=eq.j1" },
    });
  });

  it("asks at once also for what changed while it was asking", async () => {
    const { seen, client } = realtime();
    const project = fakeProject({
      "get-video-status": ({ count }) => {
        if (count > 1) return done();
        seen.tell({ new: { status: "completed" } });
        return told("processing", 600);
      },
    });
    await clientOf(project).videos.waitFor("j1", { realtime: client });
    expect(project.arrived).toHaveLength(2);
  });

  it("does not ask for a change that is none to the user, and polls where nothing is told", async () => {
    const { seen, client } = realtime();
    const time = virtualClock();
    const project = fakeProject({
      "get-video-status": ({ count }) => {
        setTimeout(() => seen.tell({ new: { status: "processing" } }), 1);
        return count < 3 ? told("processing", 3) : done();
      },
    });
    await clientOf(project, { clock: time.clock }).videos.waitFor("j1", { realtime: client });
    expect(pauses(time.waits)).toEqual([3_000, 3_000]);
  });

  it.each(["channel", "subscribe", "removeChannel"])("polls on where Realtime fails: %s", async (where) => {
    const { client } = realtime();
    const fail = (): never => {
      throw new Error("no socket");
    };
    const channel = client.channel();
    const failing = {
      ...client,
      channel:
        where === "channel"
          ? fail
          : () => ({
              ...channel,
              on: () => ({ ...channel, subscribe: where === "subscribe" ? fail : () => {} }),
            }),
      removeChannel: where === "removeChannel" ? () => Promise.reject(new Error("no socket")) : () => {},
    };
    const time = virtualClock();
    const project = fakeProject({
      "get-video-status": ({ count }) => (count < 2 ? told("processing", 1) : done()),
    });
    const vidops = clientOf(project, { clock: time.clock });
    await expect(vidops.videos.waitFor("j1", { realtime: failing as never })).resolves.toMatchObject({
      status: "completed",
    });
  });

  it("leaves the channel when the wait fails", async () => {
    const { seen, client } = realtime();
    const project = fakeProject({ "get-video-status": () => refusal(404, "ERR_4007") });
    await expect(clientOf(project).videos.waitFor("j1", { realtime: client })).rejects.toThrow();
    expect(seen.removed).toBe(1);
  });
});
