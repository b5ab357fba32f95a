import { describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";
import { runPrinted } from "../../testing/run-vidops.ts";

const acts = actsFixture();
const why = ["--reason", "why"];

/** What a script gives that approves what was reviewed. */
async function reviewed(id: string): Promise<string[]> {
  const [request] = await acts.stack.sql`select payload_hash from admin_approvals where id = ${id}`;
  return ["--hash", String(request?.payload_hash), "--yes"];
}

describe("an act above a threshold", () => {
  it("waits, is shown to the letter, is approved by another admin, and is done once", async () => {
    const id = await acts.ask(500);
    const list = await acts.vidops(["approvals", "list"]);
    expect(list.stdout).toMatch(/^id +until +asked by +for +status +reason\n/);
    expect(list.stdout).toContain("give 500 credits to ada@example.com");

    const show = await acts.as(acts.second, ["approvals", "show", id]);
    expect(show.exitCode, show.stderr).toBe(0);
    for (const shown of [
      "waits for a second admin",
      "ops@example.com",
      "10 → 510",
      '"p_change": 500',
      "a big one",
    ])
      expect(show.stdout).toContain(shown);
    const json = (await acts.as(acts.second, ["approvals", "show", id, "--json"])).json();
    expect(json.data).toMatchObject({
      ...{ id, status: "pending", function: "admin_adjust_credits", would_be_refused: null },
      ...{ payload: { arguments: { p_change: 500 } }, effect: { previous_balance: 10, new_balance: 510 } },
    });
    const hash = json.data.payload_hash;

    const before = await acts.state();
    const look = await acts.as(acts.second, ["approvals", "approve", id, "--dry-run"]);
    expect(look.stdout).toMatch(
      /Approve request \d+: give 500.*10 → 510.*Dry run: nothing was changed\.\n$/s,
    );
    expect(await acts.state()).toEqual(before);

    const approve = ["approvals", "approve", id, "--hash", hash, "--yes", "--json"];
    const done = await acts.as(acts.second, approve);
    expect(done.json().data).toMatchObject({
      ...{
        approval_id: id,
        status: "executed",
        payload_hash: hash,
        requested_by: acts.admin.id,
        effect: { new_balance: 510 },
      },
    });
    expect(await acts.balance()).toBe(510);
    const after = await acts.state();
    const again = await acts.as(acts.second, approve);
    expect(again.exitCode).toBe(5);
    expect(again.json().error).toMatchObject({
      reason: "approval_settled",
      message: expect.stringContaining("nothing was done twice"),
    });
    expect(await acts.state()).toEqual(after);
    const action = await acts.vidops(["actions", "show", done.json().data.action_id]);
    expect(action.stdout).toMatch(/by +ops@example\.com \(key\) \+ second@example\.com/);
    expect(action.stdout).toContain(`by second@example.com, `);
  });

  it("is rejected with a reason, or withdrawn by who asked", async () => {
    const [first, second] = [await acts.ask(500), await acts.ask(600)];
    const refused = await acts.as(acts.second, [
      "approvals",
      "reject",
      first,
      "--reason",
      "too much",
      "--yes",
    ]);
    expect(refused.exitCode, refused.stderr).toBe(0);
    expect(refused.stdout).toContain(
      `Rejected request ${first}: give 500 credits to ada@example.com. It was not done.`,
    );
    const withdrawn = await acts.as(acts.admin, [
      "approvals",
      "reject",
      second,
      "--reason",
      "withdrawn",
      "--yes",
      "--json",
    ]);
    expect(withdrawn.json().data).toMatchObject({ approval_id: second, status: "rejected" });
    const list = await acts.vidops(["approvals", "list", "--status", "rejected", "--output", "csv"]);
    expect(list.stdout).toContain(",too much,");
    expect((await acts.vidops(["approvals", "list"])).stdout).toBe("Nothing waits for approval.\n");
    expect(await acts.balance()).toBe(10);
    expect(
      (await acts.as(acts.second, ["approvals", "approve", first, ...(await reviewed(first))])).stderr,
    ).toContain("was rejected before; nothing was done");
  });

  it("is not approved by who asked, by a secret key, by a user, late, or as another act", async () => {
    const id = await acts.ask(500);
    const before = await acts.state();
    const approve = ["approvals", "approve", id, ...(await reviewed(id))];
    const own = await acts.as(acts.admin, approve);
    expect(own.exitCode).toBe(5);
    expect(own.stderr).toContain("is your own: a second admin has to approve it");
    expect(own.stderr).toContain(`vidops approvals reject ${id}`);
    const key = await acts.vidops(approve, { env: { VIDOPS_ADMIN: acts.second.id } });
    expect(key.exitCode).toBe(4);
    expect(key.stderr).toContain("Approving needs a login");
    expect((await acts.as(acts.user, approve)).exitCode).toBe(4);
    expect((await acts.as(acts.second, ["approvals", "approve", id])).exitCode).toBe(7);
    const other = await acts.as(acts.second, ["approvals", "approve", id, "--yes", "--hash", "a".repeat(64)]);
    expect(other.exitCode).toBe(5);
    expect(other.stderr).toContain("is not the one that was reviewed");
    expect(await acts.state()).toEqual(before);

    await acts.stack
      .sql`update admin_approvals set payload = jsonb_set(payload, '{arguments,p_change}', '5000')`;
    const changed = await acts.as(acts.second, approve);
    expect(changed.exitCode).toBe(5);
    expect(changed.stderr).toContain("vidops actions verify");
    await acts.stack
      .sql`update admin_approvals set payload = jsonb_set(payload, '{arguments,p_change}', '500'), expires_at = now()`;
    const late = await acts.as(acts.second, approve);
    expect(late.exitCode).toBe(5);
    expect(late.stderr).toMatch(new RegExp(`Request ${id} expired at .*Z; nothing was done`));
    expect((await acts.vidops(["approvals", "list", "--status", "expired"])).stdout).toContain(
      "give 500 credits",
    );
    expect(await acts.balance()).toBe(10);
  });

  it("leads to the next page", async () => {
    for (const change of [201, 202, 203]) await acts.ask(change);
    const first = await acts.vidops(["approvals", "list", "--limit", "2"]);
    const [, more = ""] = /^More: (.*)$/m.exec(first.stdout) ?? [];
    const next = await runPrinted(`${more} --output ndjson`, { folder: acts.folder, env: acts.settings() });
    expect(
      next.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).amount),
    ).toEqual([201]);
  });
});

describe("thresholds", () => {
  it("are set, lowered alone, and raised or removed only by two", async () => {
    const set = (...args: string[]) => acts.vidops(["approvals", "set-threshold", ...args, ...why]);
    expect((await acts.vidops(["approvals", "thresholds"])).stdout).toContain("no act needs a second admin");
    const look = await set("act_credits", "500", "--dry-run");
    expect(look.stdout).toMatch(/act_credits +none → 500.*becomes a request.*Dry run/s);
    expect((await set("act_credits", "500")).exitCode).toBe(7);
    const done = await set("act_credits", "500", "--yes", "--json");
    expect(done.json().data).toMatchObject({ name: "act_credits", before: null, after: 500, changed: true });
    expect((await set("act-credits", "400", "--yes")).exitCode).toBe(0);
    expect((await set("act_credits", "400", "--yes")).stdout).toContain("is so already: nothing was changed");
    for (const args of [
      ["act_credits", "401"],
      ["act_credits", "--off"],
    ]) {
      const asked = await set(...args, "--yes");
      expect(asked.exitCode).toBe(5);
      expect(asked.stderr).toMatch(/request \d+ waits for approval/);
    }
    const text = await acts.vidops(["approvals", "thresholds"]);
    expect(text.stdout).toMatch(
      /^threshold +credits +of +set by +since\nact_credits +400 +one refund or adjustment +ops@example\.com/,
    );
    const csv = await acts.vidops(["approvals", "thresholds", "--output", "csv"]);
    expect(csv.stdout).toMatch(/^name,credits,updated_at,updated_by,updated_by_email\nact_credits,400,/);
  });

  it("need two admins for the first", async () => {
    await acts.stack.sql`update users set is_admin = false where id = ${acts.second.id}`;
    const { exitCode, stderr } = await acts.vidops([
      "approvals",
      "set-threshold",
      "act_credits",
      "5",
      ...why,
      "--yes",
    ]);
    await acts.stack.sql`update users set is_admin = true where id = ${acts.second.id}`;
    expect(exitCode).toBe(5);
    expect(stderr).toContain("Four eyes need two admins");
  });
});

describe("bad input", () => {
  it.each<[title: string, args: string[], exitCode: number, says: RegExp]>([
    ["limit 0", ["list", "--limit", "0"], 2, /--limit/],
    ["a negative limit", ["list", "--limit=-5"], 2, /--limit/],
    ["a huge limit", ["list", "--limit", "100000"], 2, /--limit/],
    ["an unknown status", ["list", "--status", "open"], 2, /pending, expired, executed, rejected or all/],
    ["somebody unknown", ["list", "--by", "nobody@example.com"], 3, /no such user/i],
    ["a damaged cursor", ["list", "--cursor", "x"], 2, /damaged/],
    ["an id that is no number", ["show", "abc"], 2, /not an id/],
    ["an unknown id", ["show", "999999"], 3, /no such request/i],
    ["no id without a terminal", ["show"], 2, /Say which request/],
    ["no id to approve", ["approve", "--dry-run"], 2, /Say which request/],
    ["an unknown id to approve", ["approve", "999999", "--dry-run"], 3, /no such request/i],
    ["--yes to what nobody reviewed", ["approve", "1", "--yes"], 2, /only its --hash says what/],
    ["half a hash", ["approve", "1", "--hash", "abc", "--yes"], 2, /64 hexadecimal digits/],
    ["a rejection without reason", ["reject", "1", "--yes"], 2, /--reason is missing/],
    ["an unknown id to reject", ["reject", "999999", ...why, "--yes"], 3, /no such request/i],
    [
      "an unknown threshold",
      ["set-threshold", "week_credits", "5", ...why, "--yes"],
      2,
      /act_credits or day_credits/,
    ],
    ["a negative threshold", ["set-threshold", "act_credits", ...why, "--yes", "--", "-5"], 2, /from 0 to/],
    ["a huge threshold", ["set-threshold", "act_credits", "2147483648", ...why, "--yes"], 2, /from 0 to/],
    ["a threshold of nothing", ["set-threshold", "act_credits", ...why, "--yes"], 2, /one of them/],
    [
      "a threshold that is set and taken away",
      ["set-threshold", "act_credits", "5", "--off", ...why],
      2,
      /one of them/,
    ],
  ])("%s is refused", async (_, args, exitCode, says) => {
    const before = await acts.state();
    const text = await acts.vidops(["approvals", ...args]);
    expect(text.exitCode, text.stderr).toBe(exitCode);
    expect(text.stderr).toMatch(says);
    expect(text.stdout).toBe("");
    expect(await acts.state()).toEqual(before);
  });
});
