import { createDatabase } from "@vidops/core/database";
import { createTestStack } from "@vidops/local/testing";
import { expect, it } from "vitest";
import { refundFailedJobs } from "./refund-failed-jobs.ts";

it("refunds each failed job of the last day once, also when it is run twice", async () => {
  await using stack = await createTestStack({ seed: "demo" });
  const admin = await stack.createUser({ isAdmin: true });
  const db = createDatabase({ url: stack.url, key: stack.secretKey });
  const since = new Date(Date.now() - 24 * 60 * 60 * 1000);
  const [owed] = await stack.sql`
    select count(*)::int as jobs, sum(credits_used)::int as credits from public.video_jobs
    where status = 'failed' and credits_refunded = 0 and created_at >= ${since}`;
  expect(owed?.jobs).toBeGreaterThan(5);

  const outcomes = await refundFailedJobs(db, { adminUserId: admin.id, since });
  const given = outcomes.reduce((sum, outcome) => sum + ("refund" in outcome ? outcome.refund.amount : 0), 0);
  expect([outcomes.length, given]).toEqual([owed?.jobs, owed?.credits]);
  expect(await refundFailedJobs(db, { adminUserId: admin.id, since })).toEqual([]);
  const [audit] = await stack.sql`select public.audit_credits(null, 10000) -> 'users_drifted' as drifted`;
  expect(audit).toEqual({ drifted: 0 });
});
