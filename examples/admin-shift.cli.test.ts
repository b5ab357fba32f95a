import { fileURLToPath } from "node:url";
import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Run, runPrinted, temporaryFolder } from "../packages/cli/src/testing/run-vidops.ts";

const script = fileURLToPath(new URL("./admin-shift.ts", import.meta.url));
const temporary = temporaryFolder();
let stack: TestStack;
let first: TestUser;
let second: TestUser;
beforeAll(async () => {
  stack = await createTestStack({ seed: "demo" });
  first = await stack.createUser({ isAdmin: true, email: "ops@example.com" });
  second = await stack.createUser({ isAdmin: true, email: "second@example.com" });
});
beforeEach(() => stack.faults.clear());
afterAll(async () => {
  temporary[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

/** Runs the example as its first lines say, in a shell that finds `vidops`. */
function shift(env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return runPrinted(`"${process.execPath}" "${script}" 881@`, {
    folder: temporary.path,
    env: {
      SUPABASE_URL: stack.url,
      SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
      ...{ ADMIN_EMAIL: first.email, ADMIN_PASSWORD: first.password },
      ...{ SECOND_ADMIN_EMAIL: second.email, SECOND_ADMIN_PASSWORD: second.password },
      TMPDIR: temporary.path,
      ...env,
    },
  });
}

/** All that a shift changes and has to put back. */
async function business(): Promise<unknown> {
  const [row] = await stack.sql`
    select
      (select md5(jsonb_agg(to_jsonb(u) - 'updated_at' order by u.id)::text) from users u) as users,
      (select sum(credits_remaining)::int from users) as balances,
      (select count(*)::int from users where banned_at is not null) as banned,
      (select jsonb_agg(jsonb_build_array(m.name, m.is_available) order by m.name) from models m) as models,
      (select sum(credits_refunded)::int from video_jobs) as refunded,
      (select jsonb_agg(t.name) from approval_thresholds t) as thresholds,
      (select count(*)::int from admin_approvals where status = 'pending') as waiting,
      (select count(*)::int from auth.sessions) as sessions,
      audit_credits(null, 10000) -> 'users_drifted' as drifted`;
  return { ...row };
}

/** What the audit has behind a position of its chain, in order. */
async function actsAfter(position: number): Promise<Record<string, unknown>[]> {
  const rows = await stack.sql`
    select action_type, admin_user_id, signed_in, approved_by, run_id, ticket is not null as ticket,
      undoes is not null as undo from admin_actions where chain_position > ${position} order by chain_position`;
  return rows.map((row) => ({ ...row }));
}

async function head(): Promise<{ position: number; place: string }> {
  const [row] =
    await stack.sql`select position::int, position || ':' || hash as place from vidops.admin_action_chain`;
  return { position: row?.position, place: row?.place };
}

it.each(["once", "and once more"])(
  "does a whole shift signed in, proves it, and takes it back: %s",
  async () => {
    const before = await business();
    expect(before).toMatchObject({ sessions: 0, thresholds: null, waiting: 0, drifted: 0 });
    const pinned = await head();
    const run = await shift();
    expect([run.exitCode, run.json().ok], run.stderr).toEqual([0, true]);
    expect(await business()).toEqual(before);

    const acts = await actsAfter(pinned.position);
    const told = acts.map(
      (act) =>
        `${act.action_type}${act.undo ? " (undo)" : ""}${act.approved_by === null ? "" : " (approved)"}`,
    );
    expect(told).toEqual([
      ...["credit_refund", "credit_adjustment", "credit_adjustment (undo)", "user_ban", "user_unban"],
      ...["model_disable", "model_enable", "approval_threshold"],
      ...["approval_request", "credit_adjustment (approved)"],
      ...["approval_request", "credit_adjustment (undo) (approved)"],
      ...["approval_request", "approval_threshold (undo) (approved)", "credit_adjustment (undo)"],
    ]);
    // Each was done by the one, as a person who signed in; what was approved, by the other; and each run is found again.
    expect(
      acts.filter((act) => act.admin_user_id !== first.id || act.signed_in !== true || !act.ticket),
    ).toEqual([]);
    expect(new Set(acts.map((act) => act.approved_by))).toEqual(new Set([null, second.id]));
    const { pinned: place, run_ids, proof } = run.json();
    expect(acts.map((act) => act.run_id)).toEqual(expect.arrayContaining(run_ids));

    expect(place).toBe(pinned.place);
    const { place: last } = await head();
    expect(proof).toMatchObject({
      ok: true,
      expect: { place },
      verified: { place: last },
      head: { place: last },
    });
    expect(run.stderr).toContain("ERR_4009 cannot_ban_self");
    expect(run.stderr).toContain("ERR_4009 own_request");
  },
);

it.each([
  ["ban_user", "502-html", ["credit_refund", "credit_adjustment", "credit_adjustment", "credit_adjustment"]],
  ["set_model_availability", "cut-after-forward", expect.arrayContaining(["model_disable", "model_enable"])],
] as const)(
  "takes back what it did, signs out and exits 1 when a step fails in the middle: %s, %s",
  async (name, kind, types) => {
    const before = await business();
    const { position } = await head();
    stack.faults.next({ path: `/rest/v1/rpc/${name}`, kind, times: 2 });
    const run = await shift();
    expect([run.exitCode, run.json().ok]).toEqual([1, false]);
    expect(run.stderr).toMatch(/^vidops \w+ (ban|disable) .*: exit \d+, ERR_/m);
    expect(await business()).toEqual(before);
    expect((await actsAfter(position)).map(({ action_type }) => action_type)).toEqual(types);
  },
);

it("takes back what it did and says so when the audit was altered", async () => {
  const before = await business();
  const alter = (more: string): Promise<unknown> =>
    stack.sql.begin(async (sql) => {
      await sql`alter table admin_actions disable trigger admin_actions_append_only`;
      await sql.unsafe(`update admin_actions set reason = ${more} where chain_position = 7`);
      await sql`alter table admin_actions enable trigger admin_actions_append_only`;
    });
  await alter("reason || '!'");
  const run = await shift();
  await alter("left(reason, -1)");
  expect([run.exitCode, run.json().ok, run.json().proof]).toEqual([1, false, null]);
  expect(run.stderr).toMatch(/^vidops actions verify --expect \S+: exit 6, /m);
  expect(await business()).toEqual(before);
});

it("changes nothing where the second admin cannot sign in, and has no use for a secret key", async () => {
  const before = await business();
  const { position } = await head();
  const secret = { SUPABASE_SECRET_KEY: stack.secretKey, VIDOPS_ADMIN: first.id };
  const run = await shift({ ...secret, SECOND_ADMIN_PASSWORD: "wrong" });
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toMatch(/^vidops login --email second@example\.com --password-stdin: exit 4/m);
  expect(run.stdout + run.stderr).not.toContain(first.password);
  expect(await business()).toEqual(before);
  expect(await actsAfter(position)).toEqual([]);
});
