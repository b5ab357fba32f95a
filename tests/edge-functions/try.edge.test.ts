import { createTestStack } from "@vidops/local/testing";
import { expect, it } from "vitest";
import { serveFunction } from "./serve-function.ts";
it("tries", async () => {
  await using stack = await createTestStack();
  await using fn = await serveFunction("admin-refund-credits", stack);
  const admin = await stack.createUser({ isAdmin: true });
  const user = await stack.createUser({ credits: 5 });
  for (const headers of [{}, { authorization: `Bearer ${admin.accessToken}` }, { authorization: `Bearer ${admin.accessToken}` }]) {
    const r = await fetch(fn.url, { method: "POST", headers, body: JSON.stringify({ user_id: user.id, amount: 2, reason: "x" }) });
    console.log(r.status, [...r.headers], await r.text());
  }
  console.log(fn.log());
  expect(1).toBe(1);
});
