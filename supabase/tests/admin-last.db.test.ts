import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { books, signedIn, walkChain, withSecretKey } from "./acting.ts";

let stack: TestStack;
let admin: TestUser;

beforeEach(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ isAdmin: true });
});
afterEach(() => stack[Symbol.asyncDispose]());

const p_reason = "because";
async function activeAdmins(): Promise<number> {
  const [row] =
    await stack.sql`select count(*)::int as n from public.users where is_admin and banned_at is null`;
  return row?.n;
}

describe("the last admin", () => {
  it("cannot unmake himself, and nobody can ban him, though others are admins who are banned", async () => {
    const banned = await stack.createUser({ isAdmin: true });
    await signedIn(stack, admin)("ban_user", { p_user_id: banned.id, p_reason });
    const before = await books(stack.sql);
    for (const speak of [signedIn(stack, admin), withSecretKey(stack, admin)]) {
      expect(await speak("revoke_admin", { p_user_id: admin.id, p_reason })).toMatchObject({
        ...{ success: false, error: "last_admin", code: "ERR_4009" },
      });
      expect(await speak("revoke_admin", { p_user_id: admin.id, p_reason, p_dry_run: true })).toMatchObject({
        error: "last_admin",
      });
      expect(await speak("ban_user", { p_user_id: admin.id, p_reason })).toMatchObject({ success: false });
    }
    expect(await books(stack.sql)).toEqual(before);
  });

  it("is left when two revoke each other at once, or ban each other, or themselves, again and again", async () => {
    const other = await stack.createUser({ isAdmin: true });
    const [one, two] = [signedIn(stack, admin), signedIn(stack, other)];
    const duels = [
      () => [
        one("revoke_admin", { p_user_id: other.id, p_reason }),
        two("revoke_admin", { p_user_id: admin.id, p_reason }),
      ],
      () => [
        one("ban_user", { p_user_id: other.id, p_reason }),
        two("ban_user", { p_user_id: admin.id, p_reason }),
      ],
      () => [
        one("revoke_admin", { p_user_id: admin.id, p_reason }),
        two("revoke_admin", { p_user_id: other.id, p_reason }),
      ],
      () => [
        one("ban_user", { p_user_id: other.id, p_reason }),
        two("revoke_admin", { p_user_id: other.id, p_reason }),
      ],
    ];
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all((duels[round % 4] as () => Promise<unknown>[])());
      expect(await activeAdmins()).toBe(1);
      // One won; the other was no admin any more, or the last.
      expect(answers.map((one) => (one as { success?: boolean }).success === true)).toContain(true);
      await stack.sql`update public.users set is_admin = true, banned_at = null, ban_reason = null where id in (${admin.id}, ${other.id})`;
    }
    expect(await walkChain(stack.sql)).toMatchObject({ broken: [], headFits: true });
  });

  it("may be unmade as soon as there is another", async () => {
    const other = await stack.createUser();
    const speak = signedIn(stack, admin);
    await speak("grant_admin", { p_user_id: other.id, p_reason });
    expect(await speak("revoke_admin", { p_user_id: admin.id, p_reason })).toMatchObject({
      success: true,
      changed: true,
    });
    expect(await speak("grant_admin", { p_user_id: admin.id, p_reason })).toMatchObject({ code: "42501" });
    expect(await activeAdmins()).toBe(1);
  });
});
