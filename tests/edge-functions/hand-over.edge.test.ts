import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { describe, expect, it } from "vitest";
import { type Person, useApp } from "./use-app.ts";

const app = useApp({ pace: { seconds: 0.2 } });

async function account(): Promise<Person> {
  const { auth } = createClient(app.stack.url, app.stack.publishableKey, { auth: { persistSession: false } });
  const email = `${randomUUID()}@test.vidops.local`;
  const { data } = await auth.signUp({ email, password: "a long password" });
  const person = app.person({ id: data.user?.id ?? "", token: data.session?.access_token ?? "" });
  await person.call("device-check", { body: { device_id: `device-${person.id}` } });
  return person;
}

describe("a guest who becomes an account", () => {
  it("by signing in to one takes credits and videos along, once", async () => {
    const guest = await app.guest();
    const { body } = await guest.generate("A red kite");
    await guest.ended(body.job_id);
    const owner = await account();
    expect(await owner.credits()).toBe(10);
    const handOver = () => owner.call("hand-over-guest", { body: { guest_token: guest.token } });
    expect(await handOver()).toMatchObject({
      status: 200,
      body: { credits_moved: 6, jobs_moved: 1, credits_remaining: 16, replayed: false },
    });
    expect(await handOver()).toMatchObject({
      status: 200,
      body: { credits_remaining: 16, replayed: true },
    });
    const { body: history } = await owner.call("get-video-jobs");
    expect(history.jobs).toMatchObject([{ job_id: body.job_id, status: "completed" }]);
    // The file lies where it lay; its address is signed for whoever owns the job.
    expect((await fetch(history.jobs[0].video_url)).status).toBe(200);
    expect((await guest.generate("Another kite")).status).toBe(409);
    expect(await owner.credits()).toBe(16);
  });

  it("in place, by confirming an email, keeps everything and is a guest no more", async () => {
    const client = createClient(app.stack.url, app.stack.publishableKey, { auth: { persistSession: false } });
    const { data } = await client.auth.signInAnonymously();
    const id = data.user?.id ?? "";
    const device = { body: { device_id: `device-${id}` } };
    const guest = app.person({ id, token: data.session?.access_token ?? "" });
    expect((await guest.call("device-check", device)).body.user).toMatchObject({ is_guest: true });
    const email = `${id}@test.vidops.local`;
    app.stack.emails.length = 0;
    await client.auth.updateUser({ email });
    const token = /\b\d{6}\b/.exec(app.stack.emails[0]?.text ?? "")?.[0] ?? "";
    const linked = await client.auth.verifyOtp({ email, token, type: "email_change" });
    const owner = app.person({ id, token: linked.data.session?.access_token ?? "" });
    expect((await owner.call("device-check", device)).body).toMatchObject({
      granted: false,
      user: { id, email, is_guest: false, credits_remaining: 10 },
    });
  });
});
