import { createAppleStoreVerifier } from "@vidops/sdk/apple";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppStore, base64, openAppStore, signPurchase } from "../apple/testing/app-store.ts";
import type { Handlers } from "./index.ts";
import { type Account, type Answer, untouched, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
let store: AppStore;
let handlers: Handlers;
let transactionId = 1_000;

beforeAll(async () => {
  store = await openAppStore();
});
beforeEach(() => {
  transactionId += 1;
  const verifier = createAppleStoreVerifier({
    ...{ bundleId: "com.example.app", rootCertificates: [base64(store.root.certificate)] },
  });
  handlers = app.make({ purchases: { verifier, products: { "credits.50": 50 } } });
});

const bought = (claims: Record<string, unknown> = {}): Promise<string> =>
  signPurchase(store, { transactionId: String(transactionId), ...claims });
const purchase = (transaction: unknown, as: Account = app.user): Promise<Answer> =>
  app.send("purchase-credits", { as, body: { transaction }, with: handlers });

describe("purchase-credits", () => {
  it("gives the credits of the product, and writes the store's transaction into the ledger", async () => {
    const { status, body } = await purchase(await bought({ appAccountToken: app.user.id }));
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{ transaction_id: String(transactionId), product_id: "credits.50" },
        ...{ credits_added: 50, credits_remaining: 60, replayed: false },
      },
    });
    const [row] = await app.stack.sql`
      select change, reason, transaction_id from public.quota_log where user_id = ${app.user.id} order by id desc limit 1`;
    expect(row).toEqual({ change: 50, reason: "purchase", transaction_id: `apple:${transactionId}` });
  });

  it("gives what several of the product give together", async () => {
    expect(await purchase(await bought({ quantity: 3 }))).toMatchObject({ body: { credits_added: 150 } });
  });

  it("gives the credits of a transaction once, however often and however fast it is sent", async () => {
    const transaction = await bought();
    const answers = await Promise.all(Array.from({ length: 20 }, () => purchase(transaction)));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(answers.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    const again = await purchase(transaction);
    expect(again).toMatchObject({ body: { credits_added: 50, credits_remaining: 60, replayed: true } });
    expect(again.headers.get("x-idempotent-replay")).toBe("true");
    expect(await app.books()).toEqual({ balance: 60, ledger: 2, jobs: 0 });
  });

  it("gives nobody else what was bought: neither what names another user, nor what another user has had", async () => {
    const thief = await app.createUser({ credits: 10 });
    expect(await purchase(await bought({ appAccountToken: app.user.id }), thief)).toMatchObject({
      ...{ status: 409, body: { error: { code: "ERR_4009" } } },
    });
    const open = await bought();
    await purchase(open);
    expect(await purchase(open, thief)).toMatchObject({ status: 422, body: { error: { code: "ERR_4010" } } });
    expect(await app.books(thief)).toEqual(untouched);
  });

  it("gives an account what was bought as the guest who it was", async () => {
    const guest = await app.createGuest();
    await app.send("device-check", { as: guest, body: { device_id: crypto.randomUUID() } });
    await app.send("hand-over-guest", { body: { guest_token: guest.accessToken } });
    const transaction = await bought({ appAccountToken: guest.id });
    expect(await purchase(transaction)).toMatchObject({ status: 200, body: { credits_remaining: 70 } });
    expect(await purchase(transaction)).toMatchObject({ body: { credits_remaining: 70, replayed: true } });
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ["that was refunded", { revocationDate: 1 }, 409, "ERR_4009"],
    ["of another app", { bundleId: "com.example.other" }, 400, "ERR_4008"],
    ["of the sandbox, which cost nothing", { environment: "Sandbox" }, 400, "ERR_4008"],
    ["of a product that nobody told of", { productId: "credits.500" }, 500, "ERR_6003"],
    ["of a product named as what every object has", { productId: "constructor" }, 500, "ERR_6003"],
  ])("gives nothing for one %s", async (_, claims, status, code) => {
    expect(await purchase(await bought(claims))).toMatchObject({ status, body: { error: { code } } });
    expect(await app.books()).toEqual(untouched);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["an empty text", ""],
    ["a number", 42],
    ["a made-up receipt", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"],
    ["200 kB", "x".repeat(200_000)],
  ])("refuses %s and names the field", async (_, transaction) => {
    expect(await purchase(transaction)).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field: "transaction" } } } },
    });
    expect(await app.books()).toEqual(untouched);
  });

  it("answers 404 where nothing is sold", async () => {
    const body = { transaction: await bought() };
    expect(await app.send("purchase-credits", { body })).toMatchObject({ status: 404 });
  });
});
