import { VidopsError } from "../errors/index.ts";
import { carriedAddress, parseAddress, sendersFrom } from "../rate-limit/index.ts";

/** Names that stand for a machine of one's own network. */
const localNames = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)$/;

/**
 * Checks where a video is to be fetched from. The URL is the provider's word, and behind it may stand whoever wrote the model: what
 * is fetched from inside could show what only the inside may see. So: https, whose certificate a name on the inside does not have,
 * no address or name of a private network, and no password.
 *
 * @param text the URL
 * @param allowLoopback true to also allow this machine, and http to it: for development
 * @returns the URL
 * @throws VidopsError ERR_5002 video_url_refused
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function requireVideoUrl(text: string, allowLoopback: boolean): URL {
  if (!URL.canParse(text)) throw refused("is no URL");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw refused("has a password in it");
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (allowLoopback && isLoopback(host) && (url.protocol === "https:" || url.protocol === "http:"))
    return url;
  if (url.protocol !== "https:") throw refused("is not https");
  const address = parseAddress(host);
  const isPublic =
    address === null
      ? host.includes(".") && !localNames.test(host)
      : sendersFrom(carriedAddress(address)) === "internet";
  if (!isPublic) throw refused("leads into a private network");
  return url;
}

/** The parser of URLs has written 127.1, 0x7f000001 and the like as four numbers. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (host.startsWith("127.") && parseAddress(host) !== null);
}

function refused(fault: string): VidopsError {
  return new VidopsError({
    code: "ERR_5002",
    reason: "video_url_refused",
    message: `The provider's URL of the video ${fault}, so it is not fetched.`,
    hint: "Look at the job in the provider's dashboard.",
  });
}
