import { parseSync } from "rolldown/utils";

/** One use of a database function by its name: a call of `rpc()`, or a row of a table with an `rpc` field. */
export interface RpcUse {
  readonly file: string;
  /** Null where the name is a value, such as `target.rpc`: then the rows of the same folder tell the names. */
  readonly name: string | null;
  /** The argument names that are passed; null where they cannot be read from the file, or it is a table's row. */
  readonly arguments: readonly string[] | null;
  readonly kind: "call" | "row";
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/**
 * Finds where a file uses database functions: `rpc(db, "name", { p_a: 1 })` and `{ rpc: "name" }`.
 *
 * @param file the path, for the report
 * @param source the TypeScript
 */
export function findRpcUses(file: string, source: string): RpcUse[] {
  const { program } = parseSync(file, source);
  const objects = new Map<string, Node>();
  const uses: RpcUse[] = [];
  const visit = (value: unknown, act: (node: Node) => void): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, act);
    else if (value !== null && typeof value === "object") {
      if (typeof (value as Node).type === "string") act(value as Node);
      for (const child of Object.values(value)) if (typeof child === "object") visit(child, act);
    }
  };
  visit(program, (node) => {
    if (node.type !== "VariableDeclarator") return;
    const init = plain(node.init);
    if (init?.type === "ObjectExpression") objects.set(String((node.id as Node).name), init);
  });
  visit(program, (node) => {
    if (node.type === "CallExpression" && (node.callee as Node).name === "rpc") {
      const [, name, given] = node.arguments as Node[];
      const value = plain(given);
      const object = value?.type === "Identifier" ? objects.get(String(value.name)) : value;
      uses.push({ file, name: text(name), arguments: keys(object), kind: "call" });
    } else if (node.type === "Property" && (node.key as Node).name === "rpc") {
      const name = text(node.value as Node);
      if (name !== null) uses.push({ file, name, arguments: null, kind: "row" });
    }
  });
  return uses;
}

/** Looks through `x as T`, `x satisfies T` and parentheses. */
function plain(value: unknown): Node | undefined {
  let node = value as Node | undefined;
  while (node && /^(TSAs|TSSatisfies|Parenthesized)/.test(node.type)) node = node.expression as Node;
  return node;
}

function keys(object: Node | undefined): string[] | null {
  if (object?.type !== "ObjectExpression") return null;
  const names = (object.properties as Node[]).map((property) => {
    if (property.type === "SpreadElement") return spreadNames(property.argument as Node);
    const key = property.key as Node;
    return [String(key.name ?? key.value)];
  });
  return names.includes(null) ? null : names.flatMap((some) => some ?? []);
}

/** What may be spread into the arguments: those that all acts have in common, as packages/core/src/acts names them. */
const spread: Readonly<Record<string, readonly string[]>> = {
  actArguments: ["p_reason", "p_ticket", "p_admin_user_id", "p_dry_run", "p_run_id"],
};

function spreadNames({ type, callee }: Node): readonly string[] | null {
  return type === "CallExpression" ? (spread[String((callee as Node).name)] ?? null) : null;
}

function text(node: Node | undefined): string | null {
  return typeof node?.value === "string" ? node.value : null;
}
