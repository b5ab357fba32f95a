import { beforeEach, describe, expect, it } from "vitest";
import {
  type Arrived,
  clientOf,
  fakeProject,
  lost,
  type Route,
  refusal,
  token,
  user,
  virtualClock,
} from "./testing/fake-project.ts";

const order = { modelId: "m1", prompt: "a fox" };
const credits = (remaining: number): Response =>
  Response.json({ credits_remaining: remaining, credits_total: 10 });
const started = (remaining: number, headers = {}): Response =>
  Response.json(
    { job_id: "j1", status: "processing", credits_used: 4, credits_remaining: remaining },
    { status: 202, headers },
  );

/** Answers requests when the test says so. */
function held(): { route: Route; answer: (at: number, response: Response) => void; asked: Arrived[] } {
  const asked: Arrived[] = [];
  const answers: ((response: Response) => void)[] = [];
  return {
    asked,
    route: (request) => {
      asked.push(request);
      return new Promise((resolve) => answers.push(resolve));
    },
    answer: (at, response) => answers[at]?.(response),
  };
}
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

let balance: number;
let time: ReturnType<typeof virtualClock>;
beforeEach(() => {
  balance = 10;
  time = virtualClock();
});
const read: Route = () => credits(balance);
const make = (routes: Record<string, Route>) => {
  const project = fakeProject({ "get-user-credits": read, ...routes });
  return { project, vidops: clientOf(project, { clock: time.clock }) };
};
const remaining = async (vidops: ReturnType<typeof make>["vidops"]): Promise<number> =>
  (await vidops.credits.balance()).creditsRemaining;

describe("the balance", () => {
  it("is asked for once by all who want it at the same time, and kept for five seconds", async () => {
    const { project, vidops } = make({});
    const all = await Promise.all(Array.from({ length: 10 }, () => vidops.credits.balance()));
    expect(new Set(all.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['{"creditsRemaining":10,"creditsTotal":10}']),
    );
    time.pass(4_999);
    await vidops.credits.balance();
    expect(project.arrived).toHaveLength(1);
    time.pass(1);
    await vidops.credits.balance();
    expect(project.arrived).toHaveLength(2);
  });

  it("is as fresh as the app wants it", async () => {
    const { project, vidops } = make({});
    await vidops.credits.balance();
    await vidops.credits.balance({ maxAge: 0 });
    time.pass(60_000);
    await vidops.credits.balance({ maxAge: 120_000 });
    expect(project.arrived).toHaveLength(2);
  });

  it("is not kept when it could not be read", async () => {
    const { project, vidops } = make({
      "get-user-credits": ({ count }) => (count <= 4 ? lost() : credits(7)),
    });
    await expect(vidops.credits.balance()).rejects.toMatchObject({ code: "ERR_6005" });
    expect(await remaining(vidops)).toBe(7);
    expect(project.arrived).toHaveLength(5);
  });

  it("is one user's: the next one does not see it", async () => {
    const { project, vidops } = make({});
    await vidops.credits.balance();
    await vidops.session.adopt({ accessToken: token({ sub: "another" }) });
    balance = 3;
    expect(await remaining(vidops)).toBe(3);
    expect(project.arrived).toHaveLength(2);
  });

  it("is read on for those who wait while one of them goes, and no longer when all have gone", async () => {
    const reads = held();
    const { vidops } = make({ "get-user-credits": reads.route });
    const [one, other] = [new AbortController(), new AbortController()];
    const gone = vidops.credits.balance({ signal: one.signal });
    const goesLater = vidops.credits.balance({ signal: other.signal });
    await turns();
    one.abort(new Error("first"));
    await expect(gone).rejects.toThrow("first");
    expect(reads.asked[0]?.signal?.aborted).toBe(false);
    other.abort(new Error("second"));
    await expect(goesLater).rejects.toThrow("second");
    expect(reads.asked[0]?.signal?.aborted).toBe(true);
    const again = vidops.credits.balance();
    await turns();
    reads.answer(1, credits(7));
    expect((await again).creditsRemaining).toBe(7);
  });

  it("is read again when the device's clock was set back", async () => {
    const { vidops } = make({});
    await vidops.credits.balance();
    balance = 3;
    time.pass(-60_000);
    expect(await remaining(vidops)).toBe(3);
  });
});

describe("after an order, the balance", () => {
  it("is the one that the order was answered with", async () => {
    const { project, vidops } = make({ "generate-video": () => started(6) });
    await vidops.credits.balance();
    await vidops.videos.generate(order);
    expect(await vidops.credits.balance()).toEqual({ creditsRemaining: 6, creditsTotal: 10 });
    expect(project.at("get-user-credits")).toHaveLength(1);
  });

  it("is not what a read found that began before", async () => {
    const reads = held();
    const { vidops } = make({ "get-user-credits": reads.route, "generate-video": () => started(6) });
    const before = vidops.credits.balance();
    await turns();
    await vidops.videos.generate(order);
    const after = vidops.credits.balance();
    await turns();
    reads.answer(0, credits(10));
    reads.answer(1, credits(6));
    expect((await after).creditsRemaining).toBe(6);
    await before;
    expect(await remaining(vidops)).toBe(6);
    expect(reads.asked).toHaveLength(2);
  });

  it("is not what a read found that came back after it, where a newer one is known", async () => {
    const reads = held();
    const { vidops } = make({ "get-user-credits": reads.route, "generate-video": () => started(6) });
    const known = vidops.credits.balance();
    await turns();
    reads.answer(0, credits(10));
    await known;
    const slow = vidops.credits.balance({ maxAge: 0 });
    await turns();
    await vidops.videos.generate(order);
    reads.answer(1, credits(10));
    expect((await slow).creditsRemaining).toBe(6);
    expect(await remaining(vidops)).toBe(6);
    expect(reads.asked).toHaveLength(2);
  });

  it("is read again when two orders were under way at once: their answers may come in any order", async () => {
    const orders = held();
    const { project, vidops } = make({ "generate-video": orders.route });
    await vidops.credits.balance();
    const both = [vidops.videos.generate(order), vidops.videos.generate(order)];
    await turns();
    orders.answer(1, started(2));
    await turns();
    orders.answer(0, started(6));
    await Promise.all(both);
    balance = 2;
    expect(await remaining(vidops)).toBe(2);
    expect(project.at("get-user-credits")).toHaveLength(2);
  });

  it("is read again when the order was a repeated one, whose answer is an old one", async () => {
    const { vidops } = make({ "generate-video": () => started(6, { "x-idempotent-replay": "true" }) });
    await vidops.credits.balance();
    await expect(vidops.videos.generate(order)).resolves.toMatchObject({
      replayed: true,
      creditsRemaining: 6,
    });
    balance = 2;
    expect(await remaining(vidops)).toBe(2);
  });

  it.each([
    ["refused", () => refusal(502, "ERR_5003")],
    ["lost", lost],
  ])("is read again when the order was %s", async (_, answer) => {
    const { project, vidops } = make({ "generate-video": answer });
    await vidops.credits.balance();
    await expect(vidops.videos.generate(order)).rejects.toThrow();
    await vidops.credits.balance();
    expect(project.at("get-user-credits")).toHaveLength(2);
  });

  it("is read again when the video was not made, since its credits come back", async () => {
    const failed = {
      job_id: "j1",
      status: "failed",
      credits_refunded: 4,
      error: { code: "ERR_5003", message: "No." },
    };
    const { project, vidops } = make({
      "generate-video": () => started(6),
      "get-video-status": () => Response.json({ job: failed, poll_after: null }),
    });
    await vidops.credits.balance();
    await vidops.videos.generate(order);
    await vidops.videos.get("j1");
    expect(await remaining(vidops)).toBe(10);
    expect(project.at("get-user-credits")).toHaveLength(2);
  });

  it("is read again when credits were bought, which is sent until it is answered", async () => {
    const bought = {
      transaction_id: "t1",
      product_id: "p1",
      credits_added: 50,
      credits_remaining: 60,
      replayed: false,
    };
    const { project, vidops } = make({
      "purchase-credits": ({ count }) => (count === 1 ? lost() : Response.json(bought)),
    });
    await vidops.credits.balance();
    expect(await vidops.credits.purchase("signed by the store")).toEqual({
      ...{ transactionId: "t1", productId: "p1", creditsAdded: 50, creditsRemaining: 60, replayed: false },
    });
    expect(project.at("purchase-credits")[1]?.body).toEqual({ transaction: "signed by the store" });
    balance = 60;
    expect(await remaining(vidops)).toBe(60);
  });

  it("is known from the start, which tells the whole profile", async () => {
    const profile = { id: user, is_guest: true, credits_remaining: 10, credits_total: 10 };
    const { project, vidops } = make({
      "device-check": () =>
        Response.json({ user: profile, granted: true, credits_granted: 10, grant_refused: null }),
    });
    await vidops.guest.start({ deviceId: "d1" });
    expect(await vidops.credits.balance()).toEqual({ creditsRemaining: 10, creditsTotal: 10 });
    expect(project.at("get-user-credits")).toEqual([]);
  });
});
