import type { CommandContext } from "./command-context.ts";
import { CommandError } from "./command-error.ts";
import { isLoopback } from "./config/project-url.ts";

/**
 * A fetch that goes through HTTPS_PROXY or HTTP_PROXY, or null where none applies: none set, the host is in
 * NO_PROXY, or it is this machine. Only then is undici loaded, which costs more than a whole command.
 * @param url of the project.
 */
export async function proxyFetch(url: string, env: CommandContext["env"]): Promise<typeof fetch | null> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const http = env.http_proxy || env.HTTP_PROXY;
  const https = env.https_proxy || env.HTTPS_PROXY || http;
  const proxy = secure ? https : http;
  if (!proxy || isLoopback(target.hostname) || isExempt(target, env.no_proxy || env.NO_PROXY || ""))
    return null;
  const undici = await import("undici");
  let dispatcher: InstanceType<typeof undici.EnvHttpProxyAgent>;
  try {
    dispatcher = new undici.EnvHttpProxyAgent({
      noProxy: "",
      ...(http ? { httpProxy: http } : {}),
      ...(https ? { httpsProxy: https } : {}),
    });
  } catch (error) {
    throw new CommandError(
      "CLI_CONFIG",
      `${secure ? "HTTPS_PROXY" : "HTTP_PROXY"} is not the URL of a proxy.`,
      {
        hint: "It looks like http://proxy.example:3128",
        reason: "invalid_proxy",
        cause: error,
      },
    );
  }
  // undici's own types of fetch and those of the runtime are two declarations of one thing.
  return ((input: string, init?: object) =>
    undici.fetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** Whether NO_PROXY names the host: `*`, a host, a domain with or without a leading dot, or host:port. */
export function isExempt(target: URL, noProxy: string): boolean {
  const host = target.hostname.toLowerCase();
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", entryPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      return (entryPort === undefined || entryPort === port) && (host === name || host.endsWith(`.${name}`));
    });
}
