import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { findUser } from "./index.ts";

let stack: TestStack;
let db: Database;
let adaId: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  const ada = await stack.createUser({
    email: "ada_b%c*d@example.com",
    credits: 5,
    columns: { tier: "premium", is_guest: false },
  });
  adaId = ada.id;
  await stack.createUser({ email: "adaxbxcxd@example.com" });
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("findUser", () => {
  it("finds by id and by the whole address in any case; wildcards in it are letters", async () => {
    const found = await findUser(db, adaId);
    expect(found).toEqual({
      id: adaId,
      email: "ada_b%c*d@example.com",
      tier: "premium",
      creditsRemaining: 5,
      creditsTotal: 5,
      isGuest: false,
      isAdmin: false,
      language: "en",
      bannedAt: null,
      createdAt: expect.stringMatching(/Z$/),
    });
    for (const name of [adaId.toUpperCase(), "ada_b%c*d@example.com", " ADA_B%C*D@Example.com "]) {
      await expect(findUser(db, name)).resolves.toEqual(found);
    }
  });

  it.each(["ada_b%c*d@example.co", "%@example.com", "*@example.com", "00000000-0000-4000-8000-000000000000"])(
    "finds nobody as %s",
    async (name) => {
      await expect(findUser(db, name)).rejects.toMatchObject({ code: "ERR_4007", reason: "user_not_found" });
    },
  );

  it("refuses to choose between two users of one address", async () => {
    const twins = [await stack.createUser(), await stack.createUser()].map(({ id }) => id);
    await stack.sql`update users set email = 'twin@example.com' where id = ${twins[0] ?? ""}`;
    await stack.sql`update users set email = 'Twin@example.com' where id = ${twins[1] ?? ""}`;
    await expect(findUser(db, "twin@example.com")).rejects.toMatchObject({
      code: "ERR_4009",
      reason: "ambiguous_user",
      details: { user_ids: expect.arrayContaining(twins) },
    });
  });

  it("is not for end users", async () => {
    const { accessToken, email } = await stack.createUser();
    const asUser = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await expect(findUser(asUser, email)).rejects.toMatchObject({ code: "ERR_4006" });
  });
});
