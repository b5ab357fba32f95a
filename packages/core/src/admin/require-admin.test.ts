import { describe, expect, it, vi } from "vitest";
import { type AdminAuthClient, requireAdmin } from "./index.ts";

/** A client whose Auth is never to be asked, or never answers. */
function client(getClaims: () => Promise<never>, timeoutMs?: number): AdminAuthClient {
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    rpc: () => expect.unreachable("the database was asked"),
    from: () => expect.unreachable("the database was asked"),
    auth: { getClaims, getUser: getClaims },
  };
}

function request(authorization: string | null): Request {
  return new Request("https://app.example", { headers: authorization === null ? {} : { authorization } });
}

describe("requireAdmin", () => {
  it.each([
    null,
    "",
    "  ",
    "Bearer",
    "Bearer ",
    "Bearer  ",
    "Basic YWRhOnNlY3JldA==",
    "Token abc",
    "Bearer a b",
    "Bearer a, Bearer b",
    "Bearer: a.b.c",
    "Bearer\ta.b.c",
    "BearerBearer a.b.c",
    "Bearer undefined",
    "Bearer null",
    "Bearer sb_secret_0123456789abcdef",
    "Bearer a.b.c",
    "Bearer e30.e30.x",
    "Bearer bnVsbA.e30.x",
    `Bearer ${"a".repeat(100_000)}`,
  ])("refuses %j without asking anybody", async (header) => {
    const asked = vi.fn();
    await expect(requireAdmin(request(header), client(asked))).rejects.toMatchObject({
      code: "ERR_4005",
      reason: header?.trim() ? "invalid_token" : "not_signed_in",
    });
    expect(asked).not.toHaveBeenCalled();
  });

  it.each(["Bearer", "bearer", "BEARER", " bearer  "])("reads a token after %j", async (scheme) => {
    const token = "eyJhbGciOiJIUzI1NiJ9.e30.x";
    const asked = vi.fn(() => Promise.reject(new TypeError("fetch failed")));
    await expect(requireAdmin(request(`${scheme} ${token}`), client(asked))).rejects.toMatchObject({
      code: "ERR_6003",
    });
    expect(asked).toHaveBeenCalledWith(token);
  });

  it("waits for Auth no longer than for the database", async () => {
    const hanging = client(() => new Promise<never>(() => {}), 20);
    await expect(requireAdmin(request("Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"), hanging)).rejects.toMatchObject({
      code: "ERR_6005",
      reason: "auth_unreachable",
    });
  });
});
