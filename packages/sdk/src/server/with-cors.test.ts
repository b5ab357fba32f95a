import { describe, expect, it } from "vitest";
import { withCors } from "./with-cors.ts";

const url = "https://abc.functions.supabase.co/f";
const policy = {
  origin: ["https://admin.example", "https://two.example"],
  methods: ["POST"],
  requestHeaders: ["authorization"],
  exposedHeaders: ["x-own"],
};
const answered = withCors(
  async () =>
    new Response("done", {
      status: 418,
      headers: { vary: "Accept-Language", "access-control-expose-headers": "x-other" },
    }),
  policy,
);
const cors = ({ headers }: Response): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
const from = (origin: string | null, init: RequestInit = {}): Request =>
  new Request(url, { ...init, headers: { ...init.headers, ...(origin !== null && { origin }) } });

describe("withCors", () => {
  it("lets pages of the named origins read an answer, and adds to what the handler said", async () => {
    const response = await answered(from("https://two.example"));
    expect([response.status, await response.text()]).toEqual([418, "done"]);
    expect(cors(response)).toEqual({
      "access-control-allow-origin": "https://two.example",
      "access-control-expose-headers": "x-other, x-own",
    });
    expect(response.headers.get("vary")).toBe("Accept-Language, Origin");
  });

  it.each(["https://evil.example", "https://admin.example.evil.example", "null", null])(
    "gives no leave to %j, and lets no cache mix them up",
    async (origin) => {
      const response = await answered(from(origin));
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      expect(response.headers.get("vary")).toBe("Accept-Language, Origin");
      const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };
      expect(cors(await answered(from(origin, preflight)))).toEqual({});
    },
  );

  it("answers a preflight without the handler", async () => {
    const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "POST" } };
    const response = await answered(from("https://admin.example", preflight));
    expect(response.status).toBe(204);
    expect(cors(response)).toEqual({
      "access-control-allow-origin": "https://admin.example",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization",
      "access-control-max-age": "7200",
    });
  });

  it("answers OPTIONS that is no preflight with the methods there are", async () => {
    const response = await answered(from(null, { method: "OPTIONS" }));
    expect([response.status, response.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
  });

  it("can add to a response whose headers cannot be changed, and says nothing it was not told to", async () => {
    const open = withCors(async () => Response.redirect("https://example.com/"), {
      origin: "*",
      methods: ["GET"],
    });
    const response = await open(from("https://any.example"));
    expect(cors(response)).toEqual({ "access-control-allow-origin": "*" });
    expect(response.headers.has("vary")).toBe(false);
  });
});
