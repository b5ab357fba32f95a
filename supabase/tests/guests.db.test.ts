import { describe, expect, it } from "vitest";
import { type Answer, useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { rpc, start, job, user, books, isProven } = project;

const onboard = (id: string, device: string, more: Answer = {}): Promise<Answer> =>
  rpc("onboard_guest", { p_user_id: id, p_device_id: device, p_grant: 10, ...more });
const guest = async (): Promise<string> => {
  const id = crypto.randomUUID();
  await onboard(id, `device-${id}`);
  return id;
};
const handOver = (guestId: string, userId: string): Promise<Answer> =>
  rpc("hand_over_guest", { p_guest_id: guestId, p_user_id: userId });

describe("onboard_guest", () => {
  it("makes a profile and grants once, however often it is asked", async () => {
    const id = crypto.randomUUID();
    const first = await onboard(id, "phone-1", { p_language: "tr" });
    expect(first).toMatchObject({ created: true, granted: true, credits_granted: 10, grant_refused: null });
    expect(first.user).toMatchObject({
      id,
      is_guest: true,
      language: "tr",
      credits_remaining: 10,
      tier: "free",
    });
    const again = await Promise.all(Array.from({ length: 5 }, () => onboard(id, "phone-1")));
    for (const answer of again)
      expect(answer).toMatchObject({ created: false, granted: false, grant_refused: "already_granted" });
    // Another device of the same user is no second grant.
    expect(await onboard(id, "phone-2")).toMatchObject({ granted: false, grant_refused: "already_granted" });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [10] });
  });

  it("grants one of ten that come from one device at once", async () => {
    const ids = Array.from({ length: 10 }, () => crypto.randomUUID());
    const answers = await Promise.all(ids.map((id) => onboard(id, "shared-phone")));
    expect(answers.filter((answer) => answer.granted === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer.grant_refused === "device_seen_before")).toHaveLength(9);
    const [row] = await project.stack
      .sql`select sum(credits_remaining)::int as credits, count(device_id)::int as devices from public.users where id = any(${ids})`;
    expect(row).toEqual({ credits: 10, devices: 1 });
  });

  it("remembers a device whose profile is gone, and one that had its grant before there was a ledger", async () => {
    const { sql } = project.stack;
    const first = crypto.randomUUID();
    await onboard(first, "old-phone");
    await sql`update public.users set device_id = null where id = ${first}`;
    expect(await onboard(crypto.randomUUID(), "old-phone")).toMatchObject({
      grant_refused: "device_seen_before",
    });
    await sql`insert into public.users (device_id, initial_grant_claimed) values ('ADOPTED-PHONE', true)`;
    expect(await onboard(crypto.randomUUID(), "adopted-phone")).toMatchObject({
      grant_refused: "device_seen_before",
    });
  });

  it("knows a device however its id is written", async () => {
    const ids = ["Phone-X", "phone-x", " PHONE-X ", "ｐｈｏｎｅ-x"];
    const answers: Answer[] = [];
    for (const device of ids) answers.push(await onboard(crypto.randomUUID(), device));
    expect(answers.map((answer) => answer.granted)).toEqual([true, false, false, false]);
  });

  it("turns a guest who linked an account into a user, and never back", async () => {
    const id = await guest();
    const linked = await onboard(id, "x", { p_is_guest: false, p_email: "ada@example.com" });
    expect(linked.user).toMatchObject({ is_guest: false, email: "ada@example.com" });
    expect((await onboard(id, "x")).user).toMatchObject({ is_guest: false, email: "ada@example.com" });
  });

  it("grants nothing to who is banned, and nothing when nothing is given", async () => {
    const id = crypto.randomUUID();
    expect(await onboard(id, "d-9", { p_grant: 0 })).toMatchObject({
      granted: false,
      grant_refused: "no_grant",
    });
    await project.stack.sql`update public.users set banned_at = now() where id = ${id}`;
    expect(await onboard(id, "d-9")).toMatchObject({ error: "account_banned", code: "ERR_4012" });
    expect(await books(id)).toMatchObject({ balance: 0, ledger: [] });
  });

  it.each([
    [{ p_device_id: " " }],
    [{ p_device_id: "x".repeat(201) }],
    [{ p_device_id: "a\u200bb" }],
    [{ p_device_id: "\u0065\u0301" }],
    [{ p_grant: -1 }],
    [{ p_grant: 100_001 }],
    [{ p_language: "de" }],
    [{ p_user_id: null }],
  ])("refuses %j", async (bad) => {
    expect(await onboard(crypto.randomUUID(), "d", bad)).toMatchObject({ code: "22023" });
  });
});

describe("hand_over_guest", () => {
  it("moves credits, jobs and keys once, and closes the guest", async () => {
    const [id, account] = [await guest(), await user(5)];
    const key = crypto.randomUUID();
    const one = await job(id, { p_idempotency_key: key });
    const answers = await Promise.all(Array.from({ length: 5 }, () => handOver(id, account)));
    expect(answers.filter((answer) => answer.replayed === false)).toMatchObject([
      { success: true, credits_moved: 6, jobs_moved: 1, credits_remaining: 11 },
    ]);
    expect(answers.filter((answer) => answer.replayed === true)).toHaveLength(4);
    expect(await books(id)).toEqual({ balance: 0, jobs: 0, ledger: [10, -4, -6], keys: 0 });
    expect(await books(account)).toEqual({ balance: 11, jobs: 1, ledger: [6], keys: 1 });
    // The request that the guest had begun is still the same one.
    expect(await start(account, { p_idempotency_key: key })).toMatchObject({
      error: "request_in_flight",
      job_id: one,
    });
    expect(await start(id)).toMatchObject({ error: "account_handed_over" });
    expect(await onboard(id, "any")).toMatchObject({ error: "account_handed_over" });
    // What fails later is given back to who has the job now.
    expect(await rpc("fail_generation", { p_job_id: one, p_code: "ERR_5003", p_reason: "x" })).toMatchObject({
      user_id: account,
      credits_remaining: 15,
    });
    expect(await isProven()).toBe(true);
  });

  it("books what comes later for the closed guest where the rest went, and takes nothing there", async () => {
    const { sql } = project.stack;
    const [id, account] = [await guest(), await user(0)];
    const purchase = { p_user_id: id, p_amount: 50, p_reason: "purchase", p_transaction_id: `store-${id}` };
    await rpc("add_credits", purchase);
    await handOver(id, account);
    // A store that tells the purchase again, under either name.
    const told = [
      await rpc("add_credits", purchase),
      await rpc("add_credits", { ...purchase, p_user_id: account }),
    ];
    for (const answer of told)
      expect(answer).toMatchObject({ success: true, replayed: true, credits_remaining: 60 });
    const later = { ...purchase, p_amount: 5, p_transaction_id: `later-${id}` };
    expect(await rpc("add_credits", later)).toMatchObject({ replayed: false, credits_remaining: 65 });
    expect(await books(account)).toMatchObject({ balance: 65, ledger: [60, 5] });
    const admin = await project.stack.createUser({ isAdmin: true });
    const gift = { p_user_id: id, p_amount: 3, p_reason: "x", p_admin_user_id: admin.id };
    expect(await rpc("admin_refund_credits", gift)).toMatchObject({
      code: "PT409",
      message: "account_handed_over",
      hint: expect.stringContaining(account),
    });
    const [row] = await sql`select credits_remaining from public.users where id = ${id}`;
    expect(row?.credits_remaining).toBe(0);
    expect(await isProven()).toBe(true);
  });

  it("gives an account that took a guest's grant no second one", async () => {
    const [id, account] = [await guest(), await user(0)];
    await handOver(id, account);
    expect(await onboard(account, "next-phone", { p_is_guest: false })).toMatchObject({
      grant_refused: "already_granted",
    });
  });

  it("gives a guest to one account when two ask at once", async () => {
    const [id, one, two] = [await guest(), await user(0), await user(0)];
    const answers = await Promise.all([
      handOver(id, one),
      handOver(id, two),
      handOver(id, one),
      handOver(id, two),
    ]);
    expect(answers.filter((answer) => answer.replayed === false)).toHaveLength(1);
    expect(answers.filter((answer) => answer.error === "account_handed_over")).toHaveLength(2);
    const [row] = await project.stack
      .sql`select sum(credits_remaining)::int as credits from public.users where id = any(${[id, one, two]})`;
    expect(row?.credits).toBe(10);
  });

  it("loses nothing, and never deadlocks, when generations begin and fail meanwhile", async () => {
    for (let round = 0; round < 12; round += 1) {
      const [id, account] = [await guest(), await user(0)];
      const fail = (jobId: unknown): Promise<Answer> =>
        rpc("fail_generation", { p_job_id: jobId, p_code: "ERR_5003", p_reason: "x" });
      const one = await job(id);
      const answers = await Promise.all([
        handOver(id, account),
        start(id).then((begun) => (begun.success === true ? fail(begun.job_id) : begun)),
        handOver(id, account),
        fail(one),
      ]);
      expect(answers.filter((answer) => answer.code === "40P01")).toEqual([]);
      const [row] = await project.stack.sql`
        select (select sum(credits_remaining)::int from public.users where id = any(${[id, account]})) as credits,
          (select sum(credits_used - credits_refunded)::int from public.video_jobs where user_id = ${account}) as charged,
          (select count(*)::int from public.video_jobs where user_id = ${id}) as left`;
      expect((row?.credits as number) + (row?.charged as number)).toBe(10);
      expect(row?.left).toBe(0);
    }
    expect(await isProven()).toBe(true);
  });

  it("refuses who is no guest, the same user, and who is banned", async () => {
    const [id, account, other] = [await guest(), await user(5), await user(5)];
    expect(await handOver(other, account)).toMatchObject({ error: "not_a_guest", code: "ERR_4009" });
    expect(await handOver(id, id)).toMatchObject({ code: "22023" });
    expect(await handOver(crypto.randomUUID(), account)).toMatchObject({ error: "user_not_found" });
    await project.stack.sql`update public.users set banned_at = now() where id = ${id}`;
    expect(await handOver(id, account)).toMatchObject({ error: "account_banned" });
    expect(await books(account)).toMatchObject({ balance: 5, ledger: [] });
  });
});
