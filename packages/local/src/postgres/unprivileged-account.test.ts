import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canReach, unprivilegedAccount } from "./unprivileged-account.ts";

const isRoot = process.getuid?.() === 0;

describe("canReach", () => {
  it.skipIf(process.platform === "win32")("is false below a folder that is closed to others", () => {
    const folder = mkdtempSync(join(tmpdir(), "vidops-reach-"));
    try {
      const inner = join(folder, "inner");
      mkdirSync(inner);
      chmodSync(folder, 0o700);
      const stranger = { uid: 54_321, gid: 54_321 };
      expect(canReach(inner, stranger)).toBe(false);
      expect(canReach(join(inner, "not there yet"), stranger)).toBe(false);
      chmodSync(folder, 0o711);
      expect(canReach(inner, stranger)).toBe(true);
      if (isRoot) {
        chownSync(folder, stranger.uid, 0);
        chmodSync(folder, 0o700);
        expect(canReach(inner, stranger)).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is true for the account that runs this", () => {
    expect(canReach("/", null)).toBe(true);
  });
});

describe("unprivilegedAccount", () => {
  it.skipIf(isRoot)("is none for an ordinary user", () => {
    expect(unprivilegedAccount()).toBeNull();
  });

  it.runIf(isRoot)("is another account for root, and an error where there is none", () => {
    expect(unprivilegedAccount()?.uid).toBeGreaterThan(0);
    const folder = mkdtempSync(join(tmpdir(), "vidops-passwd-"));
    const passwd = join(folder, "passwd");
    writeFileSync(passwd, "root:x:0:0:root:/root:/bin/sh\n");
    expect(() => unprivilegedAccount(passwd)).toThrow(/does not run as root/);
    rmSync(folder, { recursive: true });
  });
});
