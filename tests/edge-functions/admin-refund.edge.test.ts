import { readFileSync } from "node:fs";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ServedFunction, serveFunction } from "./serve-function.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & {
    error?: { code: string; message: string; details?: Record<string, unknown>; request_id: string };
  };
}

let stack: TestStack;
let edge: ServedFunction;
let admin: TestUser;
let user: TestUser;

beforeAll(async () => {
  stack = await createTestStack();
  edge = await serveFunction("admin-refund-credits", stack);
});
beforeEach(async () => {
  // A new one each time: sixty requests in a minute are all that one may send.
  admin = await stack.createUser({ isAdmin: true });
  user = await stack.createUser({ credits: 10 });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
});

async function send(init: RequestInit & { token?: string | null; key?: string }): Promise<Answer> {
  const headers = new Headers(init.headers);
  const token = init.token === undefined ? admin.accessToken : init.token;
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  if (init.key !== undefined) headers.set("idempotency-key", init.key);
  const response = await fetch(edge.url, { method: "POST", ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
}

type Order = Record<string, unknown>;
const order = (more: Order = {}): Order => ({
  user_id: user.id,
  amount: 4,
  reason: "never arrived",
  ...more,
});
const refund = (more: Order = {}, init: Parameters<typeof send>[0] = {}): Promise<Answer> =>
  send({ body: JSON.stringify(order(more)), ...init });

/** All that a refund writes. */
async function books(): Promise<unknown> {
  const [row] = await stack.sql`
    select (select credits_remaining from public.users where id = ${user.id}) as balance,
      (select count(*)::int from public.quota_log where user_id = ${user.id} and reason like 'admin%') as ledger,
      (select count(*)::int from public.admin_actions where target_user_id = ${user.id}) as actions`;
  return row;
}
const untouched = { balance: 10, ledger: 0, actions: 0 };

async function chargedJob(status = "failed"): Promise<string> {
  const [job] = await stack.sql`
    with model as (
      insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('m', 4, 'fal', 'm') returning id)
    insert into public.video_jobs (user_id, model_id, prompt, status, credits_used)
    select ${user.id}, id, 'a fox', ${status}, 4 from model returning job_id`;
  return job?.job_id;
}

describe("admin-refund-credits in Deno", () => {
  it("takes the request it always took, gives the answer it always gave, and acts in the admin's own name", async () => {
    stack.requests.length = 0;
    const { status, body, headers } = await refund({ ticket: "SUP-1", reason_code: "provider_outage" });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{
          success: true,
          new_balance: 14,
          previous_balance: 10,
          amount: 4,
          user_id: user.id,
          job_id: null,
        },
        ...{ action_id: expect.any(String), replayed: false },
      },
    });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("ratelimit")).toMatch(/^"per_user";r=\d+;t=\d+$/);
    expect(await books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
    const [action] = await stack.sql`
      select admin_user_id, reason, reason_code, ticket from public.admin_actions where id = ${String(body.action_id)}`;
    expect(action).toEqual({
      ...{
        admin_user_id: admin.id,
        reason: "never arrived",
        reason_code: "provider_outage",
        ticket: "SUP-1",
      },
    });
    // The database saw the admin's token, not a key that may do anything.
    const [act] = stack.requests.filter(({ path }) => path.endsWith("/admin_refund_credits"));
    expect(act?.headers.authorization).toBe(`Bearer ${admin.accessToken}`);
    expect(act?.headers.apikey).toBe(stack.publishableKey);
  });

  it("gives back what is left of a job when no amount is named, and never more than it cost", async () => {
    const job = await chargedJob();
    expect(await refund({ job_id: job, amount: 1 })).toMatchObject({
      status: 200,
      body: { new_balance: 11 },
    });
    expect(await refund({ job_id: job, amount: 4 })).toMatchObject({
      status: 409,
      body: { error: { code: "ERR_4013", details: { refundable: 3 } } },
    });
    expect(await refund({ user_id: undefined, job_id: job, amount: undefined })).toMatchObject({
      ...{ status: 200, body: { new_balance: 14, amount: 3, job_id: job, user_id: user.id } },
    });
    expect(await refund({ job_id: job, amount: undefined })).toMatchObject({ status: 409 });
    expect(await books()).toEqual({ balance: 14, ledger: 2, actions: 2 });
  });

  it.each([
    ["of a user there is not", () => ({ user_id: crypto.randomUUID() }), 404, "ERR_4007"],
    ["of a job there is not", () => ({ job_id: crypto.randomUUID() }), 404, "ERR_4007"],
    ["of another's job", async () => ({ job_id: await chargedJob(), user_id: admin.id }), 409, "ERR_4009"],
    ["of a job that still runs", async () => ({ job_id: await chargedJob("processing") }), 409, "ERR_4014"],
  ])("refuses the refund %s, and writes nothing", async (_, more, status, code) => {
    expect(await refund(await more())).toMatchObject({ status, body: { error: { code } } });
    expect(await books()).toEqual(untouched);
  });
});

describe("a refund that is sent again", () => {
  it("with its key answers as the first time and says so, quoted or not, whichever admin sends it", async () => {
    const other = await stack.createUser({ isAdmin: true });
    const key = crypto.randomUUID();
    const first = await refund({}, { key });
    expect(first.headers.get("x-idempotent-replay")).toBeNull();
    const again = await refund({}, { key: `"${key}"`, token: other.accessToken });
    expect(again).toMatchObject({ status: 200, body: { ...first.body, replayed: true } });
    expect(again.headers.get("x-idempotent-replay")).toBe("true");
    expect(await refund({ amount: 5 }, { key })).toMatchObject({
      status: 422,
      body: { error: { code: "ERR_4010" } },
    });
    expect(await books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
  });

  it("twenty times at once with one key is done once", async () => {
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refund({}, { key })));
    expect(answers.map(({ status, body }) => `${status} ${body.new_balance}`)).toEqual(
      Array<string>(20).fill("200 14"),
    );
    expect(answers.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    expect(await books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
  });

  it("without a key is refused by name of the first, and never done twice", async () => {
    const first = await refund();
    const other = await stack.createUser({ isAdmin: true });
    for (const token of [admin.accessToken, other.accessToken]) {
      expect(await refund({ reason: " never arrived " }, { token })).toMatchObject({
        status: 409,
        body: { error: { code: "ERR_4009", details: { action_id: first.body.action_id } } },
      });
    }
    expect(await books()).toEqual({ balance: 14, ledger: 1, actions: 1 });
    // What is meant to be another one says so.
    expect(await refund({ ticket: "SUP-2" })).toMatchObject({ status: 200, body: { new_balance: 18 } });
    expect(await refund({}, { key: "second" })).toMatchObject({ status: 200, body: { new_balance: 22 } });
  });

  it("after its answer was lost is found done, and after the request was lost is done then", async () => {
    const path = "/rest/v1/rpc/admin_refund_credits";
    // Deno itself sends again, once, what was lost on a connection that it used before; the key bears that too.
    stack.faults.next({ path, kind: "cut-after-forward", times: 2 });
    const key = crypto.randomUUID();
    expect(await refund({}, { key })).toMatchObject({ status: 500, body: { error: { code: "ERR_6006" } } });
    stack.faults.clear();
    const retried = await refund({}, { key });
    expect(retried).toMatchObject({ status: 200, body: { new_balance: 14, replayed: true } });
    stack.faults.next({ path, kind: "cut-before-forward", times: 2 });
    expect(await refund({}, { key: "later" })).toMatchObject({ status: 500 });
    stack.faults.clear();
    expect(await refund({}, { key: "later" })).toMatchObject({ status: 200, body: { replayed: false } });
    expect(await books()).toEqual({ balance: 18, ledger: 2, actions: 2 });
  });

  it.each(["", " ", '"open', "a,b", `${"x".repeat(201)}`, "naïve"])("refuses the key %j", async (key) => {
    expect(await refund({}, { key })).toMatchObject({
      status: 400,
      body: { error: { code: "ERR_4008", details: { field: "Idempotency-Key" } } },
    });
    expect(await books()).toEqual(untouched);
  });
});

describe("who may", () => {
  it.each([
    ["no token", async () => null],
    ["a word", async () => "letmein"],
    ["the publishable key", async () => stack.publishableKey],
    ["the anon key", async () => stack.anonKey],
    ["a token of nobody", () => stack.signToken({ role: "authenticated" })],
    ["an expired token", () => stack.signToken({ sub: admin.id, expiresIn: -60 })],
    ["a token of another project", async () => `${admin.accessToken.slice(0, -6)}aaaaaa`],
  ])("answers %s with 401 in the request's language", async (_, token) => {
    const answer = await refund({}, { token: await token(), headers: { "accept-language": "es" } });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: "ERR_4005" } } });
    expect(answer.headers.get("content-language")).toBe("es");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(await books()).toEqual(untouched);
  });

  it("refuses a user and a banned admin with 403 in Turkish, their language, and keeps who tried", async () => {
    const columns = { language: "tr" };
    const plain = await stack.createUser({ columns });
    const banned = await stack.createUser({ isAdmin: true, columns });
    await stack.sql`update public.users set banned_at = now() where id = ${banned.id}`;
    const headers = { "accept-language": "en" };
    const answers = [
      await refund({}, { token: plain.accessToken, headers }),
      await refund({}, { token: banned.accessToken, headers }),
    ];
    expect(answers).toMatchObject([
      { status: 403, body: { error: { code: "ERR_4006" } } },
      { status: 403, body: { error: { code: "ERR_4012", message: expect.stringMatching(/askıya alındı/) } } },
    ]);
    expect(answers.map((answer) => answer.headers.get("content-language"))).toEqual(["tr", "tr"]);
    await expect
      .poll(
        () => stack.sql`
        select user_id from public.error_log where endpoint = 'admin-refund-credits' and status = 403 order by id`,
      )
      .toEqual([{ user_id: plain.id }, { user_id: banned.id }]);
    expect(await books()).toEqual(untouched);
  });

  it("lets an admin send sixty in a minute, and leaves the others alone", async () => {
    const eager = await stack.createUser({ isAdmin: true, columns: { language: "tr" } });
    const bad = { token: eager.accessToken, body: "{}" };
    const answers = await Promise.all(Array.from({ length: 61 }, () => send(bad)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toMatchObject([{ body: { error: { code: "ERR_4004" } } }]);
    expect(refused[0]?.headers.get("content-language")).toBe("tr");
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(await refund()).toMatchObject({ status: 200 });
  });
});

describe("what is no order", () => {
  it.each<[string, () => RequestInit, string]>([
    ["text", () => ({ body: "refund please" }), "body"],
    ["nothing", () => ({}), "body"],
    ["bytes that are no UTF-8", () => ({ body: new Uint8Array([0x22, 0xff, 0x22]) }), "body"],
    ["null", () => ({ body: "null" }), "body"],
    ["a list", () => ({ body: "[]" }), "body"],
    ["20 kB", () => ({ body: JSON.stringify(order({ reason: "x".repeat(20_000) })) }), "body"],
    ["an unknown field", () => ({ body: JSON.stringify(order({ amonut: 3 })) }), "amonut"],
    ["no user", () => ({ body: JSON.stringify(order({ user_id: undefined })) }), "user_id"],
    ["no uuid", () => ({ body: JSON.stringify(order({ user_id: "42" })) }), "user_id"],
    ["no amount", () => ({ body: JSON.stringify(order({ amount: undefined })) }), "amount"],
    ["amount 0", () => ({ body: JSON.stringify(order({ amount: 0 })) }), "amount"],
    ["an amount below 0", () => ({ body: JSON.stringify(order({ amount: -4 })) }), "amount"],
    ["a fraction", () => ({ body: JSON.stringify(order({ amount: 1.5 })) }), "amount"],
    ["an amount as text", () => ({ body: JSON.stringify(order({ amount: "4" })) }), "amount"],
    ["an amount of 2^31", () => ({ body: JSON.stringify(order({ amount: 2 ** 31 })) }), "amount"],
    ["a blank reason", () => ({ body: JSON.stringify(order({ reason: " \n" })) }), "reason"],
    ["a reason of 501", () => ({ body: JSON.stringify(order({ reason: "é".repeat(501) })) }), "reason"],
    ["a NUL", () => ({ body: JSON.stringify(order({ reason: "a\0b" })) }), "reason"],
    [
      "a reason code in capitals",
      () => ({ body: JSON.stringify(order({ reason_code: "X" })) }),
      "reason_code",
    ],
    ["a blank ticket", () => ({ body: JSON.stringify(order({ ticket: "" })) }), "ticket"],
  ])("is refused with 400 and the field's name: %s", async (_, init, field) => {
    const answer = await send({ ...init(), headers: { "accept-language": "tr-TR,tr;q=0.9" } });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: "ERR_4008", details: { field } } },
    });
    expect(answer.headers.get("content-language")).toBe("en");
    expect(await books()).toEqual(untouched);
  });

  it("is not read to its end when it has none", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new TextEncoder().encode("x".repeat(65_536)));
      },
    });
    const init = { body: endless, duplex: "half" } as RequestInit;
    const answer = await send(init).catch(() => null);
    // A client that is still sending may see the connection close before it sees the answer.
    if (answer !== null) expect(answer).toMatchObject({ status: 400 });
    expect(sent).toBeLessThan(1_000);
    expect(await books()).toEqual(untouched);
  });
});

describe("other methods", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE"])("answers %s with 405 and what it takes", async (method) => {
    const { status, headers } = await send({ method, token: null });
    expect([status, headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  it("lets pages of any origin send what it reads, without a token", async () => {
    const preflight = { origin: "https://admin.example", "access-control-request-method": "POST" };
    const { status, headers } = await send({ method: "OPTIONS", token: null, headers: preflight });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")).toBe("POST");
    expect(headers.get("access-control-allow-headers")?.split(", ")).toEqual(
      expect.arrayContaining(["authorization", "apikey", "content-type", "idempotency-key", "x-client-info"]),
    );
  });
});

describe("above a threshold", () => {
  it("answers 409 with the request that waits for a second admin, and does it when that one approves", async () => {
    const second = await stack.createUser({ isAdmin: true, columns: { language: "tr" } });
    await stack.sql`insert into public.approval_thresholds (name, credits) values ('act_credits', 100)`;
    try {
      const key = crypto.randomUUID();
      const waiting = await refund({ amount: 101 }, { key, token: second.accessToken });
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
      expect((await refund({ amount: 101 }, { key })).body.error?.details?.approval_id).toBe(id);
      const [row] = await stack.sql`select payload_hash from public.admin_approvals where id = ${String(id)}`;
      const approved = await fetch(`${stack.url}/rest/v1/rpc/approve_admin_request`, {
        method: "POST",
        headers: {
          ...{ apikey: stack.publishableKey, authorization: `Bearer ${admin.accessToken}` },
          "content-type": "application/json",
        },
        body: JSON.stringify({ p_approval_id: id, p_payload_hash: row?.payload_hash }),
      });
      expect(await approved.json()).toMatchObject({ success: true, status: "executed" });
      expect(await refund({ amount: 101 }, { key })).toMatchObject({
        ...{ status: 200, body: { new_balance: 111, replayed: true } },
      });
      expect(await refund({ amount: 100 })).toMatchObject({ status: 200, body: { new_balance: 211 } });
    } finally {
      await stack.sql`delete from public.approval_thresholds`;
    }
  });
});

it("deno.json names the packages of this checkout", () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")) as Record<
      "imports" | "devDependencies",
      Record<string, string>
    > & { version: string };
  const supabase = read("package.json").devDependencies["@supabase/supabase-js"];
  expect(read("supabase/functions/admin-refund-credits/deno.json").imports).toEqual({
    "@supabase/supabase-js": `npm:@supabase/supabase-js@${supabase}`,
    "@vidops/sdk/server": `npm:@vidops/sdk@${read("packages/sdk/package.json").version}/server`,
  });
});
