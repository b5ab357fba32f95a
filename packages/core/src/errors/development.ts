/** The two globals through which a runtime tells its environment, where it has them. */
interface Runtime {
  process?: { env?: Record<string, string | undefined> };
  Deno?: { permissions?: { querySync?(what: { name: "env"; variable: string }): { state: string } } };
}

/**
 * Tells whether a mistake of the programmer should be thrown (development, tests) rather than covered up for a user.
 *
 * `NODE_ENV` is the sign for it that every tool sets, vitest and jest among them; nothing else of the environment is
 * read, and only when there is a mistake to tell. Without it, or without permission to read it, this is production.
 *
 * @param runtime default: this one
 * @returns true when `NODE_ENV` is `development` or `test`
 * @example
 * ```ts
 * if (inDevelopment()) throw mistake;
 * ```
 */
export function inDevelopment(runtime: Runtime = globalThis as Runtime): boolean {
  try {
    // On a terminal Deno stops and asks a person for the permission; nobody's request may wait for that.
    const permission = runtime.Deno?.permissions?.querySync?.({ name: "env", variable: "NODE_ENV" });
    if (permission !== undefined && permission.state !== "granted") return false;
    const mode = runtime.process?.env?.NODE_ENV;
    return mode === "development" || mode === "test";
  } catch {
    return false;
  }
}
