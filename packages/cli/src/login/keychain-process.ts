// Runs as a program of its own: a keychain that waits for somebody to unlock it holds a thread that nothing but the end of the
// process frees, and even process.exit waits for it. The program is killed instead.
import { readFileSync, writeSync } from "node:fs";
import type { KeychainAnswer, KeychainQuestion } from "./keychain.ts";

const { action, account, secret } = JSON.parse(readFileSync(0, "utf8")) as KeychainQuestion;

try {
  const { AsyncEntry } = await import("@napi-rs/keyring");
  // On Linux the package would else fall back to a store of the kernel that forgets within days.
  const entry = new AsyncEntry("vidops", account, { linux: { store: "secret-service" } });
  if (action === "get") answer({ ok: true, secret: await entry.getPassword() });
  else if (action === "set") {
    await entry.setPassword(secret ?? "");
    answer({ ok: true, secret: null });
  } else {
    await entry.deleteCredential();
    answer({ ok: true, secret: null });
  }
} catch (error) {
  answer({ ok: false, message: error instanceof Error ? error.message : String(error) });
}

function answer(value: KeychainAnswer): void {
  writeSync(1, JSON.stringify(value));
}
