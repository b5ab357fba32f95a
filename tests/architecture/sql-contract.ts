import { dirname } from "node:path";
import type { RpcUse } from "./rpc-calls.ts";

/** A function as supabase/schema/functions shows it. */
export interface SqlFunction {
  /** "add_credits", or "vidops.is_admin" outside of schema public. */
  readonly name: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** The roles that may execute it; "public" for everyone. */
  readonly callers: readonly string[];
}

/**
 * Reads a file of supabase/schema/functions; several overloads make several functions.
 *
 * @param name the file's name without ".sql"
 */
export function readSqlFunctions(name: string, source: string): SqlFunction[] {
  const callers = [...source.matchAll(/^grant execute on function .* to (\w+);$/gm)].map(
    (match) => match[1] ?? "",
  );
  return [...source.matchAll(/^CREATE OR REPLACE (?:FUNCTION|PROCEDURE) [^(]+\((.*)\)$/gm)].map((match) => {
    const list = splitArguments(match[1] ?? "");
    return {
      name,
      required: list.filter((argument) => !/ DEFAULT /.test(argument)).map(argumentName),
      optional: list.filter((argument) => / DEFAULT /.test(argument)).map(argumentName),
      callers,
    };
  });
}

/** Splits at the commas that stand in no bracket and no string. */
function splitArguments(list: string): string[] {
  const parts = [""];
  let depth = 0;
  let quoted = false;
  for (const character of list) {
    if (character === "'") quoted = !quoted;
    if (!quoted && character === "(") depth += 1;
    if (!quoted && character === ")") depth -= 1;
    if (character === "," && depth === 0 && !quoted) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function argumentName(argument: string): string {
  return argument.replace(/^(IN|INOUT|VARIADIC) /, "").split(" ")[0] ?? "";
}

/**
 * Holds the calls in TypeScript against the functions of the database, both ways.
 *
 * @param uses every use of a function in the packages' sources
 * @param functions every function of the snapshot
 * @param uncalled why a function that a role may execute has no caller, by its name
 * @returns one sentence for each breach
 */
export function findContractBreaches(
  uses: readonly RpcUse[],
  functions: readonly SqlFunction[],
  uncalled: Readonly<Record<string, string>>,
): string[] {
  const breaches: string[] = [];
  for (const use of uses) {
    const rows = uses.filter((row) => row.kind === "row" && dirname(row.file) === dirname(use.file));
    const names = use.name === null ? rows.map((row) => row.name) : [use.name];
    if (names.length === 0)
      breaches.push(`${use.file}: rpc() is called with a name that no table in its folder lists`);
    for (const name of names) {
      if (use.kind === "call" && use.arguments === null) {
        breaches.push(`${use.file}: the arguments of ${name} cannot be read; pass an object literal`);
      }
      breaches.push(...checkUse(use, String(name), functions));
    }
  }
  const called = new Set(uses.map((use) => use.name));
  for (const one of functions) {
    const reason = uncalled[one.name];
    const has = called.has(one.name);
    if (one.callers.length > 0 && !has && reason === undefined) {
      breaches.push(
        `${one.name}: ${one.callers.join(", ")} may execute it, but nothing calls it and no reason is listed`,
      );
    }
    if (reason !== undefined && (has || one.callers.length === 0)) {
      breaches.push(
        `${one.name}: a reason for having no caller is listed, but ${has ? "it has one" : "no role may execute it"}`,
      );
    }
  }
  for (const name of Object.keys(uncalled)) {
    if (!functions.some((one) => one.name === name))
      breaches.push(`${name}: a reason is listed, but there is no such function`);
  }
  return breaches;
}

function checkUse(use: RpcUse, name: string, functions: readonly SqlFunction[]): string[] {
  const candidates = functions.filter((one) => one.name === name);
  if (candidates.length === 0) return [`${use.file}: ${name} is not in supabase/schema/functions`];
  const reachable = candidates.some((one) => one.callers.length > 0);
  const problems = reachable ? [] : [`${use.file}: ${name} may be executed by no role of the Data API`];
  if (use.arguments === null) return problems;
  const given = use.arguments;
  const fits = candidates.some(
    (one) =>
      given.every((argument) => one.required.includes(argument) || one.optional.includes(argument)) &&
      one.required.every((argument) => given.includes(argument)),
  );
  const [first] = candidates;
  if (!fits && first) {
    const takes = [...first.required, ...first.optional.map((argument) => `${argument}?`)].join(", ");
    problems.push(`${use.file}: ${name}(${given.join(", ")}) does not fit ${name}(${takes})`);
  }
  return problems;
}
