import { createClient } from "@supabase/supabase-js";
import { createFal, createPika } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { describe, it } from "vitest";
import { createFakeStore } from "../../../../core/src/jobs/testing/fake-store.ts";
import { createAppleDeviceCheck } from "../../apple/index.ts";
import { useHandlers } from "../testing/use-handlers.ts";

const app = useHandlers();
const out = (...a: unknown[]) =>
  console.log("##", ...a.map((x) => (typeof x === "string" ? x : JSON.stringify(x))));
const noS = { auth: { persistSession: false, autoRefreshToken: false } };
async function pem() {
  const { privateKey } = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  return `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64")}\n-----END PRIVATE KEY-----`;
}
describe("probe2", () => {
  it("claim burned by a bad device id", async () => {
    let bit0 = false,
      updates = 0;
    const f = async (input: any) => {
      if (String(input.url ?? input).endsWith("query_two_bits")) return Response.json({ bit0, bit1: false });
      updates++;
      bit0 = true;
      return new Response("");
    };
    const attestation = createAppleDeviceCheck({
      teamId: "SE9N6X5V7C",
      keyId: "GG8TWG834Q",
      privateKey: await pem(),
      fetch: f as any,
    });
    const h = app.make({ attestation });
    const g2 = await app.createGuest();
    for (const device_id of ["iPhone of Ayşe (1)", "ok-id-1"]) {
      const r = await app.send("device-check", { as: g2, with: h, body: { device_id, attestation: "AAAA" } });
      out("device_id", device_id, r.status, r.body.error ?? [r.body.granted, r.body.grant_refused], {
        updates,
        bit0,
      });
    }
    const banned = await app.createGuest();
    bit0 = false;
    updates = 0;
    await app.send("device-check", { as: banned, body: { device_id: crypto.randomUUID() } });
    await app.stack.sql`update public.users set banned_at = now() where id = ${banned.id}`;
    const rb = await app.send("device-check", {
      as: banned,
      with: h,
      body: { device_id: crypto.randomUUID(), attestation: "AAAA" },
    });
    out("banned", rb.status, { bit0, updates });
    // Apple down for known user
    const down = createAppleDeviceCheck({
      teamId: "SE9N6X5V7C",
      keyId: "GG8TWG834Q",
      privateKey: await pem(),
      fetch: (async () => new Response("x", { status: 503 })) as any,
    });
    const rd = await app.send("device-check", {
      with: app.make({ attestation: down }),
      body: { device_id: crypto.randomUUID(), attestation: "AAAA" },
    });
    out("Apple down, user with profile", rd.status, rd.body.error?.code);
    const lim = app.make({ limits: { deviceCheck: [{ per: "ip", maxRequests: 1, windowMinutes: 60 }] } });
    for (let i = 0; i < 2; i++) {
      const r = await app.send("device-check", {
        with: lim,
        body: { device_id: "x" + crypto.randomUUID() },
        headers: { "x-forwarded-for": "9.9.9.9" },
      });
      if (i)
        out(
          "429",
          r.status,
          r.body,
          [...r.headers].map(([k, v]) => `${k}=${v}`),
        );
    }
  });
  it("settings", async () => {
    await app.stack.sql`update public.users set credits_remaining = 10 where id = ${app.user.id}`;
    for (const more of [
      {
        settings: {
          prompt: "settings' own prompt",
          duration: "60s",
          num_videos: 50,
          resolution: "4k",
          enable_safety_checker: false,
          generate_audio: true,
        },
      },
      { settings: { image_url: "http://169.254.169.254/latest/meta-data", video_url: "http://10.0.0.1/" } },
    ]) {
      const r = await app.generate(more);
      out("settings", r.status, r.body.error ?? "", app.fal.submits.at(-1)?.input);
      app.fal.submits.length = 0;
    }
  });
  it("bodies", async () => {
    const raw = async (n: string, body: any, headers: any = {}) => {
      const r = await app.send("generate-video", {
        body,
        headers: { "idempotency-key": crypto.randomUUID(), ...headers },
      });
      out("body", n, r.status, r.body.error?.code ?? r.body, r.body.error?.details ?? "");
    };
    const m = app.modelId;
    await raw("bom", "\uFEFF" + JSON.stringify({ model_id: m, prompt: "a" }));
    await raw("proto", `{"__proto__":{"model_id":"${m}"},"prompt":"a"}`);
    await raw("dup", `{"model_id":"${m}","prompt":"a","prompt":"b"}`);
    await raw(
      "settings proto",
      `{"model_id":"${m}","prompt":"a","settings":{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}}`,
    );
    out("  sent", app.fal.submits.at(-1)?.input);
    await raw("invalid utf8", new Uint8Array([0x7b, 0xff, 0x7d]));
    await raw("utf16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]));
    await raw(
      "deep",
      `{"model_id":"${m}","prompt":"a","settings":{"a":${"[".repeat(100000)}${"]".repeat(100000)}}}`,
    );
    await raw("deep unknown", `{"z":${"[".repeat(100000)}${"]".repeat(100000)}}`);
    await raw("huge", "x".repeat(300000));
    await raw(
      "many unknown keys",
      JSON.stringify(Object.fromEntries(Array.from({ length: 10000 }, (_, i) => ["k" + i, 1]))),
    );
    await raw("gzip", new Uint8Array([0x1f, 0x8b, 8, 0, 0]), { "content-encoding": "gzip" });
    await raw("bignum", `{"model_id":"${m}","prompt":"a","expected_credits":1e400}`);
    await raw("lone surrogate key in settings", `{"model_id":"${m}","prompt":"a","settings":{"\\ud800":1}}`);
    await raw("nul in settings key", `{"model_id":"${m}","prompt":"a","settings":{"a\\u0000":1}}`);
    await raw(
      "big number in settings",
      `{"model_id":"${m}","prompt":"a","settings":{"n":1e308,"m":-0,"seed":12345678901234567890}}`,
    );
    await raw("blank unicode prompt", JSON.stringify({ model_id: m, prompt: "\u200b\u200b" }));
    await raw("nbsp prompt", JSON.stringify({ model_id: m, prompt: "\u00a0\u3000" }));
    await raw("U+0085 prompt", JSON.stringify({ model_id: m, prompt: "\u0085" }));
    await raw("ogham etc", JSON.stringify({ model_id: m, prompt: "\u180e" }));
    await raw("nil model", JSON.stringify({ model_id: "00000000-0000-0000-0000-000000000000", prompt: "a" }));
    for (const k of [
      "",
      " ",
      "a,b",
      '"',
      "00000000-0000-0000-0000-000000000000",
      "{0}",
      "urn:uuid:" + crypto.randomUUID(),
    ]) {
      const r = await app.generate({}, { key: k });
      out("key", k, r.status, r.body.error?.code);
    }
  });
  it("cursor fuzz", async () => {
    const enc = (v: any) => Buffer.from(JSON.stringify(v)).toString("base64url");
    const real = app.user.id;
    for (const t of [
      "2026-02-30T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:00:00+14:59",
      "2026-01-01T00:00:00-23:59",
      "2026-1111",
      "2026-01-01",
      "0000-01-01T00:00:00Z",
      "2026-06-31T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "2026-12-31T23:59:59.1234567890123Z",
      "2026-1-1Z+1:1",
      "2026-10101",
    ]) {
      const r = await app.send("get-video-jobs", {
        query: { cursor: enc(["jobs1", real, null, t, crypto.randomUUID()]) },
      });
      if (r.status !== 200) out("cursor", t, r.status, r.body.error?.code, r.body.error?.details ?? "");
      else out("cursor", t, "200");
    }
    for (const [k, v] of Object.entries({ limit: "0", status: "Completed", cursor: "", x: "1" })) {
      const r = await app.send("get-video-jobs", { query: { [k]: v } });
      out("q", k, r.status, r.body.error?.details ?? "");
    }
  });
  it("store down", async () => {
    const store = createFakeStore();
    const h = app.make({ store, checkAfterMs: 0 });
    const { body } = await app.generate({}, { with: h });
    const { id = "", webhook } = app.fal.submits.at(-1) ?? ({} as any);
    store.failing = 1;
    const w1 = await h["provider-webhook"](await app.fal.webhook(webhook!, { id }));
    out("webhook store down", w1.status, await w1.text());
    const w2 = await h["provider-webhook"](await app.fal.webhook(webhook!, { id }));
    out("webhook again", w2.status);
    const hs = app.make({
      store: {
        ...store,
        sign: async () => {
          throw new Error("storage is down at http://10.1.2.3");
        },
      },
    });
    for (const n of ["get-video-jobs", "get-video-status"] as const) {
      const r = await app.send(n, {
        with: hs,
        query: n === "get-video-status" ? { job_id: String(body.job_id) } : {},
      });
      out("sign down", n, r.status, r.body);
    }
    const p2 = createPika({
      apiKey: "0aa1b2c3-d4e5-4f60-8192-a3b4c5d6e7f8:00112233445566778899aabbccddeeff",
    });
    const hp = app.make({ store, providers: { fal: app.fal.provider, pika: p2 } });
    const { body: b2 } = await app.generate({}, { with: hp });
    const s2 = app.fal.submits.at(-1) as any;
    const w = await hp["provider-webhook"](
      await app.fal.webhook(s2.webhook.replace("provider=fal", "provider=pika"), { id: s2.id }),
    );
    out("mismatched provider", w.status, await w.text());
    const other = crypto.randomUUID();
    const w4 = await hp["provider-webhook"](
      await app.fal.webhook(s2.webhook.replace(String(b2.job_id), other), { id: s2.id }),
    );
    out("unknown job", w4.status, await w4.text());
    const w5 = await hp["provider-webhook"](
      await app.fal.webhook(s2.webhook.replace(String(b2.job_id), String(body.job_id)), { id: s2.id }),
    );
    out("other job", w5.status, await w5.text());
  });
  it("what a user sees by PostgREST", async () => {
    app.fal.refusal = () =>
      HttpResponse.json({ detail: "SECRET provider words: account acme balance exhausted" }, { status: 403 });
    const r = await app.generate();
    out("refused", r.status, r.body);
    const c = createClient(app.stack.url, app.stack.publishableKey, {
      ...noS,
      global: { headers: { authorization: `Bearer ${app.user.accessToken}` } },
    });
    const q = await c.from("video_jobs").select("*");
    out("video_jobs", q.error ?? Object.entries((q.data as any)[0] ?? {}).filter(([, v]) => v !== null));
    for (const t of ["users", "models", "quota_log", "idempotency_log", "error_log", "rate_limit_log"]) {
      const q = await c.from(t).select("*").limit(1);
      out("table", t, q.error?.code ?? Object.keys((q.data as any)[0] ?? {}));
    }
    const u = await c
      .from("users")
      .update({ is_guest: true, credits_remaining: 999 } as any)
      .eq("id", app.user.id)
      .select();
    out("update users", u.error?.message ?? u.data);
  });
  it("cors", async () => {
    const h = app.make({ origin: ["https://a.example"] });
    const m = await app.send("get-models", { as: null, headers: { origin: "https://a.example" }, with: h });
    const m304 = await app.send("get-models", {
      as: null,
      headers: { origin: "https://a.example", "if-none-match": m.headers.get("etag")! },
      with: h,
    });
    for (const [n, r] of [
      ["200", m],
      ["304", m304],
      [
        "405",
        await app.send("get-models", { method: "PUT", headers: { origin: "https://a.example" }, with: h }),
      ],
      ["HEAD", await app.send("get-models", { method: "HEAD", with: h })],
      [
        "401",
        await app.send("generate-video", { as: null, headers: { origin: "https://a.example" }, with: h }),
      ],
      ["evil", await app.send("get-models", { headers: { origin: "https://evil.example" }, with: h })],
      [
        "OPTIONS",
        await app.send("delete-video-job", {
          method: "OPTIONS",
          headers: { origin: "https://a.example", "access-control-request-method": "DELETE" },
          with: h,
        }),
      ],
    ] as any)
      out(
        "cors",
        n,
        r.status,
        [...r.headers]
          .filter(([k]: any) => /access|vary|cache|etag|allow|x-req/.test(k))
          .map(([k, v]: any) => `${k}=${v}`),
      );
    app.stack.faults;
  });
});
