import type { TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  books as allBooks,
  lastAction,
  type Speaker,
  signedIn,
  walkChain,
  ways,
} from "./acting.ts";
import { useGeneratingProject } from "./generating.ts";
import { atOnce } from "./rate-limit-calls.ts";

const project = useGeneratingProject();
const { user, job, rpc, books, isProven } = project;
const p_reason = "because";
let admin: TestUser;

beforeAll(async () => {
  admin = await project.stack.createUser({ isAdmin: true });
});
afterAll(async () => {
  expect(await walkChain(project.stack.sql)).toMatchObject({ broken: [], headFits: true });
  expect(await isProven()).toBe(true);
});

/** A job that failed at the provider. */
async function failed(userId: string): Promise<string> {
  const id = await job(userId);
  await rpc("fail_generation", { p_job_id: id, p_code: "ERR_5003", p_reason: "content_refused" });
  return id;
}
const row = async (id: string): Promise<Answer | undefined> =>
  (await project.stack.sql`select * from public.video_jobs where job_id = ${id}`)[0];

describe.each(ways)("with %s", (_, way) => {
  let speak: Speaker;
  beforeAll(() => {
    speak = way(project.stack, admin);
  });

  it("fail_job tells on a dry run what it would do, does it once, and leaves one row in the audit", async () => {
    const id = await user(10);
    const one = await job(id);
    const before = await allBooks(project.stack.sql);
    const args = { p_job_id: one, p_reason, p_ticket: "SUP-9", p_run_id: "run-1" };
    const foretold = await speak("fail_job", { ...args, p_dry_run: true });
    expect(foretold).toMatchObject({
      ...{ success: true, changed: true, dry_run: true, action_id: null, admin_user_id: admin.id },
      ...{ job_id: one, user_id: id, credits_refunded: 4, previous_balance: 6, new_balance: 10 },
      ...{ before: { status: "pending" }, after: { status: "failed" }, needs_approval: null },
    });
    expect(await allBooks(project.stack.sql)).toEqual(before);

    const done = await speak("fail_job", args);
    expect(done).toEqual({ ...foretold, dry_run: false, action_id: expect.any(Number) });
    expect(await lastAction(project.stack.sql)).toMatchObject({
      ...{ id: String(done.action_id), action_type: "job_fail", admin_user_id: admin.id, amount: 4 },
      ...{ target_user_id: id, target_job_id: one, reason: p_reason, ticket: "SUP-9", run_id: "run-1" },
    });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4] });

    expect(await speak("fail_job", args)).toMatchObject({
      ...{ success: true, changed: false, action_id: null, credits_refunded: 0, new_balance: 10 },
    });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4] });
  });

  it("retry_job tells on a dry run what it would do, orders once, and leaves one row in the audit", async () => {
    const id = await user(10);
    const one = await failed(id);
    const before = await allBooks(project.stack.sql);
    const args = { p_job_id: one, p_reason, p_expected_credits: 4 };
    const foretold = await speak("retry_job", { ...args, p_dry_run: true });
    expect(foretold).toMatchObject({
      ...{
        changed: true,
        dry_run: true,
        new_job_id: null,
        credits_used: 4,
        previous_balance: 10,
        new_balance: 6,
      },
    });
    expect(await allBooks(project.stack.sql)).toEqual(before);

    const done = await speak("retry_job", args);
    expect(done).toEqual({
      ...foretold,
      ...{ dry_run: false, action_id: expect.any(Number), new_job_id: expect.any(String) },
    });
    expect(await row(String(done.new_job_id))).toMatchObject({
      ...{ status: "pending", user_id: id, credits_used: 4, idempotency_key: `retry:${one}` },
      ...{ prompt: (await row(one))?.prompt, settings: (await row(one))?.settings },
    });
    expect(await lastAction(project.stack.sql)).toMatchObject({
      ...{ action_type: "job_retry", target_job_id: one, target_user_id: id, amount: null },
      details: { new_job_id: done.new_job_id, credits_used: 4 },
    });
    expect(await speak("retry_job", args)).toMatchObject({
      ...{
        success: true,
        changed: false,
        action_id: null,
        new_job_id: done.new_job_id,
        retried_by_action: done.action_id,
      },
    });
    expect(await books(id)).toMatchObject({ balance: 6, ledger: [-4, 4, -4] });
  });

  it("neither can be undone", async () => {
    const id = await user(10);
    const { action_id } = await speak("fail_job", { p_job_id: await job(id), p_reason });
    const retry = await speak("retry_job", { p_job_id: await failed(id), p_reason });
    for (const act of [action_id, retry.action_id])
      expect(await speak("undo_admin_action", { p_action_id: act, p_reason })).toMatchObject({
        ...{ error: "cannot_undo", why: "not_reversible" },
      });
  });
});

describe("fail_job", () => {
  it("gives back once when ten admins do it at once, and the provider says the same", async () => {
    const id = await user(10);
    const one = await job(id);
    const speak = signedIn(project.stack, admin);
    const [answers] = await Promise.all([
      atOnce(10, () => speak("fail_job", { p_job_id: one, p_reason })),
      rpc("fail_generation", { p_job_id: one, p_code: "ERR_5003", p_reason: "content_refused" }),
    ]);
    expect((answers as Answer[]).filter(({ changed }) => changed === true).length).toBeLessThanOrEqual(1);
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4] });
  });

  it("says nothing of the operator's words where the user may read, and answers the request that waits", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const one = await job(id, { p_idempotency_key: key });
    await signedIn(project.stack, admin)("fail_job", { p_job_id: one, p_reason: "secret words" });
    expect(await row(one)).toMatchObject({
      ...{ status: "failed", error_code: "ERR_5001", error_reason: "failed_by_operator" },
    });
    expect(JSON.stringify(await row(one))).not.toContain("secret words");
    expect(await project.start(id, { p_idempotency_key: key })).toMatchObject({
      response: { status: "failed", credits_remaining: 10 },
    });
  });

  it("refuses a completed job, an unknown one, a blank reason, and who is no admin; nothing changes", async () => {
    const id = await user(10);
    const one = await job(id);
    await rpc("complete_generation", { p_job_id: one, p_video_url: "u/v.mp4" });
    const stranger = signedIn(project.stack, await project.stack.createUser());
    const before = await allBooks(project.stack.sql);
    const speak = signedIn(project.stack, admin);
    expect(await speak("fail_job", { p_job_id: one, p_reason })).toMatchObject({ error: "job_completed" });
    expect(await speak("fail_job", { p_job_id: crypto.randomUUID(), p_reason })).toMatchObject({
      error: "job_not_found",
    });
    expect(await speak("fail_job", { p_job_id: one, p_reason: " " })).toMatchObject({ code: "22023" });
    expect(await stranger("fail_job", { p_job_id: one, p_reason })).toMatchObject({ code: "42501" });
    expect(await stranger("retry_job", { p_job_id: one, p_reason })).toMatchObject({ code: "42501" });
    expect(await allBooks(project.stack.sql)).toEqual(before);
  });
});

describe("retry_job", () => {
  it("makes one job and one charge when ten do it at once", async () => {
    const id = await user(10);
    const one = await failed(id);
    const speak = signedIn(project.stack, admin);
    const answers = (await atOnce(10, () => speak("retry_job", { p_job_id: one, p_reason }))) as Answer[];
    expect(new Set(answers.map((answer) => answer.new_job_id)).size).toBe(1);
    expect(answers.filter(({ changed }) => changed === true)).toHaveLength(1);
    expect(await books(id)).toMatchObject({ balance: 6, ledger: [-4, 4, -4] });
  });

  it("counts against no limit", async () => {
    const id = await user(40);
    const speak = signedIn(project.stack, admin);
    const counted = async (): Promise<unknown> =>
      (await project.stack.sql`select count(*)::int as n from vidops.rate_limit_state`)[0]?.n;
    const one = await failed(id);
    const before = await counted();
    await speak("retry_job", { p_job_id: one, p_reason });
    expect(await counted()).toBe(before);
  });

  it("refuses what is not failed, was delivered, deleted, banned, off sale, dearer, or too dear; nothing changes", async () => {
    const { sql } = project.stack;
    const speak = signedIn(project.stack, admin);
    const id = await user(100);
    const late = await failed(id);
    await rpc("complete_generation", { p_job_id: late, p_video_url: "u/v.mp4" });
    const deleted = await failed(id);
    await rpc("delete_generation", { p_user_id: id, p_job_id: deleted });
    const blank = await failed(id);
    await sql`update public.video_jobs set prompt = '' where job_id = ${blank}`;
    const banned = await user(10);
    const ofBanned = await failed(banned);
    await sql`update public.users set banned_at = now() where id = ${banned}`;
    const poor = await user(4);
    const ofPoor = await failed(poor);
    await job(poor);
    const off = await failed(id);
    const [gone] = await sql`
      insert into public.models (name, cost_per_generation, provider, provider_model_id, is_available)
      values ('gone', 4, 'fal', 'gone', false) returning id`;
    await sql`update public.video_jobs set model_id = ${gone?.id} where job_id = ${off}`;
    const running = await job(id);
    const dearer = await failed(id);
    const before = await allBooks(sql);
    const cases: readonly (readonly [string, string, Answer?])[] = [
      [running, "job_not_failed"],
      [late, "job_delivered"],
      [deleted, "job_deleted"],
      [blank, "order_unknown"],
      [ofBanned, "account_banned"],
      [off, "model_unavailable"],
      [dearer, "price_changed", { p_expected_credits: 3 }],
      [ofPoor, "insufficient_credits"],
      [crypto.randomUUID(), "job_not_found"],
    ];
    for (const [p_job_id, error, more] of cases)
      for (const p_dry_run of [true, false])
        expect(await speak("retry_job", { p_job_id, p_reason, p_dry_run, ...more })).toMatchObject({
          success: false,
          error,
          code: expect.stringMatching(/^ERR_4\d{3}$/),
        });
    expect(await allBooks(sql)).toEqual(before);
  });
});
