import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What the keychain is asked, as JSON on the stdin of its process. */
export interface KeychainQuestion {
  readonly action: "get" | "set" | "delete";
  readonly account: string;
  readonly secret?: string;
}

/** What it answers, as JSON on stdout. */
export type KeychainAnswer =
  | { readonly ok: true; readonly secret: string | null }
  | { readonly ok: false; readonly message: string };

/** The keychain cannot be used: there is none, it is locked, or it does not answer. */
export class KeychainError extends Error {
  readonly reason: "refused" | "hanging";

  constructor(reason: "refused" | "hanging", message: string) {
    super(message);
    this.name = "KeychainError";
    this.reason = reason;
  }
}

/** How the keychain's process is run. */
export interface KeychainOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that asks it; another one in tests. */
  readonly program?: string;
  /** Milliseconds; 3000 unless said, which is long for a keychain and short for a person. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 3000;

/**
 * Asks the keychain of the operating system: the macOS Keychain, Windows' Credential Manager, or the Secret Service of a Linux
 * desktop.
 *
 * @param question what to get, set or delete; the account names the login.
 * @returns the secret, or null when there is none.
 * @throws KeychainError
 * @example await askKeychain({ action: "get", account: "/home/ada/.config/vidops/logins/…" }, { env: context.env });
 */
export function askKeychain(question: KeychainQuestion, options: KeychainOptions): Promise<string | null> {
  const { env, program = defaultProgram(), timeoutMs = defaultTimeoutMs } = options;
  const child = spawn(process.execPath, [program], {
    env: { ...env },
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: "refused" | "hanging", message: string): void => {
      child.kill("SIGKILL");
      reject(new KeychainError(reason, message));
    };
    const timer = setTimeout(
      () => fail("hanging", `it did not answer within ${timeoutMs / 1000} s; it may wait to be unlocked`),
      timeoutMs,
    );
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.on("error", (error) => fail("refused", error.message));
    child.on("close", () => {
      clearTimeout(timer);
      const answer = parseAnswer(text);
      if (answer.ok) resolve(answer.secret);
      else reject(new KeychainError("refused", inWords(answer.message)));
    });
    // It may have ended before it read the question.
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(question));
  });
}

function defaultProgram(): string {
  const name = import.meta.url.endsWith(".ts") ? "./keychain-process.ts" : "./keychain-process.js";
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Without a desktop session there is no Secret Service, which the library says in words of D-Bus. */
function inWords(message: string): string {
  if (/DBUS_SESSION_BUS_ADDRESS|ServiceUnknown|not provided by any \.service|No such file/i.test(message))
    return "this system has none that runs";
  const [first = message] = message.split("\n");
  return first.length > 200 ? `${first.slice(0, 199)}…` : first;
}

function parseAnswer(text: string): KeychainAnswer {
  try {
    return JSON.parse(text) as KeychainAnswer;
  } catch {
    return { ok: false, message: "its process ended without an answer" };
  }
}
