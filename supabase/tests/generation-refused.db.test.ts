import { describe, expect, it } from "vitest";
import { type Answer, useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, start, books } = project;
const unused = { balance: 10, jobs: 0, ledger: [], keys: 0 };

describe("start_generation refuses, and writes nothing", () => {
  it("for another request under the same key", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    await start(id, { p_idempotency_key: key });
    for (const other of [{ p_prompt: "a dog" }, { p_settings: { duration: 9 } }] as Answer[]) {
      expect(await start(id, { p_idempotency_key: key, ...other })).toEqual({
        ...{ success: false, error: "idempotency_key_reused", code: "ERR_4010" },
      });
    }
    expect(await books(id)).toEqual({ balance: 6, jobs: 1, ledger: [-4], keys: 1 });
  });

  it("for a model that is unknown, or off sale since the list was read", async () => {
    const id = await user(10);
    const { sql } = project.stack;
    const [off] = await sql`
      insert into public.models (name, cost_per_generation, provider, provider_model_id, is_available) values ('off', 1, 'fal', 'x', false) returning id`;
    for (const model of [off?.id, crypto.randomUUID()]) {
      const answer = await start(id, { p_model_id: model });
      expect(answer).toMatchObject({ error: "model_unavailable", code: "ERR_4002", model_id: model });
    }
    expect(await books(id)).toEqual(unused);
  });

  it("for another price than the user saw", async () => {
    const id = await user(10);
    expect(await start(id, { p_expected_credits: 3 })).toMatchObject({
      ...{ error: "price_changed", code: "ERR_4009", expected_credits: 3, required_credits: 4 },
    });
    expect(await books(id)).toEqual(unused);
    expect(await start(id, { p_expected_credits: 4 })).toMatchObject({ success: true });
  });

  it("for a user who is banned, handed over, or not there", async () => {
    const { sql } = project.stack;
    const [banned, guest, account] = [await user(10), await user(10), await user(0)];
    await sql`update public.users set banned_at = now() where id = ${banned}`;
    await sql`update public.users set handed_over_to = ${account}, handed_over_at = now() where id = ${guest}`;
    expect(await start(banned)).toMatchObject({ error: "account_banned", code: "ERR_4012" });
    expect(await start(guest)).toMatchObject({ error: "account_handed_over", handed_over_to: account });
    expect(await start(crypto.randomUUID())).toMatchObject({ error: "user_not_found", code: "ERR_4007" });
    expect(await books(banned)).toEqual(unused);
    expect(await books(guest)).toEqual(unused);
  });

  it("over a limit, says when to come again, and keeps the denial in the log", async () => {
    const id = await user(10);
    const limits = [{ name: "per_user", per: "user", max_requests: 1, window_seconds: 3600 }];
    expect(await start(id, { p_limits: limits })).toMatchObject({
      success: true,
      limits: [{ name: "per_user", remaining: 0 }],
    });
    const refused = await start(id, { p_limits: limits });
    expect(refused).toMatchObject({ error: "rate_limited", code: "ERR_4004", limits: [{ allowed: false }] });
    expect(refused.retry_after).toBeGreaterThan(3590);
    expect(refused.retry_after).toBeLessThanOrEqual(3600);
    expect(await books(id)).toEqual({ balance: 6, jobs: 1, ledger: [-4], keys: 1 });
    const logged = await project.stack
      .sql`select allowed from public.rate_limit_log where user_id = ${id} order by id`;
    expect(logged.map((row) => row.allowed)).toEqual([true, false]);
  });

  it("without counting against a limit what another cause refuses", async () => {
    const id = await user(3);
    const p_limits = [{ name: "per_user", per: "user", max_requests: 1, window_seconds: 3600 }];
    const key = crypto.randomUUID();
    for (let times = 0; times < 3; times += 1)
      expect(await start(id, { p_limits, p_idempotency_key: key })).toMatchObject({
        error: "insufficient_credits",
      });
    await project.rpc("add_credits", { p_user_id: id, p_amount: 5, p_reason: "purchase" });
    expect(await start(id, { p_limits, p_idempotency_key: key })).toMatchObject({ replayed: false });
    // Nor does a repeat.
    expect(await start(id, { p_limits, p_idempotency_key: key })).toMatchObject({
      error: "request_in_flight",
    });
  });

  it("takes the database's rules when no limits are named, and none when the list is empty", async () => {
    const id = await user(100);
    const address = { p_ip: "198.51.100.7" };
    for (let times = 0; times < 10; times += 1)
      expect(await start(id, address)).toMatchObject({ success: true });
    expect(await start(id, address)).toMatchObject({
      error: "rate_limited",
      limits: [{ name: "per_ip", limit: 10 }],
    });
    expect(await start(id, { ...address, p_limits: [] })).toMatchObject({ success: true, limits: null });
  });

  const malformed: readonly (readonly [Answer, RegExp])[] = [
    [{ p_user_id: null }, /p_user_id is required/],
    [{ p_model_id: null }, /p_model_id is required/],
    [{ p_prompt: null }, /p_prompt must have/],
    [{ p_prompt: " \n " }, /p_prompt must have/],
    [{ p_prompt: "x".repeat(10_001) }, /p_prompt must have/],
    [{ p_idempotency_key: "" }, /p_idempotency_key must have/],
    [{ p_idempotency_key: null }, /p_idempotency_key must have/],
    [{ p_settings: [] }, /p_settings must be an object/],
    [{ p_settings: null }, /p_settings must be an object/],
    [{ p_settings: { x: "x".repeat(140_000) } }, /p_settings must be an object/],
  ];
  it.each(malformed)("when an argument is malformed: %j", async (bad, words) => {
    const id = await user(10);
    const answer = await start(id, bad);
    expect(answer).toMatchObject({ code: "22023", message: expect.stringMatching(words) });
    expect(await books(id)).toEqual(unused);
  });
});
