import { describe, expect, it } from "vitest";
import { clientOf, fakeProject, refusal, user, virtualClock } from "./testing/fake-project.ts";

const video = (id: number) => ({
  job_id: `j${id}`,
  status: "completed",
  model_name: "veo",
  video_url: "https://v/1.mp4",
});

/** 7 videos, 3 a page. */
const paged = () =>
  fakeProject({
    "get-video-jobs": ({ query }) => {
      const from = Number(query.cursor ?? 0);
      const jobs = [0, 1, 2].map((at) => from + at).filter((id) => id < 7);
      const more = from + 3 < 7;
      return Response.json({
        jobs: jobs.map(video),
        has_more: more,
        next_cursor: more ? String(from + 3) : null,
      });
    },
  });

describe("a list of videos", () => {
  it("is a promise of its first page", async () => {
    const project = paged();
    const page = await clientOf(project).videos.list({ limit: 3, status: "completed" });
    expect(page).toMatchObject({ hasMore: true, nextCursor: "3" });
    expect(page.items[0]).toEqual({
      jobId: "j0",
      status: "completed",
      modelName: "veo",
      videoUrl: "https://v/1.mp4",
    });
    expect(project.arrived.map(({ query }) => query)).toEqual([{ limit: "3", status: "completed" }]);
  });

  it("is all of them to those who read on, page by page, with the same filter", async () => {
    const project = paged();
    const ids: string[] = [];
    for await (const { jobId } of clientOf(project).videos.list({ status: "completed" })) ids.push(jobId);
    expect(ids).toEqual(["j0", "j1", "j2", "j3", "j4", "j5", "j6"]);
    expect(project.arrived.map(({ query }) => query)).toEqual([
      { status: "completed" },
      { status: "completed", cursor: "3" },
      { status: "completed", cursor: "6" },
    ]);
  });

  it("asks no further than somebody reads, and again from the start for who reads again", async () => {
    const project = paged();
    const list = clientOf(project).videos.list();
    for await (const { jobId } of list) if (jobId === "j1") break;
    expect(project.arrived).toHaveLength(1);
    const ids: string[] = [];
    for await (const { jobId } of list) ids.push(jobId);
    expect(ids).toHaveLength(7);
    expect(project.arrived).toHaveLength(3);
  });

  it("ends when the server repeats a page, which would never end", async () => {
    const project = fakeProject({
      "get-video-jobs": () => Response.json({ jobs: [video(1)], has_more: true, next_cursor: "same" }),
    });
    const read = async () => {
      for await (const _ of clientOf(project).videos.list());
    };
    await expect(read()).rejects.toMatchObject({ code: "ERR_6007", reason: "repeated_cursor" });
    expect(project.arrived).toHaveLength(2);
  });

  it("goes on where a page ended", async () => {
    const project = paged();
    const { items, nextCursor } = await clientOf(project).videos.list({ cursor: "6" });
    expect([items.map(({ jobId }) => jobId), nextCursor]).toEqual([["j6"], null]);
  });

  it("ends with what the server says of a cursor that is not its own", async () => {
    const project = fakeProject({ "get-video-jobs": () => refusal(400, "ERR_4008") });
    await expect(clientOf(project).videos.list({ cursor: "x" })).rejects.toMatchObject({ code: "ERR_4008" });
  });
});

it("the history of credits is read over the Data API, the user's own rows alone, newest first", async () => {
  const rows = [9, 7, 4, 2].map((id) => ({
    ...{ id, job_id: null, change: -id, reason: "video_generation", balance_after: 10 - id },
    created_at: "2026-11-25T18:00:00+00:00",
  }));
  const project = fakeProject({
    "/rest/v1/quota_log": ({ query }) => {
      const below = Number(query.id?.replace("lt.", "") ?? 100);
      return Response.json(rows.filter(({ id }) => id < below).slice(0, Number(query.limit)));
    },
  });
  const vidops = clientOf(project);
  const page = await vidops.credits.history({ limit: 2 });
  expect(page).toMatchObject({ hasMore: true, nextCursor: "7" });
  expect(page.items[0]).toEqual({
    ...{ id: "9", jobId: null, change: -9, reason: "video_generation", balanceAfter: 1 },
    createdAt: "2026-11-25T18:00:00+00:00",
  });
  const ids: string[] = [];
  for await (const { id } of vidops.credits.history({ limit: 2 })) ids.push(id);
  expect(ids).toEqual(["9", "7", "4", "2"]);
  expect(project.arrived[0]?.query).toMatchObject({ user_id: `eq.${user}`, order: "id.desc", limit: "3" });
});

describe("the models", () => {
  const one = { id: "m1", name: "veo", cost_per_generation: 4, is_featured: true, thumbnail_url: null };

  it("are not sent again while they stay the same", async () => {
    let models = [one];
    const project = fakeProject({
      "get-models": ({ headers }) => {
        const etag = `"${models.length}"`;
        return headers.get("if-none-match") === etag
          ? new Response(null, { status: 304, headers: { etag } })
          : Response.json({ models }, { headers: { etag } });
      },
    });
    const vidops = clientOf(project);
    const first = await vidops.models.list();
    expect(first).toEqual([
      { id: "m1", name: "veo", costPerGeneration: 4, isFeatured: true, thumbnailUrl: null },
    ]);
    expect(await vidops.models.list()).toBe(first);
    models = [one, { ...one, id: "m2" }];
    expect(await vidops.models.list()).toHaveLength(2);
    expect(project.arrived.map(({ headers }) => headers.get("if-none-match"))).toEqual([null, '"1"', '"1"']);
  });

  it("are sent each time by a server that gives no ETag", async () => {
    const project = fakeProject({ "get-models": () => Response.json({ models: [one] }) });
    const vidops = clientOf(project);
    await vidops.models.list();
    await vidops.models.list();
    expect(project.arrived.map(({ headers }) => headers.get("if-none-match"))).toEqual([null, null]);
  });

  it("keep the list when the next one fails", async () => {
    const { clock } = virtualClock();
    const project = fakeProject({
      "get-models": ({ count }) =>
        count === 1
          ? Response.json({ models: [one] }, { headers: { etag: '"1"' } })
          : count === 2
            ? refusal(500, "ERR_6003")
            : new Response(null, { status: 304 }),
    });
    const vidops = clientOf(project, { clock });
    await vidops.models.list();
    await expect(vidops.models.list()).rejects.toMatchObject({ code: "ERR_6003" });
    expect(await vidops.models.list()).toHaveLength(1);
  });
});

it("a profile is changed where something is said", async () => {
  const project = fakeProject({
    "get-user-profile": ({ method, body }) =>
      Response.json({
        profile: { id: user, language: method === "PATCH" ? body?.language : "en", theme_preference: "dark" },
      }),
  });
  const vidops = clientOf(project);
  expect(await vidops.profile.get()).toMatchObject({ language: "en", themePreference: "dark" });
  expect(await vidops.profile.update({ language: "tr" })).toMatchObject({ language: "tr" });
  expect(project.arrived[1]?.body).toEqual({ language: "tr" });
});
