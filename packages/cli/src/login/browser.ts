import type { CommandContext } from "../command-context.ts";

/**
 * Opens a page in the browser, where there is one.
 *
 * @returns false where nobody would see it: over SSH, or on a Linux without a screen.
 */
export async function openBrowser(
  url: string,
  { env, platform }: Pick<CommandContext, "env" | "platform">,
): Promise<boolean> {
  if (env.SSH_CONNECTION || env.SSH_TTY) return false;
  if (platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY && !env.WSL_DISTRO_NAME) return false;
  try {
    const { default: open } = await import("open");
    const opener = await open(url);
    // The address was printed as well; an opener that fails is nothing to end for.
    opener.on("error", () => {});
    return true;
  } catch {
    return false;
  }
}
