import { beforeEach, describe, expect, it } from "vitest";
import { actsFixture } from "../../testing/acts-fixture.ts";

const acts = actsFixture();
let ids: string[];

beforeEach(async () => {
  ids = [];
  for (let change = 1; change <= 4; change++) ids.push(await acts.give(change));
});

const verify = (...flags: string[]) => acts.vidops(["actions", "verify", ...flags]);

describe("vidops actions verify", () => {
  it("proves the chain and says what to keep", async () => {
    const text = await verify();
    expect(text.exitCode, text.stderr).toBe(0);
    expect(text.stdout).toMatch(
      /^4 actions checked: every hash fits, up to the head\.\nKeep this somewhere else: 4:[0-9a-f]{64}\n$/,
    );
    const json = (await verify("--json")).json();
    expect(json.data).toMatchObject({
      ok: true,
      checked: 4,
      fault: null,
      head: { position: 4 },
      project: acts.stack.url,
    });
  });

  it("prints the head alone, which later proves that history is still the one it was", async () => {
    const head = await verify("--head");
    expect(head.stdout).toMatch(/^4:[0-9a-f]{64}\n$/);
    expect((await verify("--head", "--json")).json().data).toMatchObject({
      position: 4,
      place: head.stdout.trim(),
    });
    await acts.give(9);
    const pinned = await verify("--expect", head.stdout.trim());
    expect(pinned.exitCode, pinned.stderr).toBe(0);
    expect(pinned.stdout).toContain("History up to position 4 is the one that was pinned.");
    const since = await verify("--after", head.stdout.trim());
    expect(since.stdout).toMatch(/^1 action checked after position 4:/);
    // Another history, whole in itself.
    await acts.stack.sql`delete from quota_log where admin_action_id is not null`;
    await acts.stack.sql`delete from admin_actions`;
    await acts.stack.sql`update vidops.admin_action_chain set position = 0, hash = repeat('0', 64)`;
    for (let change = 1; change <= 5; change++) await acts.give(change);
    expect((await verify()).exitCode).toBe(0);
    const forged = await verify("--expect", head.stdout.trim(), "--json");
    expect(forged.exitCode).toBe(6);
    expect(forged.json().data).toMatchObject({ ok: false, fault: { kind: "pinned", position: 4 } });
  });

  it("names the first action that does not fit, and exits 6", async () => {
    await acts.stack.sql`update admin_actions set reason = 'never happened' where id = ${ids[1] ?? ""}`;
    const text = await verify();
    expect(text.exitCode).toBe(6);
    expect(text.stdout).toMatch(/^The chain does not hold: what stands at position 2 was altered\.\n/);
    expect(text.stdout).toContain(`vidops actions show ${ids[1]}`);
    expect(text.stdout).toMatch(/fits up to +1:[0-9a-f]{64}/);
    const json = await verify("--json");
    expect(json.exitCode).toBe(6);
    expect(json.json()).toMatchObject({
      ok: true,
      data: { ok: false, checked: 1, fault: { kind: "altered", position: 2, action_id: ids[1] } },
    });
  });

  it("says where an action was removed", async () => {
    await acts.stack.sql`delete from quota_log where admin_action_id = ${ids[3] ?? ""}`;
    await acts.stack.sql`delete from admin_actions where id = ${ids[3] ?? ""}`;
    const { exitCode, stdout } = await verify();
    expect(exitCode).toBe(6);
    expect(stdout).toContain("Nothing is left at position 4.");
  });

  it("is for admins, signed in or with a secret key", async () => {
    expect((await acts.as(acts.second, ["actions", "verify"])).exitCode).toBe(0);
    expect((await acts.as(acts.user, ["actions", "verify"])).exitCode).toBe(4);
    expect((await acts.as(acts.user, ["actions", "verify", "--head"])).stdout).toBe("");
  });
});
