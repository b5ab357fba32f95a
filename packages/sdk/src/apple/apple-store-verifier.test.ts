import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createAppleStoreVerifier } from "./apple-store-verifier.ts";
import { type AppStore, base64, makeSigner, marks, openAppStore, signPurchase } from "./testing/app-store.ts";

const day = 86_400_000;
const userId = "7D3C1A52-94A0-4B6E-8F0E-1D2C3B4A5968";
let store: AppStore;

beforeAll(async () => {
  store = await openAppStore();
});

const verifier = (more: object = {}, from: AppStore = store) =>
  createAppleStoreVerifier({
    ...{ bundleId: "com.example.app", rootCertificates: [base64(from.root.certificate)], ...more },
  });
const refused = (fault: string) => ({ code: "ERR_4008", details: { field: "transaction", fault } });
const unsigned = refused("was not signed by the App Store");

describe("createAppleStoreVerifier", () => {
  it("reads a purchase that the App Store signed", async () => {
    const signed = await signPurchase(store, { appAccountToken: userId, quantity: 2 });
    expect(await verifier().verify(signed)).toEqual({
      ...{ store: "apple", transactionId: "2000000123456789", productId: "credits.50" },
      ...{ quantity: 2, revoked: false, userId: userId.toLowerCase() },
    });
    expect(await verifier().verify(await signPurchase(store))).toMatchObject({ userId: null, quantity: 1 });
    const revoked = await signPurchase(store, { revocationDate: Date.now() });
    expect(await verifier().verify(revoked)).toMatchObject({ revoked: true });
  });

  it("is tested with certificates that Node takes for what they are", () => {
    const [root, intermediate, leaf] = [store.root, store.intermediate, store.leaf].map(
      ({ certificate }) => new X509Certificate(certificate),
    );
    expect(root?.ca && intermediate?.ca && !leaf?.ca).toBe(true);
    expect(root && intermediate?.verify(root.publicKey)).toBe(true);
    expect(intermediate && leaf?.verify(intermediate.publicKey)).toBe(true);
  });

  it("takes the root in PEM as well", async () => {
    const lines = base64(store.root.certificate).replaceAll(/.{64}/g, "$&\n");
    const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    const signed = await signPurchase(store);
    await expect(verifier({ rootCertificates: [pem] }).verify(signed)).resolves.toBeTruthy();
  });

  it.each<[string, () => Promise<AppStore>]>([
    ["of another root, all else being right", () => openAppStore()],
    ["of an intermediate that no root signed", async () => ({ ...(await openAppStore()), root: store.root })],
    [
      "of a leaf that the intermediate did not sign",
      async () => ({ ...store, leaf: (await openAppStore()).leaf }),
    ],
    ["of a leaf that cannot sign purchases", () => openAppStoreUnder({ leaf: { extensions: [] } })],
    ["of an intermediate for something else", () => openAppStoreUnder({ intermediate: { extensions: [] } })],
    [
      "of an intermediate that may sign nobody",
      () => openAppStoreUnder({ intermediate: { authority: false } }),
    ],
    ["of a leaf that had expired when it signed", () => openAppStoreUnder({ leaf: { until: -day } })],
    ["of a leaf that was not valid yet", () => openAppStoreUnder({ leaf: { from: day } })],
    ["of an intermediate that had expired", () => openAppStoreUnder({ intermediate: { until: -day } })],
    [
      "of a leaf that names another issuer",
      async () => {
        const by = { ...store.intermediate, name: "Somebody" };
        const leaf = await makeSigner({ name: "Other", curve: "P-256", by, extensions: [marks.leaf] });
        return { ...store, leaf };
      },
    ],
    [
      "of a leaf that another leaf signed",
      async () => {
        const by = store.leaf;
        const leaf = await makeSigner({ name: "Forged", curve: "P-256", by, extensions: [marks.leaf] });
        return { root: store.root, intermediate: by, leaf };
      },
    ],
  ])("refuses one %s", async (_, open) => {
    const signed = await signPurchase(await open());
    await expect(verifier().verify(signed)).rejects.toMatchObject(unsigned);
  });

  it.each<[string, () => Promise<string>]>([
    ["text", async () => "receipt"],
    ["nothing", async () => ""],
    ["cut", async () => (await signPurchase(store)).slice(0, -10)],
    ["changed", async () => (await signPurchase(store)).replace(/\.[^.]+\./, (body) => changed(body))],
    [
      "unsigned",
      async () => `${(await signPurchase(store, {}, { alg: "none" })).split(".").slice(0, 2).join(".")}.`,
    ],
    ["signed in another way", () => signPurchase(store, {}, { alg: "HS256" })],
    ["without certificates", () => signPurchase(store, {}, { x5c: undefined })],
    ["with one certificate", () => signPurchase(store, {}, { x5c: [base64(store.leaf.certificate)] })],
    ["with certificates that are none", () => signPurchase(store, {}, { x5c: ["AA==", "MAA=", "?"] })],
    ["with certificates that are numbers", () => signPurchase(store, {}, { x5c: [1, 2, 3] })],
    ["of the future", () => signPurchase(store, { signedDate: Date.now() + day })],
    ["of no time", () => signPurchase(store, { signedDate: undefined })],
    ["100 kB long", async () => "e30.".repeat(25_000)],
  ])("refuses what is %s", async (_, make) => {
    await expect(verifier().verify(await make())).rejects.toMatchObject(unsigned);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another app's", { bundleId: "com.example.other" }, "is of another app"],
    [
      "made in the sandbox",
      { environment: "Sandbox" },
      "was made in an environment that does not count here",
    ],
    ["made in Xcode", { environment: "Xcode" }, "was made in an environment that does not count here"],
    [
      "a subscription",
      { type: "Auto-Renewable Subscription" },
      "is of a kind of product that gives no credits",
    ],
    [
      "bought once for all installations",
      { type: "Non-Consumable" },
      "is of a kind of product that gives no credits",
    ],
    ["of no kind", { type: undefined }, "is no purchase"],
    ["a relative's", { inAppOwnershipType: "FAMILY_SHARED" }, "was paid by somebody else"],
    ["none", { transactionId: undefined }, "is no purchase"],
    ["of a quantity of 0", { quantity: 0 }, "is no purchase"],
    ["of a quantity below 0", { quantity: -5 }, "is no purchase"],
  ])("refuses one that is %s, though it is signed", async (_, claims, fault) => {
    await expect(verifier().verify(await signPurchase(store, claims))).rejects.toMatchObject(refused(fault));
  });

  it("takes one of the sandbox where that was said", async () => {
    const signed = await signPurchase(store, { environment: "Sandbox" });
    const sandbox = verifier({ environments: ["Production", "Sandbox"] });
    expect(await sandbox.verify(signed)).toMatchObject({ productId: "credits.50" });
  });

  it.each<[string, object]>([
    ["bundleId", { bundleId: "" }],
    ["rootCertificates", { rootCertificates: [] }],
    ["rootCertificates", { rootCertificates: [""] }],
    ["rootCertificates", { rootCertificates: ["?"] }],
    ["rootCertificates", { rootCertificates: ["AAAA"] }],
  ])("complains of a malformed %s when it is made", (field, more) => {
    expect(() => verifier(more)).toThrow(expect.objectContaining({ code: "ERR_4008", field }));
  });
});

/** Another store under the root that is trusted. */
async function openAppStoreUnder(change: Parameters<typeof openAppStore>[0] = {}): Promise<AppStore> {
  const intermediate = await makeSigner({
    ...{ name: "Other relations", by: store.root, authority: true, extensions: [marks.intermediate] },
    ...change.intermediate,
  });
  const leaf = await makeSigner({
    ...{ name: "Other signing", curve: "P-256", by: intermediate, extensions: [marks.leaf] },
    ...change.leaf,
  });
  return { root: store.root, intermediate, leaf };
}

function changed(body: string): string {
  const claims = JSON.parse(atob(body.slice(1, -1).replaceAll("-", "+").replaceAll("_", "/"))) as object;
  return `.${btoa(JSON.stringify({ ...claims, quantity: 100 })).replaceAll("=", "")}.`;
}
