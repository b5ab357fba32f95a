// Preloaded into the built program by tests: gives it another @napi-rs/keyring, as FAKE_KEYRING says.
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

const { FAKE_KEYRING: kind = "works", FAKE_KEYRING_FILE: file = "" } = process.env;

class AsyncEntry {
  readonly #account: string;

  constructor(_service: string, account: string) {
    this.#account = account;
  }

  async getPassword(): Promise<string | null> {
    return read()[this.#account] ?? null;
  }

  async setPassword(secret: string): Promise<void> {
    writeFileSync(file, JSON.stringify({ ...read(), [this.#account]: secret }));
  }

  async deleteCredential(): Promise<boolean> {
    const { [this.#account]: known, ...others } = read();
    writeFileSync(file, JSON.stringify(others));
    return known !== undefined;
  }
}

function read(): Record<string, string> {
  if (kind === "absent") throw new Error("DBus error: set your DBUS_SESSION_BUS_ADDRESS instead");
  if (kind === "locked") throw new Error("The keychain is locked");
  // A thread that never comes back, as one that waits for somebody to unlock a keychain.
  if (kind === "hanging") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

(globalThis as { fakeKeyring?: unknown }).fakeKeyring = AsyncEntry;
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== "@napi-rs/keyring") return next(specifier, context);
    if (kind === "trap") openSync("the keychain was imported", "r");
    const source = "export const AsyncEntry = globalThis.fakeKeyring;";
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
  },
});
