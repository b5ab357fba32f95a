import { describe, expect, it } from "vitest";
import { untouched, useRefundFunction } from "./use-refund-function.ts";

const edge = useRefundFunction();

async function chargedJob(status = "failed"): Promise<string> {
  const [job] = await edge.stack.sql`
    with model as (
      insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id)
    insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
    select ${edge.user.id}, id, 'a fox', ${status}, 4 from model returning job_id`;
  return job?.job_id;
}

describe("admin-refund-credits in Deno", () => {
  it("takes the request it always took, gives the answer it always gave, and acts in the admin's own name", async () => {
    const { status, body, headers } = await edge.refund({ ticket: "SUP-1", reason_code: "provider_outage" });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{
          success: true,
          new_balance: 14,
          previous_balance: 10,
          amount: 4,
          user_id: edge.user.id,
          job_id: null,
        },
        ...{ action_id: expect.any(String), replayed: false },
      },
    });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("ratelimit")).toMatch(/^"per_user";r=\d+;t=\d+$/);
    expect(await edge.books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
    // No admin was named in the request: the database took who acts from the token.
    const [action] = await edge.stack.sql`
      select admin_user_id, reason, reason_code, ticket from public.admin_actions where id = ${String(body.action_id)}`;
    expect(action).toEqual({
      ...{
        admin_user_id: edge.admin.id,
        reason: "never arrived",
        reason_code: "provider_outage",
        ticket: "SUP-1",
      },
    });
  });

  it("gives back what is left of a job when no amount is named, and never more than it cost", async () => {
    const job = await chargedJob();
    expect(await edge.refund({ job_id: job, amount: 1 })).toMatchObject({
      status: 200,
      body: { new_balance: 11 },
    });
    expect(await edge.refund({ job_id: job, amount: 4 })).toMatchObject({
      status: 409,
      body: { error: { code: "ERR_4013", details: { refundable: 3 } } },
    });
    expect(await edge.refund({ user_id: undefined, job_id: job, amount: undefined })).toMatchObject({
      ...{ status: 200, body: { new_balance: 14, amount: 3, job_id: job, user_id: edge.user.id } },
    });
    expect(await edge.refund({ job_id: job, amount: undefined })).toMatchObject({ status: 409 });
    expect(await edge.books()).toEqual({ balance: 14, ledger: 2, actions: 2 });
  });

  it.each([
    ["of a user there is not", () => ({ user_id: crypto.randomUUID() }), 404, "ERR_4007"],
    ["of a job there is not", () => ({ job_id: crypto.randomUUID() }), 404, "ERR_4007"],
    [
      "of another's job",
      async () => ({ job_id: await chargedJob(), user_id: edge.admin.id }),
      409,
      "ERR_4009",
    ],
    ["of a job that still runs", async () => ({ job_id: await chargedJob("processing") }), 409, "ERR_4014"],
  ])("refuses the refund %s, and writes nothing", async (_, more, status, code) => {
    expect(await edge.refund(await more())).toMatchObject({ status, body: { error: { code } } });
    expect(await edge.books()).toEqual(untouched);
  });
});

describe("a refund that is sent again", () => {
  it("with its key answers as the first time and says so, quoted or not, whichever admin sends it", async () => {
    const other = await edge.stack.createUser({ isAdmin: true });
    const key = crypto.randomUUID();
    const first = await edge.refund({}, { key });
    expect(first.headers.get("x-idempotent-replay")).toBeNull();
    const again = await edge.refund({}, { key: `"${key}"`, token: other.accessToken });
    expect(again).toMatchObject({ status: 200, body: { ...first.body, replayed: true } });
    expect(again.headers.get("x-idempotent-replay")).toBe("true");
    expect(await edge.refund({ amount: 5 }, { key })).toMatchObject({
      status: 422,
      body: { error: { code: "ERR_4010" } },
    });
    expect(await edge.books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
  });

  it("twenty times at once with one key is done once", async () => {
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => edge.refund({}, { key })));
    expect(answers.map(({ status, body }) => `${status} ${body.new_balance}`)).toEqual(
      Array<string>(20).fill("200 14"),
    );
    expect(answers.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    expect(await edge.books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
  });

  it("without a key is refused by name of the first, and never done twice", async () => {
    const first = await edge.refund();
    const other = await edge.stack.createUser({ isAdmin: true });
    for (const token of [edge.admin.accessToken, other.accessToken]) {
      expect(await edge.refund({ reason: " never arrived " }, { token })).toMatchObject({
        status: 409,
        body: { error: { code: "ERR_4009", details: { action_id: first.body.action_id } } },
      });
    }
    expect(await edge.books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
    // What is meant to be another one says so.
    expect(await edge.refund({ ticket: "SUP-2" })).toMatchObject({ status: 200, body: { new_balance: 18 } });
    expect(await edge.refund({}, { key: "second" })).toMatchObject({
      status: 200,
      body: { new_balance: 22 },
    });
  });

  it("after its answer was lost is found done, and after the request was lost is done then", async () => {
    const path = "/rest/v1/rpc/admin_refund_credits";
    // Deno itself sends again, once, what was lost on a connection that it used before; the key bears that too.
    edge.stack.faults.next({ path, kind: "cut-after-forward", times: 2 });
    const key = crypto.randomUUID();
    expect(await edge.refund({}, { key })).toMatchObject({
      status: 500,
      body: { error: { code: "ERR_6006" } },
    });
    edge.stack.faults.clear();
    const retried = await edge.refund({}, { key });
    expect(retried).toMatchObject({ status: 200, body: { new_balance: 14, replayed: true } });
    edge.stack.faults.next({ path, kind: "cut-before-forward", times: 2 });
    expect(await edge.refund({}, { key: "later" })).toMatchObject({ status: 500 });
    edge.stack.faults.clear();
    expect(await edge.refund({}, { key: "later" })).toMatchObject({ status: 200, body: { replayed: false } });
    expect(await edge.books()).toEqual({ balance: 18, ledger: 2, actions: 2 });
  });

  it.each(["", " ", '"open', "a,b", `${"x".repeat(201)}`, "naïve"])("refuses the key %j", async (key) => {
    expect(await edge.refund({}, { key })).toMatchObject({
      status: 400,
      body: { error: { code: "ERR_4008", details: { field: "Idempotency-Key" } } },
    });
    expect(await edge.books()).toEqual(untouched);
  });
});

describe("above a threshold", () => {
  it("answers 409 with the request that waits for a second admin, and does it when that one approves", async () => {
    const second = await edge.stack.createUser({ isAdmin: true, columns: { language: "tr" } });
    await edge.stack.sql`insert into public.approval_thresholds (name, credits) values ('act_credits', 100)`;
    try {
      const key = crypto.randomUUID();
      const waiting = await edge.refund({ amount: 101 }, { key, token: second.accessToken });
      expect(waiting).toMatchObject({
        status: 409,
        body: {
          error: {
            code: "ERR_4015",
            message: expect.stringMatching(/^Bu işlem için ikinci bir yöneticinin onayı gerekiyor/),
            details: { approval_id: expect.anything(), expires_at: expect.any(String) },
          },
        },
      });
      const id = waiting.body.error?.details?.approval_id;
      expect((await edge.refund({ amount: 101 }, { key })).body.error?.details?.approval_id).toBe(id);
      const [row] = await edge.stack
        .sql`select payload_hash from public.admin_approvals where id = ${String(id)}`;
      const approved = await fetch(`${edge.stack.url}/rest/v1/rpc/approve_admin_request`, {
        method: "POST",
        headers: {
          ...{ apikey: edge.stack.publishableKey, authorization: `Bearer ${edge.admin.accessToken}` },
          "content-type": "application/json",
        },
        body: JSON.stringify({ p_approval_id: id, p_payload_hash: row?.payload_hash }),
      });
      expect(await approved.json()).toMatchObject({ success: true, status: "executed" });
      expect(await edge.refund({ amount: 101 }, { key })).toMatchObject({
        ...{ status: 200, body: { new_balance: 111, replayed: true } },
      });
      expect(await edge.refund({ amount: 100 })).toMatchObject({ status: 200, body: { new_balance: 211 } });
    } finally {
      await edge.stack.sql`delete from public.approval_thresholds`;
    }
  });
});
