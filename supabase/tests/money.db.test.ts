import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

type Answer = Record<string, unknown>;

let stack: TestStack;
let admin: TestUser;
let modelId: string;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
  const [model] = await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id`;
  modelId = model?.id;
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Calls a function as the app's server would, over the Data API with the secret key. */
async function rpc(name: string, args: Answer): Promise<{ status: number; body: Answer }> {
  const response = await fetch(`${stack.url}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: { apikey: stack.secretKey, "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

async function refund(args: Answer): Promise<{ status: number; body: Answer }> {
  return rpc("admin_refund_credits", {
    p_amount: null,
    p_reason: "test",
    p_admin_user_id: admin.id,
    ...args,
  });
}

async function user(credits: number): Promise<string> {
  return (await stack.createUser({ credits })).id;
}

/** A job that was charged through the ledger. */
async function chargedJob(userId: string, cost: number, status = "failed"): Promise<string> {
  const [job] = await stack.sql`
    insert into public.video_jobs (user_id, model_id, prompt, status) values (${userId}, ${modelId}, 'a fox', ${status}) returning job_id`;
  const { body } = await rpc("deduct_credits", { p_user_id: userId, p_amount: cost, p_job_id: job?.job_id });
  expect(body.success).toBe(true);
  return job?.job_id;
}

async function balance(userId: string): Promise<unknown> {
  const [row] =
    await stack.sql`select credits_remaining as remaining, credits_total as total from public.users where id = ${userId}`;
  return row;
}

async function ledger(userId: string): Promise<readonly unknown[]> {
  return stack.sql`select change, reason, balance_after from public.quota_log where user_id = ${userId} order by id`;
}

async function proof(userId: string): Promise<unknown> {
  return ((await rpc("audit_credits", { p_user_id: userId })).body.user as Answer).ok;
}

/** Everything that money could be written to, to prove that a refusal wrote nothing. */
async function books(): Promise<unknown> {
  const [row] = await stack.sql`
    select (select count(*) from public.quota_log) as ledger, (select count(*) from public.admin_actions) as actions,
      (select sum(credits_remaining) from public.users) as credits, (select sum(credits_refunded) from public.video_jobs) as refunded,
      (select count(*) from public.idempotency_log) as keys`;
  return row;
}

const count = (answers: { body: Answer }[], field: string, value: unknown): number =>
  answers.filter((answer) => answer.body[field] === value).length;

describe("add_credits", () => {
  it("books a purchase once, however often the store repeats it", async () => {
    const id = await user(0);
    const args = { p_user_id: id, p_amount: 50, p_reason: "purchase", p_transaction_id: `t-${id}` };
    const answers = await Promise.all(Array.from({ length: 10 }, () => rpc("add_credits", args)));
    expect(count(answers, "success", true)).toBe(10);
    expect(count(answers, "replayed", false)).toBe(1);
    expect(answers.every((answer) => answer.body.credits_remaining === 50)).toBe(true);
    expect(await balance(id)).toEqual({ remaining: 50, total: 50 });
    expect(await ledger(id)).toEqual([{ change: 50, reason: "purchase", balance_after: 50 }]);
  });

  it("gives a store transaction to one user when two claim it at once", async () => {
    const [one, two] = [await user(0), await user(0)];
    const claim = (id: string) =>
      rpc("add_credits", {
        p_user_id: id,
        p_amount: 5,
        p_reason: "purchase",
        p_transaction_id: `shared-${one}`,
      });
    const answers = await Promise.all([claim(one), claim(two)]);
    expect(count(answers, "success", true)).toBe(1);
    expect(count(answers, "error", "transaction_id_reused")).toBe(1);
    const [sum] =
      await stack.sql`select sum(credits_remaining)::int as credits from public.users where id in (${one}, ${two})`;
    expect(sum).toEqual({ credits: 5 });
  });
});

describe("add_credits, many at once", () => {
  it("loses none and keeps each balance_after", async () => {
    const id = await user(0);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        rpc("add_credits", { p_user_id: id, p_amount: 5, p_reason: "purchase" }),
      ),
    );
    expect(await balance(id)).toEqual({ remaining: 100, total: 100 });
    const steps = (await ledger(id)) as { balance_after: number }[];
    expect(steps.map((row) => row.balance_after)).toEqual(Array.from({ length: 20 }, (_, i) => 5 * (i + 1)));
  });
});

describe("deduct_credits", () => {
  it("admits ten of 64 at once when the balance is for ten", async () => {
    const id = await user(40);
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => rpc("deduct_credits", { p_user_id: id, p_amount: 4 })),
    );
    expect(count(answers, "success", true)).toBe(10);
    expect(count(answers, "error", "insufficient_credits")).toBe(54);
    expect(await balance(id)).toEqual({ remaining: 0, total: 40 });
    expect(await proof(id)).toBe(true);
  });

  it("says what is there and what is needed when it refuses", async () => {
    const id = await user(2);
    const { status, body } = await rpc("deduct_credits", { p_user_id: id, p_amount: 4 });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: false,
      error: "insufficient_credits",
      code: "ERR_4001",
      current_credits: 2,
      required_credits: 4,
    });
    expect(await ledger(id)).toHaveLength(1);
  });

  it("charges once for one key, twenty times at once", async () => {
    const id = await user(40);
    const args = { p_user_id: id, p_amount: 4, p_idempotency_key: "one" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => rpc("deduct_credits", args)));
    expect(count(answers, "success", true)).toBe(20);
    expect(count(answers, "replayed", false)).toBe(1);
    expect(await balance(id)).toEqual({ remaining: 36, total: 40 });
  });

  it("refuses a key that meant another amount, and takes it again after it has expired", async () => {
    const id = await user(40);
    await rpc("deduct_credits", { p_user_id: id, p_amount: 4, p_idempotency_key: "k" });
    const other = await rpc("deduct_credits", { p_user_id: id, p_amount: 5, p_idempotency_key: "k" });
    expect(other.body).toMatchObject({ success: false, error: "idempotency_key_reused", code: "ERR_4010" });
    expect(await balance(id)).toEqual({ remaining: 36, total: 40 });
    await stack.sql`update public.idempotency_log set expires_at = now() - interval '1 second' where user_id = ${id}`;
    const later = await rpc("deduct_credits", { p_user_id: id, p_amount: 5, p_idempotency_key: "k" });
    expect(later.body).toMatchObject({ success: true, replayed: false, credits_remaining: 31 });
  });

  it("lets two users use the same key", async () => {
    const [one, two] = [await user(4), await user(4)];
    for (const id of [one, two]) {
      const { body } = await rpc("deduct_credits", { p_user_id: id, p_amount: 4, p_idempotency_key: "mine" });
      expect(body).toMatchObject({ success: true, replayed: false, credits_remaining: 0 });
    }
  });

  it("leaves nothing to refund of a job whose charge it refused, whatever the job's insert said", async () => {
    const id = await user(3);
    const [row] = await stack.sql`
      insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
      values (${id}, ${modelId}, 'a fox', 'failed', 4) returning job_id`;
    const { body } = await rpc("deduct_credits", { p_user_id: id, p_amount: 4, p_job_id: row?.job_id });
    expect(body).toMatchObject({ error: "insufficient_credits" });
    expect((await refund({ p_job_id: row?.job_id })).body).toMatchObject({ error: "nothing_to_refund" });
    expect(await balance(id)).toEqual({ remaining: 3, total: 3 });
  });

  it("refuses a banned user, a job of somebody else and a job that is not there", async () => {
    const [id, other] = [await user(10), await user(10)];
    const job = await chargedJob(other, 4);
    const before = await books();
    const foreign = await rpc("deduct_credits", { p_user_id: id, p_amount: 1, p_job_id: job });
    expect(foreign.body).toMatchObject({ error: "user_job_mismatch", code: "ERR_4009" });
    const missing = await rpc("deduct_credits", {
      p_user_id: id,
      p_amount: 1,
      p_job_id: crypto.randomUUID(),
    });
    expect(missing.body).toMatchObject({ error: "job_not_found", code: "ERR_4007" });
    await stack.sql`update public.users set banned_at = now(), ban_reason = 'fraud' where id = ${id}`;
    const banned = await rpc("deduct_credits", { p_user_id: id, p_amount: 1 });
    expect(banned.body).toMatchObject({ error: "account_banned", code: "ERR_4012" });
    expect(await books()).toEqual(before);
  });
});

describe("admin_refund_credits", () => {
  let owner: string;
  let job: string;
  beforeEach(async () => {
    owner = await user(20);
    job = await chargedJob(owner, 16);
  });

  it("gives back all that is left, with its ledger row and its audit row, and earns the user nothing", async () => {
    const { body } = await refund({
      p_job_id: job,
      p_reason_code: "provider_failure",
      p_run_id: "run_1",
      p_idempotency_key: job,
    });
    expect(body).toMatchObject({
      success: true,
      amount: 16,
      previous_balance: 4,
      new_balance: 20,
      replayed: false,
      job_status: "failed",
      job_credits_used: 16,
      job_credits_refunded: 16,
    });
    expect(await balance(owner)).toEqual({ remaining: 20, total: 20 });
    expect((await ledger(owner)).at(-1)).toEqual({
      change: 16,
      reason: "admin_refund:provider_failure",
      balance_after: 20,
    });
    const actions = await stack.sql`
      select id::int as id, admin_user_id, action_type, target_user_id, target_job_id, amount, reason, run_id, idempotency_key
      from public.admin_actions where target_job_id = ${job}`;
    expect(actions).toEqual([
      {
        id: body.action_id,
        admin_user_id: admin.id,
        action_type: "credit_refund",
        target_user_id: owner,
        target_job_id: job,
        amount: 16,
        reason: "test",
        run_id: "run_1",
        idempotency_key: job,
      },
    ]);
    expect(await proof(owner)).toBe(true);
  });

  it("never gives back more than the job cost, with 40 partial refunds at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => refund({ p_job_id: job, p_amount: 1 })),
    );
    expect(count(answers, "success", true)).toBe(16);
    expect(count(answers, "code", "ERR_4013")).toBe(24);
    expect(await balance(owner)).toEqual({ remaining: 20, total: 20 });
    expect(await proof(owner)).toBe(true);
  });

  it("refunds once and answers twenty times for one key", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => refund({ p_job_id: job, p_idempotency_key: `k-${job}` })),
    );
    expect(count(answers, "success", true)).toBe(20);
    expect(count(answers, "replayed", false)).toBe(1);
    expect(new Set(answers.map((answer) => answer.body.action_id)).size).toBe(1);
    expect(await balance(owner)).toEqual({ remaining: 20, total: 20 });
  });

  it("answers a colleague who settles with the same key", async () => {
    const colleague = await stack.createUser({ isAdmin: true });
    const first = await refund({ p_job_id: job, p_idempotency_key: `c-${job}` });
    const second = await refund({
      p_job_id: job,
      p_idempotency_key: `c-${job}`,
      p_admin_user_id: colleague.id,
    });
    expect(second.body).toEqual({ ...first.body, replayed: true });
  });

  it("refuses a key that meant another refund, also when both come at once for different users", async () => {
    const other = await user(0);
    const key = `shared-${job}`;
    const answers = await Promise.all([
      refund({ p_user_id: owner, p_amount: 3, p_idempotency_key: key }),
      refund({ p_user_id: other, p_amount: 3, p_idempotency_key: key }),
    ]);
    expect(count(answers, "success", true)).toBe(1);
    expect(count(answers, "error", "idempotency_key_reused")).toBe(1);
    const [sum] =
      await stack.sql`select sum(credits_remaining)::int as credits from public.users where id in (${owner}, ${other})`;
    expect(sum).toEqual({ credits: 7 });
    expect([await proof(owner), await proof(other)]).toEqual([true, true]);
  });

  it("answers a key of another refund that is committed while it is being written", async () => {
    const other = await user(0);
    const key = `race-${job}`;
    const call = (id: string) => stack.sql`
      select public.admin_refund_credits(3, 'test', ${id}, null, ${key}, ${admin.id}) as answer`;
    let late: Promise<unknown> = Promise.resolve();
    await stack.sql.begin(async (first) => {
      await first`select public.admin_refund_credits(3, 'test', ${owner}, null, ${key}, ${admin.id})`;
      late = call(other).then((rows) => rows[0]?.answer);
      // Until the second waits for the first one's key.
      for (let waiting = 0; waiting === 0; ) {
        const [row] =
          await stack.sql`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        waiting = row?.n;
      }
    });
    expect(await late).toEqual({ success: false, error: "idempotency_key_reused", code: "ERR_4010" });
    expect(await balance(other)).toEqual({ remaining: 0, total: 0 });
    expect(await proof(other)).toBe(true);
  });

  it("refuses more than is left, says how much is left, and writes nothing", async () => {
    await refund({ p_job_id: job, p_amount: 10 });
    const before = await books();
    const { body } = await refund({ p_job_id: job, p_amount: 7 });
    expect(body).toEqual({
      success: false,
      error: "refund_exceeds_charge",
      code: "ERR_4013",
      requested: 7,
      refundable: 6,
      job_credits_used: 16,
      job_credits_refunded: 10,
    });
    expect(await books()).toEqual(before);
  });

  it("does not deadlock when refunds and charges cross", async () => {
    const second = await chargedJob(owner, 2);
    const calls = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0
        ? rpc("deduct_credits", { p_user_id: owner, p_amount: 1, p_job_id: i % 2 ? job : second })
        : refund({ p_job_id: i % 2 ? job : second, p_amount: 1 }),
    );
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    expect(await proof(owner)).toBe(true);
  });

  it.each(["pending", "processing"])(
    "does not refund a job still %s unless told to, and then marks it",
    async (status) => {
      job = await chargedJob(owner, 4, status);
      const before = await books();
      const refused = await refund({ p_job_id: job });
      expect(refused.body).toEqual({
        success: false,
        error: "job_not_finished",
        code: "ERR_4014",
        job_status: status,
      });
      expect(await books()).toEqual(before);

      const allowed = await refund({ p_job_id: job, p_allow_unfinished: true });
      expect(allowed.body).toMatchObject({ success: true, job_status: status });
      const quiet = await rpc("audit_credits", { p_user_id: owner });
      expect(quiet.body.free_videos_count).toBe(0);
      expect((await rpc("complete_generation", { p_job_id: job, p_video_url: "v.mp4" })).body).toMatchObject({
        status: "completed",
      });
      const seen = await rpc("audit_credits", { p_user_id: owner });
      expect(seen.body).toMatchObject({
        free_videos_count: 1,
        free_videos: [{ job_id: job, credits_refunded: 4 }],
      });
    },
  );

  it("marks a failed job, too, whose video a late webhook brings after all", async () => {
    await refund({ p_job_id: job });
    await rpc("complete_generation", { p_job_id: job, p_video_url: "v.mp4" });
    const seen = await rpc("audit_credits", { p_user_id: owner });
    expect(seen.body).toMatchObject({ free_videos_count: 1, free_videos: [{ job_id: job }] });
  });

  it("does not mark a delivered video that is refunded because it was bad", async () => {
    job = await chargedJob(owner, 4, "completed");
    await refund({ p_job_id: job });
    expect((await rpc("audit_credits", { p_user_id: owner })).body.free_videos_count).toBe(0);
  });

  it("writes nothing on a dry run and tells what would be", async () => {
    const before = await books();
    const { body } = await refund({ p_job_id: job, p_amount: 3, p_dry_run: true, p_idempotency_key: "dry" });
    expect(body).toMatchObject({
      success: true,
      dry_run: true,
      action_id: null,
      amount: 3,
      previous_balance: 4,
      new_balance: 7,
    });
    expect(await books()).toEqual(before);
  });

  const nowhere = "00000000-0000-4000-8000-00000000dead";
  it.each([
    ["an unknown job", { p_job_id: nowhere }, 200, "job_not_found"],
    ["an unknown user", { p_user_id: nowhere, p_amount: 1 }, 200, "user_not_found"],
    ["a malformed id", { p_job_id: "not-a-uuid" }, 400, "22P02"],
    ["an amount of 0", { p_user_id: nowhere, p_amount: 0 }, 400, "22023"],
    ["a negative amount", { p_user_id: nowhere, p_amount: -1 }, 400, "22023"],
    ["a fraction", { p_user_id: nowhere, p_amount: 1.5 }, 400, "22P02"],
    ["a huge amount", { p_user_id: nowhere, p_amount: 3_000_000_000 }, 400, "22003"],
    ["no amount and no job", { p_user_id: nowhere }, 400, "22023"],
    ["neither job nor user", { p_amount: 1 }, 400, "22023"],
    ["a blank reason", { p_user_id: nowhere, p_amount: 1, p_reason: " \n" }, 400, "22023"],
    ["a reason of 10 kB", { p_user_id: nowhere, p_amount: 1, p_reason: "x".repeat(10_000) }, 400, "22023"],
    [
      "a reason code with spaces",
      { p_user_id: nowhere, p_amount: 1, p_reason_code: "Not A Code" },
      400,
      "22023",
    ],
    ["an empty key", { p_user_id: nowhere, p_amount: 1, p_idempotency_key: "" }, 400, "22023"],
  ])("refuses %s and writes nothing", async (_title, args, status, outcome) => {
    const before = await books();
    const answer = await refund(args);
    expect([answer.status, answer.body.error ?? answer.body.code]).toEqual([status, outcome]);
    expect(await books()).toEqual(before);
  });

  it("refuses a balance past the largest integer", async () => {
    const { status, body } = await refund({ p_user_id: owner, p_amount: 2_147_483_647 });
    expect([status, body.code]).toEqual([400, "22023"]);
  });

  it("refuses a job of another user than the one named", async () => {
    const { body } = await refund({ p_job_id: job, p_user_id: admin.id });
    expect(body).toMatchObject({ success: false, error: "user_job_mismatch", code: "ERR_4009" });
  });

  it("works for a signed-in admin without any service key", async () => {
    const response = await fetch(`${stack.url}/rest/v1/rpc/admin_refund_credits`, {
      method: "POST",
      headers: {
        apikey: stack.publishableKey,
        authorization: `Bearer ${admin.accessToken}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ p_amount: 1, p_reason: "test", p_job_id: job }),
    });
    expect(await response.json()).toMatchObject({ success: true, new_balance: 5 });
    const [action] =
      await stack.sql`select admin_user_id from public.admin_actions where target_job_id = ${job}`;
    expect(action).toEqual({ admin_user_id: admin.id });
  });
});

describe("audit_credits", () => {
  it("finds a balance that somebody changed by hand, page by page", async () => {
    const id = await user(10);
    await stack.sql`update public.users set credits_remaining = 11 where id = ${id}`;
    const drifted: unknown[] = [];
    let after: unknown = null;
    let checked = 0;
    do {
      const { body } = await rpc("audit_credits", { p_limit: 3, p_after: after });
      drifted.push(...(body.drift as Answer[]).map((row) => row.user_id));
      checked += body.users_checked as number;
      after = body.next_after;
    } while (after !== null);
    const [all] = await stack.sql`select count(*)::int as users from public.users`;
    expect(checked).toBe(all?.users);
    expect(drifted).toEqual([id]);
    await stack.sql`update public.users set credits_remaining = 10 where id = ${id}`;
    expect(await proof(id)).toBe(true);
  });
});
