import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startFakeGitHub } from "../testing/fake-github.ts";
import { loginFileOf, loginFixture } from "../testing/login-fixture.ts";
import type { Run } from "../testing/run-vidops.ts";

const github = await startFakeGitHub();
const home = loginFixture({
  signIn: {
    github: { clientId: "client", secret: "secret", url: github.url },
    redirectUrls: ["http://127.0.0.1:*/callback"],
  },
});
afterAll(() => github[Symbol.asyncDispose]());
beforeEach(() => {
  github.email = "ops@example.com";
});

/** Signs in with a browser that does what `visit` does with the address that was printed. */
async function inBrowser(
  visit: (address: string) => Promise<void>,
  args: readonly string[] = [],
): Promise<Run> {
  let visited: Promise<void> | null = null;
  const run = await home.vidops(["login", "--provider", "github", "--no-browser", ...args], {
    // No screen, and no SSH: what a browser would be opened by is not there.
    env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, NO_COLOR: "1" },
    onStart: (child) => {
      let said = "";
      child.stderr?.on("data", (text: string) => {
        said += text;
        const address = /^ {2}(http\S+)\n/m.exec(said)?.[1];
        if (address !== undefined) visited ??= visit(address);
      });
    },
  });
  await visited;
  return run;
}

/** Follows redirects as a browser does, and keeps where it came by. */
async function follow(address: string, stations: string[] = []): Promise<Response> {
  const response = await fetch(address, { redirect: "manual" });
  stations.push(address);
  const next = response.headers.get("location");
  return next === null ? response : follow(new URL(next, address).href, stations);
}

/** Follows until the browser would come back to the terminal's port. */
async function returnAddress(address: string): Promise<string> {
  const response = await fetch(address, { redirect: "manual" });
  const next = new URL(response.headers.get("location") ?? "", address).href;
  return new URL(next).pathname === "/callback" ? next : returnAddress(next);
}

function keptPath(): string {
  return loginFileOf(home.folder, home.stack.url);
}

describe("login in the browser", () => {
  it("comes back with a code of a PKCE challenge that Auth verifies, and closes its port", async () => {
    const stations: string[] = [];
    let page = "";
    const run = await inBrowser(async (address) => {
      page = await (await follow(address, stations)).text();
    });
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain("Signed in as ops@example.com.");
    expect(run.stderr).toContain("Open this in a browser on this machine");
    expect(page).toContain("You are signed in to vidops.");
    const asked = new URL(stations[0] ?? "").searchParams;
    expect(asked.get("code_challenge_method")).toBe("s256");
    expect(asked.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    const back = stations.at(-1) ?? "";
    expect(back).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback\?code=[\w-]+$/);
    await expect(fetch(back)).rejects.toThrow();
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });

  it("refuses a code of another sign-in, which somebody put into the address, and waits for the right one", async () => {
    // Auth made it for another challenge: whoever has the code alone has nothing, and whoever slips it in achieves nothing.
    const verifierOfOthers = "A".repeat(43);
    const authorize = new URL(
      `${home.stack.url}/auth/v1/authorize?provider=github&code_challenge_method=s256`,
    );
    authorize.searchParams.set("code_challenge", verifierOfOthers);
    authorize.searchParams.set("redirect_to", "http://127.0.0.1:9/callback");
    const foreign = new URL(await returnAddress(authorize.href)).searchParams.get("code") ?? "";
    let page = "";
    const run = await inBrowser(async (address) => {
      const port = new URL(new URL(address).searchParams.get("redirect_to") ?? "");
      port.searchParams.set("code", foreign);
      page = await (await fetch(port)).text();
      port.searchParams.set("code", "no-code-at-all");
      await fetch(port);
      await follow(address);
    });
    expect(page).toContain("This code is of another sign-in.");
    expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    expect((await home.vidops(["limits", "list"])).exitCode).toBe(0);
  });

  it("refuses who is no admin, and keeps nothing", async () => {
    github.email = "ada@example.com";
    await home.stack.sql`delete from auth.identities where provider = 'github'`;
    const run = await inBrowser(async (address) => void (await follow(address)));
    expect(run, run.stderr).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("is not an admin"),
    });
    expect(existsSync(keptPath())).toBe(false);
  });

  it("ends when it is cancelled there", async () => {
    const run = await inBrowser(async (address) => {
      const port = new URL(new URL(address).searchParams.get("redirect_to") ?? "");
      port.search = "?error=access_denied&error_description=The+user+has+denied+your+application+access";
      await fetch(port);
    });
    expect(run).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining("denied your application access"),
    });
  });

  it("ends on Ctrl-C while nobody comes, with exit 130", async () => {
    const run = await home.vidops(["login", "--provider", "github", "--no-browser"], {
      onStart: (child) =>
        child.stderr?.on("data", (text: string) => void (text.includes("http") && child.kill("SIGINT"))),
    });
    expect(run.exitCode).toBe(130);
    expect(existsSync(keptPath())).toBe(false);
  });

  it("comes back to the port that is asked for, and says so when it is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = String(typeof address === "object" ? address?.port : 0);
    const run = await home.vidops(["login", "--provider", "github", "--no-browser", "--port", port]);
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`Port ${port}`) });
    await new Promise((resolve) => taken.close(resolve));
    let back = "";
    await inBrowser(
      async (start) => {
        back = new URL(start).searchParams.get("redirect_to") ?? "";
        await follow(start);
      },
      ["--port", port],
    );
    expect(back).toBe(`http://127.0.0.1:${port}/callback`);
  });

  it("says which providers the project offers when it does not offer this one", async () => {
    const run = await home.vidops(["login", "--provider", "apple", "--no-browser"]);
    expect(run).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("It offers: github.") });
  });
});
