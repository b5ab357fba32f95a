import { describe, expect, it } from "vitest";
import { createJob, moneyState } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";

const money = moneyFixture();
const { vidops, balance } = money;

function writes(): string[] {
  return money.stack.requests
    .filter(({ method }) => method !== "GET" && method !== "HEAD")
    .map(({ path }) => path);
}

describe("a refund", () => {
  it("gives back all that is left of a job with exactly one request, and says the new balance", async () => {
    const before = await balance();
    const run = await vidops([
      "refund",
      money.job,
      "--reason",
      "video never arrived",
      "--reason-code",
      "outage",
      "--yes",
    ]);
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${before} → ${before + 10}`) });
    expect(run.stderr).toMatch(/^idempotency key [0-9a-f-]{36}\n$/);
    expect(money.stack.requests.map(({ path }) => path)).toEqual(["/rest/v1/rpc/admin_refund_credits"]);
    expect(await balance()).toBe(before + 10);
    const actions = await money.stack
      .sql`select admin_user_id, amount, reason, reason_code from admin_actions where target_job_id = ${money.job}`;
    expect([...actions]).toEqual([
      { admin_user_id: money.admin.id, amount: 10, reason: "video never arrived", reason_code: "outage" },
    ]);
  });

  it("carries one run_id through output and audit", async () => {
    const { meta, data } = (
      await vidops(["--json", "refund", money.job, "--amount", "4", "--reason", "partial", "--yes"])
    ).json();
    const [action] = await money.stack
      .sql`select run_id, idempotency_key from admin_actions where id = ${data.action_id}`;
    expect(action).toEqual({ run_id: meta.run_id, idempotency_key: data.idempotency_key });
    expect(data).toMatchObject({
      amount: 4,
      job_credits_refunded: 4,
      replayed: false,
      dry_run: false,
      email: "ada@example.com",
    });
  });

  it("takes a user by email, with an admin by email, and still writes once", async () => {
    const run = await vidops(
      ["refund", "--user", "ADA@example.com", "--amount", "3", "--reason", "goodwill", "--yes", "--json"],
      {
        env: { VIDOPS_ADMIN: "ops@example.com" },
      },
    );
    expect(run.json().data).toMatchObject({ user_id: money.user.id, amount: 3, job_id: null });
    expect(writes().filter((path) => !path.endsWith("/find_user"))).toEqual([
      "/rest/v1/rpc/admin_refund_credits",
    ]);
  });

  it("works with a signed-in admin's token, which says itself who acts", async () => {
    const run = await vidops(["refund", money.job, "--reason", "signed in", "--yes", "--json"], {
      env: {
        SUPABASE_SECRET_KEY: undefined,
        VIDOPS_ADMIN: undefined,
        SUPABASE_PUBLISHABLE_KEY: money.stack.publishableKey,
        VIDOPS_ACCESS_TOKEN: money.admin.accessToken,
      },
    });
    expect(run.json().data).toMatchObject({ amount: 10, acting_admin: null });
  });

  it("only looks with --dry-run", async () => {
    const before = await moneyState(money.stack);
    const run = await vidops(["refund", money.job, "--reason", "look", "--dry-run", "--json"]);
    expect(run.exitCode).toBe(0);
    expect(run.json().data).toMatchObject({
      dry_run: true,
      amount: 10,
      action_id: null,
      idempotency_key: null,
    });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("answers the same key again without doing it twice", async () => {
    const words = [
      "refund",
      money.job,
      "--reason",
      "once",
      "--idempotency-key",
      `ticket-${money.job}`,
      "--yes",
    ];
    const first = (await vidops([...words, "--json"])).json().data;
    const after = await moneyState(money.stack);
    const again = await vidops(words);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("nothing was done twice") });
    expect((await vidops([...words, "--json"])).json().data).toMatchObject({
      replayed: true,
      action_id: first.action_id,
    });
    expect(await moneyState(money.stack)).toEqual(after);
  });

  it("says what to watch when the job had not ended", async () => {
    const running = await createJob(money.stack, { userId: money.user.id, cost: 2, status: "processing" });
    const refused = await vidops(["refund", running, "--reason", "stuck", "--yes"]);
    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("--allow-unfinished") });
    const run = await vidops(["refund", running, "--reason", "stuck", "--allow-unfinished", "--yes"]);
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`vidops credits audit ${money.user.id}`),
    });
  });
});
