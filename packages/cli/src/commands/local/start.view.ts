import type { LocalStack } from "@vidops/local";
import { type Document, fields, line, toned } from "../../output/document.ts";

/** Where the stack is, and its keys, which are worth nothing elsewhere. */
export function stackView(stack: LocalStack, profilePath: string | null): Document {
  return [
    line(toned("Ready. Ctrl-C stops it.", "good")),
    fields([
      ["url", stack.url],
      ["functions", stack.functionsUrl],
      ["development provider", stack.developmentProviderUrl],
      ["database", stack.dbUrl],
      ["publishable key", stack.publishableKey],
      ["secret key", stack.secretKey],
      ["anon key", stack.anonKey],
      ["service_role key", stack.serviceRoleKey],
      ["jwt secret", stack.jwtSecret],
      ["admin", `${stack.admin.email}  password ${stack.admin.password}`],
      ["second admin", `${stack.secondAdmin.email}  password ${stack.secondAdmin.password}`],
      ["user", `${stack.user.email}  password ${stack.user.password}`],
      ["data", stack.dataDir ?? "temporary, gone when it stops"],
      ["profile", profilePath === null ? null : `--profile local (${profilePath})`],
    ]),
  ];
}

/** The same as JSON data, for tools. */
export function stackData(stack: LocalStack): Record<string, unknown> {
  return {
    url: stack.url,
    db_url: stack.dbUrl,
    publishable_key: stack.publishableKey,
    secret_key: stack.secretKey,
    anon_key: stack.anonKey,
    service_role_key: stack.serviceRoleKey,
    jwt_secret: stack.jwtSecret,
    admin: { ...stack.admin },
    user: { ...stack.user },
    second_admin: { ...stack.secondAdmin },
    functions_url: stack.functionsUrl,
    development_provider_url: stack.developmentProviderUrl,
  };
}
