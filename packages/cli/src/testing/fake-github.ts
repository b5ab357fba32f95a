import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

/** A server that signs somebody in as GitHub does, for Auth to ask. */
export interface FakeGitHub extends AsyncDisposable {
  readonly url: string;
  /** Whose account the browser is signed in to. */
  email: string;
}

/** Starts one on a free port of this machine. */
export async function startFakeGitHub(): Promise<FakeGitHub> {
  const codes = new Set<string>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://github");
    const json = (value: unknown): void => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      if (pathname === "/login/oauth/authorize") {
        const code = randomUUID();
        codes.add(code);
        const back = new URL(searchParams.get("redirect_uri") ?? "");
        back.searchParams.set("code", code);
        back.searchParams.set("state", searchParams.get("state") ?? "");
        response.writeHead(302, { location: back.href }).end();
      } else if (pathname === "/login/oauth/access_token") {
        // A code is good once.
        const isGood = codes.delete(new URLSearchParams(body).get("code") ?? "");
        json(isGood ? { access_token: "gho_x", token_type: "bearer" } : { error: "bad_verification_code" });
      } else if (pathname.endsWith("/user")) json({ id: 4711, login: "ops", name: "Ops" });
      else if (pathname.endsWith("/user/emails"))
        json([{ email: github.email, primary: true, verified: true }]);
      else response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const github: FakeGitHub = {
    url: `http://127.0.0.1:${port}`,
    email: "ops@example.com",
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return github;
}
