import { describe, expect, it } from "vitest";
import { useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const dataRequests = (): number =>
  app.stack.requests.filter(({ path }) => path.startsWith("/rest/v1/")).length;

describe("get-models", () => {
  const get = (headers: Record<string, string> = {}) => app.send("get-models", { as: null, headers });

  it("lists what is on sale to anybody, and nothing of the provider", async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=60");
    expect(body.models).toContainEqual({
      id: app.modelId,
      name: expect.stringMatching(/^veo /),
      category: null,
      description: null,
      cost_per_generation: 4,
      is_featured: false,
      thumbnail_url: null,
    });
    expect(JSON.stringify(body)).not.toContain("fal-ai");
  });

  it("answers who has the list with 304 and no body, until something changes", async () => {
    const etag = (await get()).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get({ "if-none-match": header, origin: "https://app.example" });
      expect([answer.status, answer.body]).toEqual([304, {}]);
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
    }
    expect((await get({ "if-none-match": '"other"' })).status).toBe(200);
    await app.stack.sql`update public.models set is_available = false where id = ${app.modelId}`;
    const changed = await get({ "if-none-match": etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
    expect(JSON.stringify(changed.body)).not.toContain(app.modelId);
  });
});

describe("get-user-credits", () => {
  it("tells the balance with one request to the database", async () => {
    app.stack.requests.length = 0;
    expect(await app.send("get-user-credits")).toMatchObject({
      ...{ status: 200, body: { credits_remaining: 10, credits_total: 10 } },
    });
    expect(dataRequests()).toBe(1);
  });

  it("tells who has no profile that there is none", async () => {
    expect(await app.send("get-user-credits", { as: await app.createGuest() })).toMatchObject({
      ...{ status: 404, body: { error: { code: "ERR_4007" } } },
    });
  });
});

describe("get-user-profile", () => {
  const patch = (body: unknown) => app.send("get-user-profile", { method: "PATCH", body });

  it("reads the profile with one request, and not whether the user is an admin", async () => {
    app.stack.requests.length = 0;
    const { status, body, headers } = await app.send("get-user-profile");
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        profile: {
          ...{ id: app.user.id, email: app.user.email, is_guest: false, tier: "free", language: "en" },
          ...{ theme_preference: "system", credits_remaining: 10, credits_total: 10 },
          created_at: expect.stringMatching(/Z$/),
        },
      },
    });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(dataRequests()).toBe(1);
  });

  it("changes language and theme, and what is not named stays", async () => {
    expect(await patch({ language: "tr" })).toMatchObject({
      ...{ status: 200, body: { profile: { language: "tr", theme_preference: "system" } } },
    });
    expect(await patch({ theme_preference: "dark" })).toMatchObject({
      ...{ status: 200, body: { profile: { language: "tr", theme_preference: "dark" } } },
    });
  });

  it.each<[string, unknown, string]>([
    ["an unknown language", { language: "xx" }, "language"],
    ["a language in capitals", { language: "TR" }, "language"],
    ["no language", { language: null }, "language"],
    ["nothing", {}, "language"],
    ["a blank theme", { theme_preference: " " }, "theme_preference"],
    ["a theme of 41 characters", { theme_preference: "x".repeat(41) }, "theme_preference"],
    ["credits", { credits_remaining: 1_000_000 }, "credits_remaining"],
    ["a tier beside a language", { language: "tr", tier: "premium" }, "tier"],
    ["is_admin", { is_admin: true }, "is_admin"],
    ["another user", { language: "tr", id: crypto.randomUUID() }, "id"],
  ])("refuses %s, names the field, and changes nothing", async (_, body, field) => {
    expect(await patch(body)).toMatchObject({
      status: 400,
      body: {
        error: { code: "ERR_4008", details: { field, fault: expect.any(String), hint: expect.any(String) } },
      },
    });
    const [row] = await app.stack.sql`
      select language, theme_preference, tier, is_admin, credits_remaining from public.users where id = ${app.user.id}`;
    expect(row).toEqual({
      ...{ language: "en", theme_preference: "system", tier: "free", is_admin: false, credits_remaining: 10 },
    });
  });
});
