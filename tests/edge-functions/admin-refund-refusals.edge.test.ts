import { describe, expect, it } from "vitest";
import { untouched, useRefundFunction } from "./use-refund-function.ts";

const edge = useRefundFunction();
const order = (more: Record<string, unknown>) => ({
  ...{ user_id: edge.user.id, amount: 4, reason: "never arrived" },
  ...more,
});

describe("who may", () => {
  it.each([
    ["no token", async () => null],
    ["a word", async () => "letmein"],
    ["the publishable key", async () => edge.stack.publishableKey],
    ["the anon key", async () => edge.stack.anonKey],
    ["a token of nobody", () => edge.stack.signToken({ role: "authenticated" })],
    ["an expired token", () => edge.stack.signToken({ sub: edge.admin.id, expiresIn: -60 })],
    ["a token of another project", async () => `${edge.admin.accessToken.slice(0, -6)}aaaaaa`],
  ])("answers %s with 401 in the request's language", async (_, token) => {
    const answer = await edge.refund({}, { token: await token(), headers: { "accept-language": "es" } });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: "ERR_4005" } } });
    expect(answer.headers.get("content-language")).toBe("es");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(await edge.books()).toEqual(untouched);
  });

  it("refuses a user and a banned admin with 403 in Turkish, their language, and keeps who tried", async () => {
    const columns = { language: "tr" };
    const plain = await edge.stack.createUser({ columns });
    const banned = await edge.stack.createUser({ isAdmin: true, columns });
    await edge.stack.sql`update public.users set banned_at = now() where id = ${banned.id}`;
    const headers = { "accept-language": "en" };
    const answers = [
      await edge.refund({}, { token: plain.accessToken, headers }),
      await edge.refund({}, { token: banned.accessToken, headers }),
    ];
    expect(answers).toMatchObject([
      { status: 403, body: { error: { code: "ERR_4006" } } },
      { status: 403, body: { error: { code: "ERR_4012", message: expect.stringMatching(/askıya alındı/) } } },
    ]);
    expect(answers.map((answer) => answer.headers.get("content-language"))).toEqual(["tr", "tr"]);
    await expect
      .poll(
        () => edge.stack.sql`
        select user_id from public.error_log where endpoint = 'admin-refund-credits' and status = 403 order by id`,
      )
      .toEqual([{ user_id: plain.id }, { user_id: banned.id }]);
    // Those without a token, of before, are nobody: they cannot fill the table.
    expect(await edge.stack.sql`select id from public.error_log where status = 401`).toEqual([]);
    expect(await edge.books()).toEqual(untouched);
  });

  it("lets an admin send sixty in a minute, and leaves the others alone", async () => {
    const eager = await edge.stack.createUser({ isAdmin: true, columns: { language: "tr" } });
    const bad = { token: eager.accessToken, body: "{}" };
    const answers = await Promise.all(Array.from({ length: 61 }, () => edge.send(bad)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toMatchObject([{ body: { error: { code: "ERR_4004" } } }]);
    expect(refused[0]?.headers.get("content-language")).toBe("tr");
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(await edge.refund()).toMatchObject({ status: 200 });
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
    const answer = await edge.send({ ...init(), headers: { "accept-language": "tr-TR,tr;q=0.9" } });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: "ERR_4008", details: { field } } },
    });
    expect(answer.headers.get("content-language")).toBe("en");
    expect(await edge.books()).toEqual(untouched);
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
    const answer = await edge.send(init).catch(() => null);
    // A client that is still sending may see the connection close before it sees the answer.
    if (answer !== null) expect(answer).toMatchObject({ status: 400 });
    expect(sent).toBeLessThan(1_000);
    expect(await edge.books()).toEqual(untouched);
  });
});

describe("other methods", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE"])("answers %s with 405 and what it takes", async (method) => {
    const { status, headers } = await edge.send({ method, token: null });
    expect([status, headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
  });

  it("lets pages of any origin send what it reads, without a token", async () => {
    const preflight = { origin: "https://admin.example", "access-control-request-method": "POST" };
    const { status, headers } = await edge.send({ method: "OPTIONS", token: null, headers: preflight });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-methods")).toBe("POST");
    expect(headers.get("access-control-allow-headers")?.split(", ")).toEqual(
      expect.arrayContaining(["authorization", "apikey", "content-type", "idempotency-key", "x-client-info"]),
    );
  });
});
