import { createClient } from "@supabase/supabase-js";
import { describe, expect, it } from "vitest";
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
  const b = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${b}\n-----END PRIVATE KEY-----`;
}

describe("probe", () => {
  it("apple race: one device, many ids", async () => {
    let bit0 = false,
      updates = 0;
    const fetch = async (input: any, init: any) => {
      await new Promise((r) => setTimeout(r, 30));
      const url = String(input instanceof Request ? input.url : input);
      if (url.endsWith("query_two_bits")) return Response.json({ bit0, bit1: false });
      updates++;
      await new Promise((r) => setTimeout(r, 30));
      bit0 = true;
      return new Response("");
    };
    const attestation = createAppleDeviceCheck({
      teamId: "SE9N6X5V7C",
      keyId: "GG8TWG834Q",
      privateKey: await pem(),
      fetch: fetch as any,
    });
    const h = app.make({ attestation });
    const guests = await Promise.all(Array.from({ length: 8 }, () => app.createGuest()));
    const r = await Promise.all(
      guests.map((g, i) =>
        app.send("device-check", {
          as: g,
          with: h,
          body: { device_id: `dev-${crypto.randomUUID()}`, attestation: "AAAA" },
        }),
      ),
    );
    out(
      "RACE",
      r.map((x) => [x.status, x.body.granted, x.body.credits_granted]),
      { updates },
    );
    // banned user burns the bit
    bit0 = false;
    const g = await app.createGuest();
    await app.send("device-check", { as: g, body: { device_id: crypto.randomUUID() } });
    updates = 0;
    const again = await app.send("device-check", {
      as: g,
      with: h,
      body: { device_id: crypto.randomUUID(), attestation: "AAAA" },
    });
    out("already granted user on new device", again.status, again.body.grant_refused, { updates, bit0 });
    // bad device id: claimed before refused?
    bit0 = false;
    updates = 0;
    const g2 = await app.createGuest();
    const bad = await app.send("device-check", {
      as: g2,
      with: h,
      body: { device_id: "iPhone of Ayşe (1)", attestation: "AAAA" },
    });
    out("device_id with spaces", bad.status, bad.body, { updates, bit0 });
    const retry = await app.send("device-check", {
      as: g2,
      with: h,
      body: { device_id: "ok-id-1", attestation: "AAAA" },
    });
    out("  after that a good id", retry.status, retry.body.granted, retry.body.grant_refused);
    // language bad
  });

  it("device-check bad language / stale claims", async () => {
    const g = await app.createGuest();
    for (const language of ["xx", "tr-TR", "", "__proto__"]) {
      const r = await app.send("device-check", { as: g, body: { device_id: crypto.randomUUID(), language } });
      out("lang", language, r.status, (r.body as any).user?.language, r.body.error);
    }
  });

  it("purchases after hand over etc", async () => {
    let purchase: any = {};
    const h = app.make({
      purchases: { verifier: { verify: async () => purchase }, products: { p: 5, __proto__: 3 } as any },
    });
    const buy = (as: any, p: any) => {
      purchase = { store: "apple", productId: "p", quantity: 1, revoked: false, userId: null, ...p };
      return app.send("purchase-credits", { as, with: h, body: { transaction: "x" } });
    };
    const a = await app.createUser({ credits: 1 });
    const b = await app.createUser({ credits: 1 });
    const t = crypto.randomUUID();
    for (const [who, p] of [
      [a, {}],
      [a, {}],
      [b, {}],
      [a, { quantity: 2 }],
    ] as any) {
      const r = await buy(who, { transactionId: t, ...p });
      out("buy", r.status, r.body);
    }
    const r2 = await buy(a, { transactionId: "t2" + t, userId: b.id });
    out("other's", r2.status, r2.body);
    const r3 = await buy(a, { transactionId: "t3" + t, productId: "constructor" });
    out("constructor", r3.status, r3.body);
    const r4 = await buy(a, { transactionId: "t4" + t, productId: "nope" });
    out("unknown product", r4.status, r4.body);
    const guest = await app.createGuest();
    await app.send("device-check", { as: guest, body: { device_id: crypto.randomUUID() } });
    const r5 = await buy(guest, { transactionId: "t5" + t });
    out("guest buys", r5.status, r5.body);
    const ho = await app.send("hand-over-guest", { as: a, body: { guest_token: guest.accessToken } });
    out("handover", ho.status, ho.body);
    const r6 = await buy(a, { transactionId: "t5" + t });
    out("account re-sends", r6.status, r6.body);
    const r7 = await buy(guest, { transactionId: "t7" + t });
    out("closed guest buys", r7.status, r7.body, "account:", await app.books(a));
    const gen = await app.generate({}, { as: guest });
    out("closed guest generates", gen.status, gen.body);
    const me = await app.send("get-user-profile", { as: guest });
    out("closed guest profile", me.status, me.body);
    const dc = await app.send("device-check", { as: guest, body: { device_id: crypto.randomUUID() } });
    out("closed guest device-check", dc.status, dc.body);
  });

  it("tokens: cost at Auth", async () => {
    let calls: string[] = [];
    const f = (i: any, n: any) => {
      calls.push(String(i.url ?? i).replace(app.stack.url, ""));
      return fetch(i, n);
    };
    const auth = createClient(app.stack.url, app.stack.publishableKey, {
      ...noS,
      global: { fetch: f as any },
    }).auth;
    const h = app.make({ auth });
    const b64 = (o: any) => Buffer.from(typeof o === "string" ? o : JSON.stringify(o)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const tok = (head: any, claims: any, sig = "AAAA") => `${b64(head)}.${b64(claims)}.${sig}`;
    const good = { sub: app.user.id, exp: now + 999, iat: now, role: "authenticated", aud: "authenticated" };
    const cases: Record<string, string> = {
      good: app.user.accessToken,
      good2: app.user.accessToken,
      none: tok({ alg: "none" }, good, ""),
      es_nokid: tok({ alg: "ES256" }, good),
      es_kid1: tok({ alg: "ES256", kid: "k1" }, good),
      es_kid2: tok({ alg: "ES256", kid: "k2" }, good),
      hs: tok({ alg: "HS256" }, good),
      hs_expired: tok({ alg: "HS256" }, { ...good, exp: now - 10 }),
      hs_noexp: tok({ alg: "HS256" }, { sub: app.user.id }),
      anon: app.stack.publishableKey,
      secret: app.stack.secretKey,
      legacyanon: (app.stack as any).anonKey ?? "-",
      tampered: app.user.accessToken.slice(0, -6) + "AAAAAA",
      realkid_wrongalg: (() => {
        const [h0, c] = app.user.accessToken.split(".");
        const hh = JSON.parse(Buffer.from(h0!, "base64url").toString());
        return tok({ ...hh, alg: hh.alg === "ES256" ? "RS256" : "ES256" }, good);
      })(),
      twice: `${app.user.accessToken} ${app.user.accessToken}`,
    };
    for (const [n, token] of Object.entries(cases)) {
      calls = [];
      const r = await app.send("get-user-credits", { as: token, with: h });
      out("tok", n, r.status, r.body.error?.code ?? "ok", calls);
    }
    calls = [];
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        app.send("get-user-credits", { as: tok({ alg: "ES256", kid: "f" + i }, good), with: h }),
      ),
    );
    out("flood of 50 unknown kids:", calls.length, [...new Set(calls)]);
    calls = [];
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        app.send("get-user-credits", { as: tok({ alg: "HS256" }, good), with: h }),
      ),
    );
    out("flood of 50 HS256:", calls.length, [...new Set(calls)]);
    out(
      "header of a real token",
      JSON.parse(Buffer.from(app.user.accessToken.split(".")[0]!, "base64url").toString()),
    );
  });

  it("db requests per endpoint", async () => {
    let calls: string[] = [];
    const f = (i: any, n: any) => {
      calls.push(
        String(i.url ?? i)
          .replace(app.stack.url, "")
          .slice(0, 60),
      );
      return fetch(i, n);
    };
    const db = createClient(app.stack.url, app.stack.secretKey, { ...noS, global: { fetch: f as any } });
    const h = app.make({ db });
    const count = async (n: string, p: () => Promise<any>) => {
      calls = [];
      const r = await p();
      await new Promise((q) => setTimeout(q, 150));
      out("req", n, r.status, calls.length, calls);
      return r;
    };
    const key = crypto.randomUUID();
    const g = await count("generate", () => app.generate({}, { key, with: h }));
    await count("replay", () => app.generate({}, { key, with: h }));
    await count("replay quoted upper", () => app.generate({}, { key: `"${key.toUpperCase()}"`, with: h }));
    await count("reused", () => app.generate({ prompt: "other" }, { key, with: h }));
    await count("status", () => app.send("get-video-status", { query: { job_id: g.body.job_id }, with: h }));
    await count("status2", () => app.send("get-video-status", { query: { job_id: g.body.job_id }, with: h }));
    await count("jobs", () => app.send("get-video-jobs", { with: h }));
    await count("credits", () => app.send("get-user-credits", { with: h }));
    await count("models", () => app.send("get-models", { with: h }));
    await count("profile", () => app.send("get-user-profile", { with: h }));
    await count("bad body", () => app.send("generate-video", { body: "{", with: h }));
    await count("bad token", () => app.send("get-user-credits", { as: "a.b.c", with: h }));
    await count("device-check", () =>
      app.send("device-check", { body: { device_id: crypto.randomUUID() }, with: h }),
    );
  });
});
