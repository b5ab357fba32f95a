import { parseSync } from "rolldown/utils";

/** How a file asks for another: `static` at load, `lazy` by import(), `type` not at all when it runs. */
export type ImportKind = "static" | "lazy" | "type";

export interface Import {
  readonly target: string;
  readonly kind: ImportKind;
}

export interface SourceFile {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Names read as globals, as far as no binding of the file has the same name. */
  readonly globals: ReadonlySet<string>;
  /** Whether it reads `process.env`. */
  readonly readsEnvironment: boolean;
  readonly lines: number;
  /** The comments before the first statement. */
  readonly head: string;
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/**
 * Reads one TypeScript file's imports and globals with the parser that the bundler uses.
 *
 * @param path the file's path below the root of the repository, with forward slashes
 * @param source its text
 * @throws Error when the text is no TypeScript
 * @example readSource("a.ts", 'import type { B } from "./b.ts"').imports // [{ target: "./b.ts", kind: "type" }]
 */
export function readSource(path: string, source: string): SourceFile {
  const parsed = parseSync(path, source);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors.map((e) => e.message).join("; ")}`);
  const imports: Import[] = [];
  for (const statement of parsed.module.staticImports) {
    const typeOnly = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType);
    imports.push({ target: statement.moduleRequest.value, kind: typeOnly ? "type" : "static" });
  }
  for (const statement of parsed.module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) {
        imports.push({ target: entry.moduleRequest.value, kind: entry.isType ? "type" : "static" });
      }
    }
  }
  const bound = new Set<string>();
  const used = new Set<string>();
  let readsEnvironment = false;
  walk(parsed.program as unknown as Node, (node, parent, key) => {
    if (node.type === "ImportExpression") {
      const target = literal(node.source);
      if (target !== null) imports.push({ target, kind: "lazy" });
    } else if (node.type === "TSImportType") {
      const target = literal(node.source ?? node.argument);
      if (target !== null) imports.push({ target, kind: "type" });
    } else if (node.type === "Identifier") {
      const name = String(node.name);
      const role = roleOf(parent, key);
      if (role === "binding") bound.add(name);
      else if (role === "reference") used.add(name);
    }
    if (node.type === "MemberExpression" && (node.object as Node).name === "process") {
      readsEnvironment ||= (node.property as Node).name === "env";
    }
    if (node.type === "MemberExpression" && (node.object as Node).name === "globalThis") {
      const property = node.property as Node;
      used.add(String(property.name ?? property.value));
    }
  });
  for (const name of bound) used.delete(name);
  const firstStatement = (parsed.program.body[0] as { start?: number } | undefined)?.start ?? source.length;
  return {
    path,
    imports: unique(imports),
    globals: used,
    readsEnvironment,
    lines: source.split("\n").length - (source.endsWith("\n") ? 1 : 0),
    head: source.slice(0, firstStatement),
  };
}

/** Tells a name that is only a label (`a.process`, `{ process: 1 }`) from one that is read or bound. */
function roleOf(parent: Node | null, key: string): "binding" | "reference" | "label" {
  switch (parent?.type) {
    case "MemberExpression":
      return key === "property" && parent.computed !== true ? "label" : "reference";
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return key === "key" && parent.computed !== true && parent.shorthand !== true ? "label" : "reference";
    case "VariableDeclarator":
      return key === "id" ? "binding" : "reference";
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return key === "local" ? "binding" : "label";
    case "Function":
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return key === "id" || key === "params" ? "binding" : "reference";
    case "ClassDeclaration":
      return key === "id" ? "binding" : "reference";
    case "CatchClause":
      return "binding";
    case "LabeledStatement":
    case "ExportSpecifier":
      return "label";
    default:
      return parent?.type.startsWith("TS") ? "label" : "reference";
  }
}

function walk(node: Node, visit: (node: Node, parent: Node | null, key: string) => void): void {
  const step = (value: unknown, parent: Node | null, key: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) step(item, parent, key);
    } else if (value !== null && typeof value === "object" && typeof (value as Node).type === "string") {
      visit(value as Node, parent, key);
      for (const [name, child] of Object.entries(value)) {
        if (child !== null && typeof child === "object") step(child, value as Node, name);
      }
    }
  };
  step(node, null, "");
}

function literal(value: unknown): string | null {
  let node = value as Node | undefined;
  if (node?.type === "TSLiteralType") node = node.literal as Node;
  return typeof node?.value === "string" ? node.value : null;
}

function unique(imports: readonly Import[]): Import[] {
  const seen = new Map(imports.map((one) => [`${one.kind} ${one.target}`, one]));
  return [...seen.values()];
}
