import { CommandError } from "../command-error.ts";

const example = "It looks like https://abcdefgh.supabase.co (Project Settings, Data API).";

/**
 * Checks a project URL and brings it to one form: no trailing slash, no /rest/v1, no query.
 * @param text as given.
 * @param name where it was given, for the message, e.g. "--url" or "SUPABASE_URL".
 * @throws CommandError CLI_CONFIG for anything but https (http on this machine) without a password in it.
 * @example normalizeProjectUrl("https://abc.supabase.co/", "--url") // "https://abc.supabase.co"
 */
export function normalizeProjectUrl(text: string, name: string): string {
  const trimmed = text.trim();
  if (/^postgres(ql)?:/i.test(trimmed)) {
    throw configError(`${name} is a database URL; vidops needs the project's API URL.`, example);
  }
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "") {
    throw configError(`${name} is not a URL.`, example);
  }
  if (url.username !== "" || url.password !== "") {
    throw configError(
      `${name} holds a user name or password.`,
      `Leave it out: keys are given apart. ${example}`,
    );
  }
  const dashboard = /^\/dashboard\/project\/([a-z0-9]+)/.exec(url.pathname);
  if (dashboard && /^(www\.|app\.)?supabase\.com$/.test(url.hostname)) {
    throw configError(`${name} is the address of the dashboard.`, `Use https://${dashboard[1]}.supabase.co`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw configError(
      `${name} must start with https:// (http is for this machine only).`,
      "A key sent over http can be read on the way.",
    );
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/rest\/v1$/, "");
  if (path !== "" || url.search !== "" || url.hash !== "") {
    throw configError(`${name} must be the project's address alone, without a path or query.`, example);
  }
  return url.origin;
}

/** Whether a host name is this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

function configError(message: string, hint: string): CommandError {
  return new CommandError("CLI_CONFIG", message, { hint, reason: "invalid_url" });
}
