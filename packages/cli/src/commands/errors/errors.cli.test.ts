import { describe, expect, it } from "vitest";
import { errorFixture } from "../../testing/error-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const errors = errorFixture();
const hour = 3600;

/** Without an acting admin: reading needs none. */
function vidops(...args: string[]): Promise<Run> {
  return errors.vidops(["errors", ...args], { env: { VIDOPS_ADMIN: undefined } });
}

function idsOf(run: Run): string[] {
  return run.json().data.errors.map(({ id }: { id: string }) => id);
}

describe("errors list", () => {
  it("pages through the log with the cursor, newest first, each error once", async () => {
    const ids = await errors.log(...[5, 4, 3, 2, 1].map((age) => ({ code: "ERR_6001", secondsAgo: age })));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const run: Run = await vidops(
        ...["list", "--limit", "2", "--since", "1h", "--json"],
        ...(cursor === null ? [] : ["--cursor", cursor]),
      );
      seen.push(...idsOf(run));
      cursor = run.json().data.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  it("narrows by each filter, as people type them", async () => {
    const [wanted = ""] = await errors.log(
      {
        ...{
          code: "ERR_6001",
          endpoint: "GET /jobs/7",
          userId: errors.user.id,
          requestId: "req_1",
          language: "tr",
        },
        details: { message: "boom" },
      },
      { code: "ERR_4001", language: "en" },
    );
    const all = (await vidops("list", "--json")).json().data.errors;
    expect(all).toHaveLength(2);
    const { fingerprint } = all.find(({ id }: { id: string }) => id === wanted);
    for (const filter of [
      ["--code", "6001"],
      ["--code", "err_6001"],
      ["--endpoint", "GET /jobs/7"],
      ["--user", "ADA@example.com"],
      ["--user", errors.user.id],
      ["--language", "TR"],
      ["--request-id", "req_1"],
      ["--fingerprint", fingerprint.toUpperCase()],
    ])
      expect(idsOf(await vidops("list", ...filter, "--json")), filter.join(" ")).toEqual([wanted]);
    expect(idsOf(await vidops("list", "--code", "6001", "--language", "en", "--json"))).toEqual([]);
  });

  it("prints a table with the commands to go on, CSV and NDJSON", async () => {
    const [id = ""] = await errors.log({
      code: "ERR_6001",
      details: { message: "=1+1 \u001b[31mboom\u202e" },
    });
    const table = (await vidops("list")).stdout;
    expect(table).toMatch(/^time +id +code +endpoint +user +request id +summary\n/);
    expect(table).toContain(`One of them whole: vidops errors show ${id}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(table).not.toMatch(/[\u001b\u202e]/);
    const csv = (await vidops("list", "--output", "csv")).stdout.split("\n");
    expect(csv[0]).toBe("id,created_at,code,endpoint,user_id,request_id,language,status,fingerprint,summary");
    expect(csv[1]).toMatch(
      new RegExp(`^${id},[\\dT:.-]+Z,ERR_6001,POST /generate,,,,500,[0-9a-f]{16},'=1\\+1`),
    );
    const rows = (await vidops("list", "--output", "ndjson")).stdout.trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).id)).toEqual([id]);
  });

  it("says that there is nothing, and where there may be", async () => {
    expect(await vidops("list")).toMatchObject({ exitCode: 0, stdout: "No errors are stored.\n" });
    const run = await vidops("list", "--code", "4001", "--since", "1h");
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("vidops errors top --since 7d"),
    });
  });

  it("refuses the cursor of another query, and a user who does not exist", async () => {
    await errors.log({ code: "ERR_6001" }, { code: "ERR_6001" });
    const { next_cursor: cursor } = (await vidops("list", "--limit", "1", "--json")).json().data;
    const run = await vidops("list", "--code", "6001", "--cursor", cursor);
    expect(run).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining("cursor") });
    expect(await vidops("list", "--user", "nobody@example.com")).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it.each([
    [["list", "--since", "2999-01-01"], /--since is in the future/],
    [["list", "--since", "yesterday"], /--since must be a time/],
    [["list", "--since", "1h", "--until", "2h"], /before --until/],
    [["list", "--limit", "1001"], /--limit/],
    [["list", "--cursor", "nonsense"], /cursor is damaged/],
    [["list", "--user", "ada"], /--user/],
    [["list", "--language", "türkçe"], /--language/],
    [["list", "--fingerprint", "zz"], /--fingerprint/],
    [["list", "--code", " "], /--code is blank/],
    [["top", "--by", "user"], /code, endpoint, fingerprint/],
    [["top", "--since", "2999-01-01"], /in the future/],
    [["top", "--limit", "0"], /--limit/],
    [["show"], /missing required argument/i],
    [["show", " "], /blank/],
    [["show", "1", "--output", "csv"], /is for lists/],
    [["tail", "--interval", "0.5s"], /--interval/],
    [["tail", "--interval", "2h"], /--interval must be from 1s to 1h/],
    [["tail", "--since", "2999-01-01"], /in the future/],
  ])("refuses %j", async (words, says) => {
    const text = await vidops(...words);
    expect(text).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(says) });
  });

  it("says what to do where the schema is older", async () => {
    const { sql } = errors.stack;
    await sql.unsafe(
      "alter function public.top_errors rename to top_errors_gone; notify pgrst, 'reload schema'",
    );
    try {
      await expect
        .poll(async () => (await vidops("top", "--json")).json().error?.code, { timeout: 10_000 })
        .toBe("ERR_6004");
      expect((await vidops("top")).stderr).toMatch(/supabase\/migrations.*vidops doctor/);
    } finally {
      await sql.unsafe(
        "alter function public.top_errors_gone rename to top_errors; notify pgrst, 'reload schema'",
      );
      await expect.poll(async () => (await vidops("top")).exitCode, { timeout: 10_000 }).toBe(0);
    }
  });
});

describe("errors top", () => {
  it("counts, compares with the period before, and names the codes", async () => {
    await errors.log(
      ...[1, 2, 3].map((age) => ({ code: "ERR_6001", secondsAgo: age })),
      ...[1, 2].map((age) => ({ code: "APP_1001", secondsAgo: age })),
      { code: "ERR_6001", secondsAgo: 3 * hour },
    );
    const { stdout, stderr } = await vidops("top", "--since", "2h");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^5 errors, \+400 %\n\d{4}-.*Z, against the time before\n/);
    expect(stdout).toMatch(/\nERR_6001 +database_error +3 +60 % +\+200 % +\d{4}-/);
    expect(stdout).toMatch(/\nAPP_1001 +2 +40 % +new +\d{4}-/);
    expect(stdout).toContain("These errors: vidops errors list --code ERR_6001 --since 2h\n");
    // Bars are for a terminal.
    expect(stdout).not.toMatch(/[▁-█]/);
    const { data } = (await vidops("top", "--since", "2h", "--json")).json();
    expect(data).toMatchObject({
      ...{ by: "code", total: 5, previous_total: 1, counted_since: null },
      groups: [
        { key: "ERR_6001", count: 3, previous_count: 1 },
        { key: "APP_1001", count: 2, previous_count: 0 },
      ],
    });
    const slots: number[] = data.groups[0].slots;
    expect(slots.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(slots.at(-1)).toBeGreaterThanOrEqual(0);
  });

  it("puts alike errors together, by fingerprint and by endpoint, and leads to them", async () => {
    await errors.log(
      ...[1, 2, 3].map((id) => ({
        ...{ code: "ERR_6001", endpoint: `GET /jobs/${id}000` },
        details: { message: `job ${id}000 is gone` },
      })),
      { code: "ERR_6001", endpoint: "GET /jobs/4000", details: { message: "another thing" } },
    );
    const { groups } = (await vidops("top", "--by", "fingerprint", "--json")).json().data;
    expect(groups).toMatchObject([
      { count: 3, summary: expect.stringMatching(/^job \d000 is gone$/) },
      { count: 1, summary: "another thing" },
    ]);
    expect((await vidops("top", "--by", "fingerprint")).stdout).toMatch(/\n[0-9a-f]{16} .* another thing\n/);
    const listed = await vidops("list", "--fingerprint", groups[0].key, "--json");
    expect(idsOf(listed)).toHaveLength(3);
    const byEndpoint = (await vidops("top", "--by", "endpoint")).stdout;
    expect(byEndpoint).toMatch(/\nGET \/jobs\/:id +4 /);
    expect(byEndpoint).toContain(
      "What they are: vidops errors top --by fingerprint --endpoint 'GET /jobs/:id' --since 24h\n",
    );
    const led = await vidops("top", "--by", "fingerprint", "--endpoint", "GET /jobs/:id", "--json");
    expect(led.json().data.groups).toHaveLength(2);
  });

  it("counts one user's errors", async () => {
    await errors.log({ code: "ERR_4001", userId: errors.user.id }, { code: "ERR_4001" });
    expect((await vidops("top", "--user", "ada@example.com", "--json")).json().data.total).toBe(1);
  });

  it("is for admins: another user is refused, a signed-in admin is not", async () => {
    const signedIn = (token: string) =>
      errors.vidops(["errors", "top"], {
        env: {
          SUPABASE_SECRET_KEY: undefined,
          SUPABASE_PUBLISHABLE_KEY: errors.stack.publishableKey,
          VIDOPS_ACCESS_TOKEN: token,
        },
      });
    expect(await signedIn(errors.user.accessToken)).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await signedIn(errors.admin.accessToken)).toMatchObject({ exitCode: 0 });
  });

  it("says that all is calm, and prints rows", async () => {
    expect(await vidops("top")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^No errors from /),
    });
    await errors.log({ code: "ERR_6001" });
    const csv = (await vidops("top", "--output", "csv")).stdout.split("\n");
    expect(csv[0]).toMatch(/^key,code,endpoint,fingerprint,count,previous_count,last_seen,example/);
    expect(csv[1]).toMatch(/^ERR_6001,ERR_6001,,,1,0,\d{4}-/);
  });
});

describe("errors show", () => {
  it("prints one error whole, by id or request id, and what its code means", async () => {
    const [id = ""] = await errors.log({
      ...{ code: "ERR_6005", requestId: "req_42", userId: errors.user.id },
      requestData: { prompt: "\u001b]0;owned\u0007a cat\u202e" },
      details: { message: "boom", stack: "Error: boom\n    at x", deep: { n: [1] } },
    });
    const { stdout } = await vidops("show", id);
    expect(stdout).toMatch(/^ERR_6005 database_unreachable\n/);
    expect(stdout).toMatch(/means +The database could not be reached/);
    expect(stdout).toContain(`vidops errors list --user ${errors.user.id}`);
    expect(stdout).toMatch(/"stack": "Error: boom\\n\n +at x"/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect((await vidops("show", "req_42")).stdout).toBe(stdout);
    const { data } = (await vidops("show", id, "--json")).json();
    expect(data).toMatchObject({
      ...{ id, code: "ERR_6005", name: "database_unreachable", request_id: "req_42" },
      request_data: { prompt: "\u001b]0;owned\u0007a cat\u202e" },
      details: { message: "boom", stack: "Error: boom\n    at x", deep: { n: [1] } },
    });
  });

  it("says of an app's own code that it is one, and of an id that there is none", async () => {
    const [id = ""] = await errors.log({ code: "APP_1001" });
    expect((await vidops("show", id)).stdout).toContain("a code of the app's own");
    for (const reference of ["999999999", "req_nobody", "9".repeat(30), "x'; drop table users"])
      expect(await vidops("show", reference)).toMatchObject({ exitCode: 3, stdout: "" });
  });
});

describe("errors explain", () => {
  const explain = (...args: string[]) =>
    errors.vidops(["errors", "explain", ...args], {
      env: { SUPABASE_URL: undefined, SUPABASE_SECRET_KEY: undefined, VIDOPS_ADMIN: undefined },
    });

  it("needs no project, understands what people type, and shows every language", async () => {
    const { stdout } = await explain("ERR_4001");
    expect(stdout).toMatch(/^ERR_4001 insufficient_credits\n/);
    expect(stdout).toContain("  en  You need 4 credits, but only have 2.");
    expect(stdout).toContain("  tr  4 krediye ihtiyacınız var");
    expect(stdout).toContain("{required}");
    for (const typed of ["err_4001", "4001"]) expect((await explain(typed)).stdout).toBe(stdout);
    expect((await explain("4004", "--json")).json().data).toMatchObject({
      ...{ code: "ERR_4004", status: 429, retryable: true, variables: { seconds: "duration" } },
      messages: [{ language: "en" }, { language: "tr" }, { language: "es" }],
    });
    expect(errors.stack.requests).toEqual([]);
  });

  it.each(["4999", "toString", "__proto__", "ERR_4001x", ""])("knows no code %j", async (code) => {
    expect(await explain(code)).toMatchObject({
      ...{ exitCode: 3, stdout: "" },
      stderr: expect.stringMatching(/There is no error code.*\n.*Known: .*ERR_4001/),
    });
  });
});
