import { describe, expect, it } from "vitest";
import { type HandlerName, handlerNames } from "./index.ts";
import { untouched, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const methods: Readonly<Record<HandlerName, string>> = {
  "admin-refund-credits": "POST",
  "delete-video-job": "DELETE, POST",
  "device-check": "POST",
  "generate-video": "POST",
  "get-models": "GET",
  "get-user-credits": "GET",
  "get-user-profile": "GET, PATCH",
  "get-video-jobs": "GET",
  "get-video-status": "GET",
  "hand-over-guest": "POST",
  "provider-webhook": "POST",
  "purchase-credits": "POST",
};
const open: readonly HandlerName[] = ["get-models", "provider-webhook"];
const closed = handlerNames.filter((name) => !open.includes(name));

describe.each(closed)("%s", (name) => {
  it.each<[string, () => Promise<string | null>]>([
    ["no token", async () => null],
    ["a word", async () => "letmein"],
    ["a token that was cut", async () => app.user.accessToken.slice(0, -20)],
    ["the publishable key", async () => app.stack.publishableKey],
    ["the anon key", async () => app.stack.anonKey],
    ["the service role key", async () => app.stack.serviceRoleKey],
    ["a token of nobody", () => app.stack.signToken({ role: "authenticated" })],
    ["an expired token", () => app.stack.signToken({ sub: app.user.id, expiresIn: -60 })],
    ["a token that was signed elsewhere", async () => `${app.user.accessToken.slice(0, -6)}aaaaaa`],
  ])("answers %s with 401 in the request's language, and keeps no row of it", async (_, token) => {
    const answer = await app.send(name, { as: await token(), headers: { "accept-language": "tr" } });
    expect(answer).toMatchObject({
      status: 401,
      body: { error: { code: "ERR_4005", message: "Devam etmek için lütfen giriş yapın." } },
    });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("x-request-id")).toBe(answer.body.error?.request_id);
    expect(await app.stack.sql`select from public.error_log where status = 401`).toEqual([]);
    expect(await app.books()).toEqual(untouched);
  });
});

describe.each(handlerNames)("%s", (name) => {
  it.each(["GET", "PUT", "POST", "PATCH", "DELETE", "BREW"])(
    "answers %s only if it takes it",
    async (method) => {
      const { status, headers } = await app.send(name, { method, as: null });
      if (methods[name].split(", ").includes(method)) expect(status).not.toBe(405);
      else expect([status, headers.get("allow")]).toEqual([405, `${methods[name]}, OPTIONS`]);
    },
  );

  it("answers OPTIONS without a token, with what a page may send and read", async () => {
    const { status, headers } = await app.send(name, { method: "OPTIONS", as: null });
    expect([status, headers.get("allow")]).toEqual([204, `${methods[name]}, OPTIONS`]);
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    const asked = await app.send(name, { method: "OPTIONS", as: null, headers: preflight });
    // Nobody's page sends webhooks.
    const any = name === "provider-webhook" ? null : "*";
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, any]);
    if (any === null) return;
    expect(asked.headers.get("access-control-allow-methods")).toBe(methods[name]);
    const allowed = asked.headers.get("access-control-allow-headers")?.split(", ");
    expect(allowed).toEqual(
      expect.arrayContaining(["authorization", "apikey", "content-type", "idempotency-key"]),
    );
    const read = await app.send(name, { as: null, headers: { origin: "https://app.example" } });
    expect(read.headers.get("access-control-expose-headers")?.split(", ")).toEqual(
      expect.arrayContaining(["retry-after", "x-idempotent-replay", "x-request-id"]),
    );
  });

  it("opens itself to named origins only, when there are some", async () => {
    const handlers = app.make({ origin: ["https://app.example"] });
    const from = async (origin: string) =>
      (await app.send(name, { with: handlers, as: null, headers: { origin } })).headers;
    expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
    if (name === "provider-webhook") return;
    expect((await from("https://app.example")).get("access-control-allow-origin")).toBe(
      "https://app.example",
    );
    expect((await from("https://app.example")).get("vary")).toContain("Origin");
  });

  it("answers the loss of the database calmly, in a language that is known, and never rejects", async () => {
    app.stack.faults.next({ path: "/", kind: "cut-before-forward", times: 50 });
    for (const language of ["xx-YY", "tr;q=abc", "*", "'; drop table users"]) {
      const answer = await app.send(name, { headers: { "accept-language": language } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body.error?.message ?? "").not.toMatch(/fetch|socket|ECONN|postgrest|supabase/i);
      expect(["en", "tr"]).toContain(answer.headers.get("content-language"));
    }
    app.stack.faults.clear();
  });
});

describe("bodies", () => {
  const posts = ["device-check", "generate-video", "hand-over-guest", "admin-refund-credits"] as const;
  const bodies: readonly [string, () => BodyInit][] = [
    ["text", () => "please"],
    ["nothing", () => ""],
    ["half a document", () => '{"device_id":"a", "prom'],
    ["no UTF-8", () => new Uint8Array([0x22, 0xff, 0x22])],
    ["null", () => "null"],
    ["a list", () => "[]"],
    ["a megabyte", () => `"${"x".repeat(1_000_000)}"`],
    ["a stream that breaks off", () => new ReadableStream({ pull: (to) => to.error(new TypeError("cut")) })],
    ["lists a hundred thousand deep", () => "[".repeat(100_000) + "]".repeat(100_000)],
  ];

  it.each(posts.flatMap((name) => bodies.map(([what, body]) => [name, what, body] as const)))(
    "%s answers %s with 400 and the field",
    async (name, _, body) => {
      const as = await app.createUser({ isAdmin: name === "admin-refund-credits", credits: 10 });
      const headers = { "idempotency-key": crypto.randomUUID() };
      const answer = await app.send(name, { as, body: body(), headers });
      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: {
            code: "ERR_4008",
            details: { field: "body", fault: expect.any(String), hint: expect.any(String) },
          },
        },
      });
      expect(await app.books(as)).toEqual(untouched);
    },
  );
});

describe("createHandlers", () => {
  it.each<[string, object]>([
    ["url", { url: "abc" }],
    ["key", { key: "" }],
    ["initialCredits", { initialCredits: -1 }],
    ["initialCredits", { initialCredits: 1.5 }],
    ["checkAfterMs", { checkAfterMs: Number.NaN }],
    ["trust", { trust: "proxy" }],
    [
      "limits[0].windowMinutes",
      { limits: { deviceCheck: [{ per: "ip", maxRequests: 1, windowMinutes: 0 }] } },
    ],
    [
      "limits[0].maxRequests",
      { limits: { generateVideo: [{ per: "ip", maxRequests: 0, windowMinutes: 1 }] } },
    ],
    ["webhookUrl", { webhookUrl: "http://app.example/webhook" }],
  ])("complains of a malformed %s at once", (field, options) => {
    expect(() => app.make(options)).toThrow(expect.objectContaining({ code: "ERR_4008", field }));
  });

  it("counts all requests of a user together where the app limits them", async () => {
    const limits = { requests: [{ per: "user", maxRequests: 2, windowMinutes: 1 }] } as const;
    const handlers = app.make({ limits });
    expect((await app.send("get-user-credits", { with: handlers })).status).toBe(200);
    expect((await app.send("get-user-profile", { with: handlers })).status).toBe(200);
    expect(await app.send("get-video-jobs", { with: handlers })).toMatchObject({
      ...{ status: 429, body: { error: { code: "ERR_4004" } } },
    });
  });
});
