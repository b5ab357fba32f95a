import { beforeAll, describe, expect, it } from "vitest";
import { createJob, moneyState } from "../testing/fixtures.ts";
import { loginFixture } from "../testing/login-fixture.ts";
import type { Run } from "../testing/run-vidops.ts";
import { commandTable } from "./command-table.ts";

const home = loginFixture();
let job: string;
let model: string;
beforeAll(async () => {
  // Four eyes need two.
  await home.stack.createUser({ isAdmin: true });
  await home.stack.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
    await sql`select add_credits(${home.user.id}::uuid, 100, 'test_grant')`;
  });
  job = await createJob(home.stack, { userId: home.user.id, cost: 10 });
  const [row] = await home.stack.sql`select id from models limit 1`;
  model = row?.id;
});

type Words = readonly string[];
/** `null`: has nothing to do with a project's database. */
type Use = null | { readonly words: () => Words; readonly changes?: true; readonly endless?: true };

const reason: Words = ["--reason", "why"];
const look = (...words: string[]): Use => ({ words: () => words });
const lookAt = (words: () => Words): Use => ({ words });
const change = (words: () => Words): Use => ({ words: () => [...words(), ...reason], changes: true });

/** The least that each command can be called with. A command that is missing here fails the first test. */
const uses: Readonly<Record<string, Use>> = {
  refund: change(() => [job]),
  "credits show": lookAt(() => [home.user.id]),
  "credits history": lookAt(() => [home.user.id]),
  "credits adjust": change(() => [home.user.id, "--add", "1"]),
  "credits audit": look(),
  "users find": look("ada"),
  "users show": lookAt(() => [home.user.id]),
  "users stats": look(),
  "users ban": change(() => [home.user.id]),
  "users unban": change(() => [home.user.id]),
  "users grant-admin": change(() => [home.user.id]),
  "users revoke-admin": change(() => [home.user.id]),
  "models list": look(),
  "models show": lookAt(() => [model]),
  "models enable": change(() => [model]),
  "models disable": change(() => [model]),
  "models price": change(() => [model, "--credits", "7"]),
  "models feature": change(() => [model]),
  "actions list": look(),
  "actions show": look("1"),
  "actions undo": change(() => ["1"]),
  "actions verify": look(),
  "approvals list": look(),
  "approvals show": look("1"),
  "approvals approve": { words: () => ["1", "--hash", "0".repeat(64)], changes: true },
  "approvals reject": change(() => ["1"]),
  "approvals thresholds": look(),
  "approvals set-threshold": change(() => ["act_credits", "100"]),
  "jobs list": look(),
  "jobs show": lookAt(() => [job]),
  "jobs stuck": look(),
  "jobs fail": change(() => [job, "--without-asking"]),
  // Orders a video, which only the app's server may: it takes a secret key and the provider's.
  "jobs retry": null,
  "errors top": look(),
  "errors list": look(),
  "errors show": look("1"),
  "errors tail": { words: () => [], endless: true },
  "errors explain": null,
  "limits top": look(),
  "limits check": look("1.2.3.4", "login"),
  "limits log": look(),
  "limits reset": change(() => ["1.2.3.4", "login"]),
  "limits list": look(),
  "limits set": change(() => ["login", "--per", "ip", "--max", "5", "--window", "1h"]),
  "i18n check": null,
  "i18n export": null,
  cleanup: { words: () => ["rate-limits"], changes: true },
  doctor: look(),
  login: null,
  logout: null,
  whoami: look(),
  completion: null,
  demo: null,
  "local start": null,
  "local status": null,
  "local stop": null,
  "local reset": null,
};

const names: Words = Object.keys(uses).filter((name) => uses[name] !== null);

/** Runs all of these commands, a few at once, and says how each ended. */
async function runAll(
  commands: Words,
  ending: (use: NonNullable<Use>) => Words,
): Promise<Record<string, Run>> {
  const runs: Record<string, Run> = {};
  const left = [...commands];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const use = uses[name];
      if (use) runs[name] = await home.vidops([...name.split(" "), ...use.words(), ...ending(use)]);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return runs;
}

function exitCodes(runs: Record<string, Run>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(runs).map(([name, { exitCode }]) => [name, exitCode]));
}

it("knows every command", () => {
  expect(Object.keys(uses).sort()).toEqual(commandTable.map(({ path }) => path.join(" ")).sort());
});

describe("a command without a secret key", () => {
  it("does its work for an admin who is signed in", async () => {
    await home.keepLogin(home.admin);
    const commands = names.filter((name) => uses[name]?.endless !== true);
    const runs = await runAll(commands, ({ changes }) => (changes ? ["--dry-run"] : []));
    const refused = Object.entries(runs).filter(([, { exitCode }]) => ![0, 3].includes(exitCode ?? -1));
    expect(refused.map(([name, { exitCode, stderr }]) => ({ name, exitCode, stderr }))).toEqual([]);
  });

  const sessions: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    ["without a login", async () => {}, /vidops login/],
    [
      "with a login of another project",
      () => home.keepLogin(home.admin, { url: "https://other.supabase.co" }),
      /vidops login/,
    ],
    [
      "with a login that was revoked",
      async () => {
        await home.keepLogin(home.admin, { expiresAt: 1 });
        await home.stack.sql`delete from auth.sessions where user_id = ${home.admin.id}`;
      },
      /has ended[\s\S]*vidops login/,
    ],
    [
      "with a token that has expired, whatever this machine's clock says, and cannot be renewed",
      async () =>
        home.keepLogin(home.admin, {
          accessToken: await home.stack.signToken({ sub: home.admin.id, expiresIn: -60 }),
          refreshToken: "unknown-one-1",
        }),
      /does not accept your login[\s\S]*vidops login/,
    ],
    ["with the login of a user who is no admin", () => home.keepLogin(home.user), /admin|permission|allowed/],
    [
      "with the login of an admin who was banned since",
      async () => {
        const banned = await home.stack.createUser({ isAdmin: true });
        await home.keepLogin(banned);
        await home.stack.sql`update users set banned_at = now() where id = ${banned.id}`;
      },
      /admin|permission|allowed|banned/,
    ],
  ];
  it.each(sessions)("is refused %s, with exit 4, and nothing is changed", async (_, prepare, says) => {
    await prepare();
    home.stack.requests.length = 0;
    const before = await moneyState(home.stack);
    const runs = await runAll(names, ({ changes }) => (changes ? ["--yes"] : []));
    // doctor reports what is wrong, and whoami is there to show it.
    const { doctor, whoami, ...others } = exitCodes(runs);
    const all = names.filter((name) => name !== "doctor" && name !== "whoami");
    expect(others).toEqual(Object.fromEntries(all.map((name) => [name, 4])));
    for (const name of all) expect(`${name}: ${runs[name]?.stderr}`).toMatch(says);
    expect(doctor).not.toBe(0);
    expect(await moneyState(home.stack)).toEqual(before);
  });

  it("sends nothing to the project where there is no login, or one of another project", async () => {
    await home.keepLogin(home.admin, { url: "https://other.supabase.co" });
    await runAll(names, ({ changes }) => (changes ? ["--yes"] : []));
    expect(home.stack.requests).toEqual([]);
  });
});
