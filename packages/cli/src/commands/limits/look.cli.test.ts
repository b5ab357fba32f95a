import { describe, expect, it } from "vitest";
import { limitFixture } from "../../testing/limit-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const limits = limitFixture();

/** Without an acting admin: looking needs none. */
function vidops(...args: string[]): Promise<Run> {
  return limits.vidops(["limits", ...args], { env: { VIDOPS_ADMIN: undefined } });
}

function signedIn(token: string, ...args: string[]): Promise<Run> {
  return limits.vidops(["limits", ...args], {
    env: {
      SUPABASE_SECRET_KEY: undefined,
      VIDOPS_ADMIN: undefined,
      SUPABASE_PUBLISHABLE_KEY: limits.stack.publishableKey,
      VIDOPS_ACCESS_TOKEN: token,
    },
  });
}

describe("limits list", () => {
  it("prints the rules in words, of all actions or one", async () => {
    const { sql } = limits.stack;
    await sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests) values ('login', 'global', 'any', 86400, 1000000)`;
    const { stdout } = await vidops("list");
    expect(stdout).toMatch(/^action +per +tier +limit +since\nlogin +global +any +1000000 per 1d +\d{4}-/);
    expect(stdout).toMatch(/\nvideo_generation +ip +premium +10 per 1h +2026-11-01T00:00:00Z\n/);
    expect((await vidops("list", "login", "--json")).json().data.rules).toEqual([
      expect.objectContaining({
        action: "login",
        tier: "any",
        max_requests: 1_000_000,
        window_seconds: 86_400,
      }),
    ]);
    expect((await vidops("list", "login", "--output", "csv")).stdout).toMatch(
      /^action,per,tier,max_requests,window_seconds,updated_at\nlogin,global,any,1000000,86400,\d{4}-[^\n]+Z\n$/,
    );
  });

  it("says that there are none, but not to somebody who may not know", async () => {
    expect(await vidops("list", "login")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^No rule limits login\..*\nAll rules: vidops limits list\n$/),
    });
    expect(await signedIn(limits.admin.accessToken, "list", "login")).toMatchObject({ exitCode: 0 });
    expect(await signedIn(limits.user.accessToken, "list")).toMatchObject({ exitCode: 4, stdout: "" });
    await limits.stack.sql`truncate rate_limit_rules`;
    expect((await vidops("list")).stdout).toMatch(/^There are no rules/);
  });

  it("prints an action that a stranger named without what a terminal would obey", async () => {
    const { sql } = limits.stack;
    await sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests) values (${"a\u001b[31m\u202eb"}, 'ip', 'any', 60, 1)`;
    expect((await vidops("list")).stdout).toMatch(/\nab +ip +any +1 per 1m/);
  });
});

describe("limits check", () => {
  it("says what is used, left, and when a refused address may come again, and counts nothing", async () => {
    await limits.request(12, "video_generation", { ip: "203.0.113.7" });
    const before = await limits.state();
    const { stdout } = await vidops("check", "203.0.113.7", "video_generation");
    expect(stdout).toMatch(
      /^video_generation: 203\.0\.113\.7 would be refused until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n/,
    );
    expect(stdout).toMatch(/\nper_ip +10 of 10 +1h +0 +in (1h|59m \d+s) +\d{4}-/);
    expect(stdout).toContain("vidops limits reset 203.0.113.7 video_generation --reason WHY\n");
    const { data } = (await vidops("check", "203.0.113.7", "video_generation", "--json")).json();
    expect(data).toMatchObject({
      ...{ action: "video_generation", per: "ip", subject: "203.0.113.7", typed: null, allowed: false },
      limits: [{ name: "per_ip", used: 10, limit: 10, remaining: 0, window_seconds: 3600, allowed: false }],
    });
    const waits = Date.parse(data.refused_until) - Date.now();
    expect(waits).toBeGreaterThan(3_500_000);
    expect(waits).toBeLessThan(3_700_000);
    expect(await limits.state()).toEqual(before);
  });

  it("finds the bucket of an IPv6 address and of unknown ones, and says which it is", async () => {
    await limits.request(3, "video_generation", { ip: "2001:db8:1:2::9" });
    await limits.request(4, "video_generation", { ip: "unknown" });
    const run = await vidops("check", "[2001:db8:1:2:3::4]:443", "video_generation");
    expect(run.stdout).toMatch(
      /^video_generation: 2001:db8:1:2::\/64 would be admitted now\n\[2001:db8:1:2:3::4\]:443 counts in the bucket 2001:db8:1:2::\/64\.\n/,
    );
    const used = async (who: string) =>
      (await vidops("check", who, "video_generation", "--json")).json().data.limits[0].used;
    expect(await used("2001:db8:1:2:3::4")).toBe(3);
    expect(await used("2001:db8:1:2::/64")).toBe(3);
    expect(await used("unknown")).toBe(4);
    expect(await used("10.0.0.7")).toBe(0);
  });

  it("shows a user by id or email, with the rules of the user's tier and what the app's code counts", async () => {
    const { sql } = limits.stack;
    await sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests) values
      ('login', 'user', 'free', 60, 5), ('login', 'user', 'premium', 60, 50)`;
    await limits.request(2, "login", { userId: limits.user.id });
    await limits.request(1, "login", { userId: limits.user.id }, [
      { name: "daily", per: "user", max_requests: 1, window_seconds: 86_400 },
    ]);
    for (const who of ["ADA@example.com", limits.user.id]) {
      const { data } = (await vidops("check", who, "login", "--json")).json();
      expect(data).toMatchObject({ per: "user", subject: limits.user.id, email: "ada@example.com" });
      expect(
        data.limits.map(({ name, used, limit }: Record<string, unknown>) => [name, used, limit]),
      ).toEqual([
        ["per_user", 2, 5],
        ["per_user_86400", 1, 1],
      ]);
    }
    await sql`update users set tier = 'premium' where id = ${limits.user.id}`;
    const { data } = (await vidops("check", "ada@example.com", "login", "--json")).json();
    await sql`update users set tier = 'free' where id = ${limits.user.id}`;
    expect(data.limits[0].limit).toBe(50);
  });

  it("names everybody as who is to be reset when it is the global limit that refuses", async () => {
    await limits.request(1, "login", {}, [
      { name: "all", per: "global", max_requests: 1, window_seconds: 60 },
    ]);
    for (const who of ["203.0.113.7", "global"])
      expect((await vidops("check", who, "login")).stdout).toContain(
        "Let them in: vidops limits reset global login --reason WHY\n",
      );
  });

  it("says that nothing limits", async () => {
    expect(await vidops("check", "203.0.113.7", "nothing")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^Nothing limits 203\.0\.113\.7 in nothing: no rule is for addresses, .*\n.*vidops limits list\n$/,
      ),
    });
    // The rule of addresses is not one of users, and the answer must not deny that it is there.
    expect((await vidops("check", "ada@example.com", "video_generation")).stdout).toMatch(
      /^Nothing limits ada@example\.com in video_generation: no rule is for users, /,
    );
  });
});

describe("limits top", () => {
  it("counts who was refused, compares, and leads to the log", async () => {
    await limits.request(13, "video_generation", { ip: "203.0.113.7", userId: limits.user.id });
    const { sql } = limits.stack;
    await sql`insert into rate_limit_log (ip_address, action, allowed, requests, created_at, limit_name) values
      ('203.0.113.9', 'login', false, 100, now() - interval '10 minutes', 'per_ip'),
      ('203.0.113.7', 'video_generation', false, 2, now() - interval '90 minutes', 'per_ip'),
      ('203.0.113.7', 'video_generation', true, 1, now() - interval '3 hours', null)`;
    const { stdout } = await vidops("top", "--since", "1h");
    expect(stdout).toMatch(/^103 requests refused, x52\n\d{4}-.*Z, against the time before\n/);
    expect(stdout).toMatch(/\n203\.0\.113\.9 +100 +0 +new +\d{4}-.*\n203\.0\.113\.7 +3 +10 +\+50 % +\d{4}-/);
    expect(stdout).toContain("Its log: vidops limits log 203.0.113.9 --denied --since 1h\n");
    // Bars are for a terminal.
    expect(stdout).not.toMatch(/[▁-█]/);
    const top = async (...words: string[]) =>
      (await vidops("top", "--since", "1h", ...words, "--json")).json().data;
    expect((await top("--by", "user")).groups).toMatchObject([
      { key: null, email: null, denied: 100 },
      { key: limits.user.id, email: "ada@example.com", denied: 3, allowed: 10 },
    ]);
    expect((await top("--by", "limit")).groups).toMatchObject([
      { key: "per_ip", action: "login", denied: 100, allowed: null },
      { key: "per_ip", action: "video_generation", denied: 3, previous_denied: 2 },
    ]);
    expect(await top("--by", "action", "--action", "login")).toMatchObject({
      ...{ total: 100, previous_total: 0, slot_seconds: expect.closeTo(150, 0) },
      groups: [{ key: "login", denied: 100 }],
    });
    expect((await vidops("top", "--by", "action")).stdout).toContain(
      "Who it was: vidops limits top --by ip --action login --since 24h\n",
    );
    expect((await vidops("top", "--output", "csv")).stdout).toMatch(
      /^key,action,email,denied,previous_denied,allowed,last_at\n203\.0\.113\.9,,,100,,0,/,
    );
  });

  it("says that nobody was refused, and is for admins", async () => {
    expect((await vidops("top")).stdout).toMatch(/^Nobody was refused from .*\n.*limits top --since 7d\n$/);
    expect(await signedIn(limits.user.accessToken, "top")).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await signedIn(limits.admin.accessToken, "top")).toMatchObject({ exitCode: 0 });
  });
});

describe("limits log", () => {
  it("narrows by address, user, action and verdict, and pages with the cursor", async () => {
    await limits.request(12, "video_generation", { ip: "2001:db8:1:2::9", userId: limits.user.id });
    await limits.request(1, "video_generation", { ip: "203.0.113.7" });
    const count = async (...words: string[]) =>
      (await vidops("log", ...words, "--json")).json().data.requests.length;
    expect(await count()).toBe(13);
    expect(await count("2001:db8:1:2:3::4")).toBe(12);
    expect(await count("ada@example.com")).toBe(12);
    expect(await count("ada@example.com", "--denied")).toBe(2);
    expect(await count("--allowed", "--action", "video_generation")).toBe(11);
    expect(await count("--action", "login")).toBe(0);
    expect(await count("unknown")).toBe(0);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const run: Run = await vidops(
        ...["log", "--limit", "5", "--since", "1h", "--json"],
        ...(cursor === null ? [] : ["--cursor", cursor]),
      );
      seen.push(...run.json().data.requests.map(({ id }: { id: string }) => id));
      cursor = run.json().data.next_cursor;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(13);
    expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => b - a));
  });

  it("prints a table, CSV, the next page's command, and what an address is logged as", async () => {
    await limits.request(12, "video_generation", { ip: "2001:db8:1:2::9" });
    const { stdout } = await vidops("log", "2001:db8:1:2:3::4", "--denied", "--limit", "1");
    expect(stdout).toMatch(
      /^2001:db8:1:2:3::4 is logged as 2001:db8:1:2::\/64\.\ntime +verdict +requests +action +address +limit +user\n/,
    );
    expect(stdout).toMatch(/ refused +1 +video_generation +2001:db8:1:2::\/64 +per_ip\n/);
    expect(stdout).toMatch(
      /\nMore: vidops limits log 2001:db8:1:2::\/64 --denied --limit 1 --cursor [\w-]+\n$/,
    );
    expect((await vidops("log", "--denied", "--output", "csv")).stdout).toMatch(
      /^id,created_at,allowed,requests,action,ip,user_id,limit\n\d+,[^,]+Z,false,1,video_generation,2001:db8:1:2::\/64,,per_ip\n/,
    );
    expect((await vidops("log", "192.0.2.1")).stdout).toMatch(/^No requests are in the log that fit\.\n/);
  });

  it("refuses the cursor of another query", async () => {
    await limits.request(2, "video_generation", { ip: "203.0.113.7" });
    const { next_cursor: cursor } = (await vidops("log", "--limit", "1", "--json")).json().data;
    expect(await vidops("log", "--denied", "--cursor", cursor)).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: expect.stringContaining("another allowed"),
    });
  });
});
