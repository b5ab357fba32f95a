import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, checkMany, checkOne, failure, ipLimit } from "./rate-limit-calls.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const malformed = ["22023", "22P02"];
const day = 86_400;

/** The bucket that both functions count an address in. */
async function buckets(ip: string, action: string): Promise<unknown[]> {
  await checkOne(stack.sql, ip, `${action} short`, 1_000);
  await checkMany(stack.sql, `${action} long`, [ipLimit(1_000)], { ip });
  const rows =
    await stack.sql`select distinct subject from vidops.rate_limit_state where action like ${`${action} %`}`;
  return rows.map((row) => row.subject);
}

describe("an address", () => {
  it.each([
    [
      "1.2.3.4",
      [
        "1.2.3.4",
        "1.2.3.4/32",
        "01.2.3.4",
        "::ffff:1.2.3.4",
        "::FFFF:102:304",
        "0:0:0:0:0:ffff:1.2.3.4",
        "64:ff9b::1.2.3.4",
        "64:FF9B::102:304",
      ],
    ],
    ["0.0.0.0", ["0.0.0.0", "::ffff:0.0.0.0"]],
    ["255.255.255.255", ["255.255.255.255", "::ffff:ffff:ffff"]],
    [
      "2001:db8::/64",
      [
        "2001:db8::1",
        "2001:DB8::1",
        "2001:0db8:0000:0000:0000:0000:0000:0001",
        "2001:db8::/64",
        "2001:db8::1/64",
        "2001:db8::ffff:ffff:ffff:ffff/128",
        "2001:db8::1/100",
      ],
    ],
    ["2001:db8::/48", ["2001:db8::/48", "2001:db8::1/48"]],
    ["::/64", ["::", "::1", "::1.2.3.4"]],
    ["unknown", ["unknown"]],
  ])("of the bucket %s is found in it however it is written", async (bucket, addresses) => {
    for (const [index, address] of addresses.entries()) {
      expect([address, await buckets(address, `${bucket} ${index}`)]).toEqual([address, [`ip:${bucket}`]]);
    }
  });

  it.each([
    "",
    " ",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4\n",
    "1.2.3",
    "1",
    "127.1",
    "...",
    "1..2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "-1.2.3.4",
    "+1.2.3.4",
    "0x1.2.3.4",
    "１.2.3.4",
    "1.2.3.4:80",
    "1.2.3.4/24",
    "1.2.3.4/33",
    "1.2.3.4/",
    "0.0.0.0/0",
    "::ffff:1.2.3.4/96",
    "::ffff:1.2.3.0/120",
    "64:ff9b::/96",
    "[::1]",
    "[::1]:443",
    "::1/10",
    "::/0",
    "::1/129",
    "fe80::1%eth0",
    "fe80::1%25eth0",
    ":::",
    "1::2::3",
    "2001:db8::g",
    "12345::",
    "UNKNOWN",
    "Unknown",
    "null",
    "localhost",
    "1.2.3.4, 5.6.7.8",
    ",",
    "_hidden",
    "'; drop table users; --",
  ])("like %j is refused by all, in clear words", async (ip) => {
    expect(malformed).toContain(await failure(checkOne(stack.sql, ip, "bad", 5)));
    expect(malformed).toContain(await failure(checkMany(stack.sql, "bad", [ipLimit(5)], { ip })));
    expect(malformed).toContain(await failure(stack.sql`select public.peek_rate_limits('bad', ${ip})`));
    expect(await stack.sql`select from vidops.rate_limit_state where action = 'bad'`).toHaveLength(0);
  });

  it.each([
    ["letters", "a"],
    ["digits", "9"],
    ["dots", "."],
    ["colons", ":"],
    ["digits and dots", "1."],
  ])("of 100 kB of %s is refused quickly, and is not repeated in the error", async (_, part) => {
    const ip = part.repeat(100_000 / part.length);
    const calls = [
      () => checkOne(stack.sql, ip, "long", 5),
      () => checkMany(stack.sql, "long", [ipLimit(5)], { ip }),
    ];
    for (const call of calls) {
      const started = performance.now();
      const error = await call().then(
        () => null,
        (reason: Error & { code: string }) => reason,
      );
      expect(malformed).toContain(error?.code);
      expect(error?.message.length).toBeLessThan(1_000);
      expect(performance.now() - started).toBeLessThan(1_000);
    }
  });

  it("with NUL in it is refused, by SQL and over the Data API", async () => {
    expect(await failure(checkOne(stack.sql, "1.2.3.4\0", "nul", 5))).toMatch(/^22/);
    for (const [name, args] of [
      ["check_rate_limit", { p_ip: "1.2.3.4\0", p_action: "nul", p_max: 5, p_window_seconds: 60 }],
      ["check_rate_limits", { p_ip: "1.2.3.4", p_action: "nul\0", p_limits: [ipLimit(5)] }],
      ["check_rate_limits", { p_action: "nul", p_limits: [{ ...ipLimit(5), per: "key", key: "a\0b" }] }],
    ] as const) {
      const response = await fetch(`${stack.url}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { apikey: stack.secretKey, "content-type": "application/json" },
        body: JSON.stringify(args),
      });
      expect(response.status).toBe(400);
      expect((await response.json()).code).toMatch(/^22/);
    }
  });
});

describe("a number, an action and a user", () => {
  const good = { ip: "'1.2.3.4'", action: "'n'", max: "5", window: "60", cost: "1" };
  it.each([
    ...["0", "-1", "1000000001", "2147483647", "-2147483648", "null"].map((max) => ({ max })),
    ...["0", "-1", "31622401", "2147483647", "null"].map((window) => ({ window })),
    ...["0", "-1", "6", "2147483647", "-2147483648", "null"].map((cost) => ({ cost })),
    ...["''", "' '", "E'\\n\\t'", "E'\\f'", "E'\\v'", "repeat('a', 101)", "repeat('a', 10000)", "null"].map(
      (action) => ({ action }),
    ),
  ])("like $max$window$cost$action is refused by all", async (bad) => {
    const { ip, action, max, window, cost } = { ...good, ...bad };
    const limits = `jsonb_build_array(jsonb_build_object('name', 'per_ip', 'per', 'ip', 'max_requests', ${max}, 'window_seconds', ${window}))`;
    expect(
      await failure(ask(stack.sql, `check_rate_limit(${ip}, ${action}, ${max}, ${window}, null, ${cost})`)),
    ).toBe("22023");
    expect(
      await failure(ask(stack.sql, `check_rate_limits(${action}, ${ip}, null, ${limits}, ${cost})`)),
    ).toBe("22023");
    expect(
      await failure(ask(stack.sql, `peek_rate_limits(${action}, ${ip}, null, ${limits}, ${cost})`)),
    ).toBe("22023");
  });

  it.each([
    "p_action => null, p_ip => '1.2.3.4'",
    "p_action => ' ', p_ip => '1.2.3.4'",
    "p_action => repeat('a', 10000), p_ip => '1.2.3.4'",
    "'none', p_cost => 0",
    "'none', p_cost => null",
    "'none', p_unlogged_denials => -1",
  ])("that are wrong (%s) are refused also where there is no rule", async (args) => {
    expect(await failure(ask(stack.sql, `check_rate_limits(${args})`))).toBe("22023");
  });

  it("of nobody is refused: neither an address nor a user", async () => {
    expect(await failure(ask(stack.sql, "check_rate_limit(null, 'n', 5, 60)"))).toBe("22023");
    expect(await failure(checkMany(stack.sql, "n", [ipLimit(5)]))).toBe("22023");
    expect(
      await failure(checkMany(stack.sql, "n", [{ ...ipLimit(5), per: "user" }], { ip: "1.2.3.4" })),
    ).toBe("22023");
    expect(await failure(ask(stack.sql, "check_rate_limit(null, 'n', 5, 60, 'nonsense')"))).toBe("22P02");
  });

  it.each([-1, "null", 2_147_483_647])(
    "of denials that are not logged like %s is refused, whether the request fits or not",
    async (unlogged) => {
      const call = `check_rate_limits('unlogged', '1.2.3.4', null, '${JSON.stringify([ipLimit(1)])}', 1, false, ${unlogged})`;
      expect(await failure(ask(stack.sql, call))).toBe("22023");
      await checkOne(stack.sql, "1.2.3.4", "unlogged", 1);
      expect(await failure(ask(stack.sql, call))).toBe("22023");
      await ask(stack.sql, `forget_rate_limits('unlogged', '${JSON.stringify([ipLimit(1)])}', '1.2.3.4')`);
    },
  );

  it.each([
    [1_000_000_000, 366 * day, 1_000_000_000],
    [1_000_000_000, 1, 1],
    [1, 366 * day, 1],
    [100, 366 * day, 100],
    [101, 1, 101],
    [101, 7, 50],
  ])("at its extremes is judged rightly: a limit of %i in %i s, a cost of %i", async (max, window, cost) => {
    const action = `extreme ${max} ${window}`;
    const fits = Math.floor(max / cost);
    for (let call = 0; call < Math.min(fits, 3); call++) {
      expect(await checkOne(stack.sql, "1.2.3.4", action, max, window, cost)).toMatchObject({
        allowed: true,
        remaining: max - (call + 1) * cost,
      });
    }
    if (fits > 3) return;
    const answer = (await checkMany(stack.sql, action, [ipLimit(max, window)], { ip: "1.2.3.4", cost }))
      .limits[0];
    expect(answer).toMatchObject({ allowed: false });
    expect(answer?.retry_after_ms).toBeGreaterThan(window * 500);
    expect(answer?.retry_after_ms).toBeLessThanOrEqual(window * 1_010);
  });
});

describe("limits of a wrong shape", () => {
  const right = { name: "n", per: "ip", max_requests: 5, window_seconds: 60 };
  const shapes: unknown[] = [
    ...["text", 1, true, {}, right, [], [1], [null], ["a"], [[]], [[right]], [{}], [right, null], [right, 5]],
    ...[
      { ...right, name: null },
      { ...right, name: "" },
      { ...right, name: "a,b" },
      { ...right, name: "a b" },
      { ...right, name: "a\nb" },
    ],
    ...[
      { ...right, name: "n".repeat(65) },
      { ...right, name: {} },
      { ...right, name: "ñ" },
      { ...right, name: "n\n" },
    ],
    ...[
      { ...right, per: null },
      { ...right, per: "IP" },
      { ...right, per: "team" },
      { ...right, per: 1 },
      { ...right, per: ["ip"] },
    ],
    ...["", "x", 0, -1, 1.5, 1e10, Number.MAX_VALUE, "1e3", "5; drop", true, {}, [], null].flatMap(
      (value) => [
        { ...right, max_requests: value },
        { ...right, window_seconds: value },
      ],
    ),
    ...[undefined, null, "", " ", "\n", "k".repeat(201)].map((key) => ({ ...right, per: "key", key })),
    { maxRequests: 5, windowSeconds: 60, name: "n", per: "ip" },
  ].map((shape) =>
    Array.isArray(shape) || typeof shape !== "object" || shape === right || Object.keys(shape).length === 0
      ? shape
      : [shape],
  );

  it.each(shapes.map((shape) => [JSON.stringify(shape)?.slice(0, 90), shape]))(
    "like %s are refused, and nothing is counted",
    async (_, shape) => {
      const limits = JSON.stringify(shape).replaceAll("'", "''");
      // Of what is no whole number, or none that an integer holds, Postgres itself says so.
      for (const call of [
        `check_rate_limits('shape', '1.2.3.4', null, '${limits}')`,
        `peek_rate_limits('shape', '1.2.3.4', null, '${limits}')`,
        `forget_rate_limits('shape', '${limits}', '1.2.3.4')`,
      ]) {
        expect(["22023", "22P02", "22003"]).toContain(await failure(ask(stack.sql, call)));
      }
      expect(await stack.sql`select from vidops.rate_limit_state where action = 'shape'`).toHaveLength(0);
    },
  );

  it("that are the JSON null are not taken for no limits at all", async () => {
    expect(
      await failure(ask(stack.sql, "check_rate_limits('video_generation', '1.2.3.4', null, 'null')")),
    ).toBe("22023");
  });
});
