import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRpcUses } from "./architecture/rpc-calls.ts";
import { findContractBreaches, readSqlFunctions } from "./architecture/sql-contract.ts";

const root = join(import.meta.dirname, "..");

/** Functions that a role may execute and that nothing here calls by name, and why that is right. */
const uncalled: Record<string, string> = {
  "vidops.is_admin": "row policies ask it",
  "vidops.text_groups": "the index on users' emails computes it for whoever writes a user",
};

const functionSource = [
  "CREATE OR REPLACE FUNCTION public.give(p_user_id uuid, p_amount integer, p_note text DEFAULT 'a, (b'::text)",
  " RETURNS jsonb",
  "AS $function$ begin end $function$;",
  "revoke execute on function public.give(p_user_id uuid) from public;",
  "grant execute on function public.give(p_user_id uuid, p_amount integer, p_note text) to service_role;",
].join("\n");

describe("the SQL contract", () => {
  const functions = globSync("supabase/schema/functions/*.sql", { cwd: root }).flatMap((path) =>
    readSqlFunctions(basename(path, ".sql"), readFileSync(join(root, path), "utf8")),
  );
  const uses = globSync("packages/*/src/**/*.ts", { cwd: root })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => findRpcUses(path, readFileSync(join(root, path), "utf8")));

  it("is kept: every call fits a function, and every function that a role may execute has a caller or a reason", () => {
    expect(uses.length).toBeGreaterThan(5);
    expect(functions.length).toBeGreaterThan(5);
    expect(findContractBreaches(uses, functions, uncalled)).toEqual([]);
  });

  it("covers the money functions, by the names that other projects rely on", () => {
    const names = functions.map((one) => one.name);
    expect(names).toEqual(expect.arrayContaining(["add_credits", "deduct_credits", "admin_refund_credits"]));
    expect(uses.map((use) => use.name)).toContain("admin_refund_credits");
  });
});

describe("the check itself", () => {
  const functions = readSqlFunctions("give", functionSource);
  const check = (source: string, reasons: Record<string, string> = {}): string[] =>
    findContractBreaches(findRpcUses("a.ts", source), functions, reasons);

  it("reads names, defaults and callers from the snapshot", () => {
    expect(functions).toEqual([
      { name: "give", required: ["p_user_id", "p_amount"], optional: ["p_note"], callers: ["service_role"] },
    ]);
  });

  it.each([
    ["a fitting call", `rpc(db, "give", { p_user_id: id, p_amount: 1 }, answer);`],
    [
      "all arguments, through a variable",
      `const args = { p_user_id, p_amount, p_note } as const; rpc(db, "give", args);`,
    ],
    ["a table's row", `const rows = [{ rpc: "give" }]; rpc(db, row.rpc, { p_user_id: 1, p_amount: 2 });`],
  ])("accepts %s", (_, source) => {
    expect(check(source)).toEqual([]);
  });

  it.each([
    [
      "a function that is not there",
      `rpc(db, "take", {});`,
      "a.ts: take is not in supabase/schema/functions",
    ],
    ["a misspelt argument", `rpc(db, "give", { p_user_id: 1, p_amount: 2, p_notes: 3 });`, "does not fit"],
    [
      "a missing argument",
      `rpc(db, "give", { p_user_id: 1 });`,
      "give(p_user_id) does not fit give(p_user_id, p_amount, p_note?)",
    ],
    [
      "a row with a wrong name",
      `const rows = [{ rpc: "take" }]; rpc(db, "give", { p_user_id, p_amount });`,
      "take is not in",
    ],
    [
      "a row whose call does not fit",
      `const rows = [{ rpc: "give" }]; rpc(db, row.rpc, { p_user_id });`,
      "does not fit",
    ],
    ["a name from nowhere", `rpc(db, name, {});`, "a name that no table in its folder lists"],
    [
      "what all acts have in common, where the function lacks it",
      `rpc(db, "give", { p_user_id, p_amount, ...actArguments(db, options) });`,
      "give(p_user_id, p_amount, p_reason, p_ticket, p_admin_user_id, p_dry_run, p_run_id) does not fit",
    ],
    ["arguments spread from elsewhere", `rpc(db, "give", { ...other(db) });`, "cannot be read"],
    ["arguments from elsewhere", `rpc(db, "give", makeArguments());`, "cannot be read"],
    ["no caller", "export {};", "give: service_role may execute it, but nothing calls it"],
  ])("finds %s", (_, source, message) => {
    expect(check(source)).toContainEqual(expect.stringContaining(message));
  });

  it("finds a function that no role may execute, and reasons that explain nothing", () => {
    const call = findRpcUses("a.ts", `rpc(db, "give", { p_user_id, p_amount });`);
    const closed = functions.map((one) => ({ ...one, callers: [] }));
    expect(findContractBreaches(call, closed, {})).toEqual([
      "a.ts: give may be executed by no role of the Data API",
    ]);
    expect(findContractBreaches(call, functions, { give: "policies ask it" })).toEqual([
      "give: a reason for having no caller is listed, but it has one",
    ]);
    expect(findContractBreaches(call, functions, { gone: "?" })).toEqual([
      "gone: a reason is listed, but there is no such function",
    ]);
  });
});
