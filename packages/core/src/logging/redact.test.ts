import { describe, expect, it } from "vitest";
import { redact, redactText } from "./index.ts";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

describe("redact", () => {
  it("hides values by their key, in any case and with any separator, at any depth", () => {
    const clean = redact({
      Authorization: "x1",
      headers: { "X-API-Key": "x2", "set-cookie": ["x3"] },
      users: [{ userPassword: "x4" }, { refresh_token: { value: "x5" } }],
      client_secret: "x6",
      receiptData: "x7",
      kept: { idempotency_key: "k-1", job_id: "j-1", amount: 4 },
    });
    expect(clean).toEqual({
      Authorization: "[redacted]",
      headers: { "X-API-Key": "[redacted]", "set-cookie": "[redacted]" },
      users: [{ userPassword: "[redacted]" }, { refresh_token: "[redacted]" }],
      client_secret: "[redacted]",
      receiptData: "[redacted]",
      kept: { idempotency_key: "k-1", job_id: "j-1", amount: 4 },
    });
  });

  it.each([
    ["a JWT inside text", `token is ${jwt}, take it`, "token is [redacted], take it"],
    ["a JWT without its signature", `${jwt.slice(0, jwt.lastIndexOf("."))}!`, "[redacted]!"],
    ["a JWT glued to a word", `access_token_${jwt}`, "access_token_[redacted]"],
    ["a secret key", "key=sb_secret_Abc-123_x.", "key=sb_secret_[redacted]."],
    ["a bearer token", "Authorization: bearer abcdefgh12345", "Authorization: bearer [redacted]"],
    ["basic credentials", "Basic YWxhZGRpbjpvcGVuc2VzYW1l", "Basic [redacted]"],
    ["a password in a URL", "postgres://ops:hunter2@db:5432/x", "postgres://ops:[redacted]@db:5432/x"],
    ["a personal access token", "sbp_0123456789abcdef", "sbp_[redacted]"],
    ["a password in a sentence", "login failed, password: hunter2", "login failed, password: [redacted]"],
    ["a password in the environment", "PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"],
    ["a password in quotes", "secret = 'two words', ok", "secret = [redacted], ok"],
    ["a long secret in quotes", `password="${"a b ".repeat(1_000)}", x`, "password=[redacted], x"],
    ["a secret whose quote is never closed", 'secret: "a b c', "secret: [redacted]"],
    ["a secret in JSON inside text", '{"client_secret":"a b","x":1}', '{"client_secret":[redacted],"x":1}'],
    [
      "a secret in JSON inside JSON",
      String.raw`{\"apiKey\":\"a\",\"x\":1}`,
      String.raw`{\"apiKey\":[redacted],\"x\":1}`,
    ],
    ["an API key", "api_key: abc", "api_key: [redacted]"],
    ["a token in a URL", "GET /x?access_token=abc&page=2#top", "GET /x?access_token=[redacted]&page=2#top"],
    ["a key in a URL", "https://x.example/v1?key=abc&page=2", "https://x.example/v1?key=[redacted]&page=2"],
    ["a signature in a URL", "/v?X-Amz-Signature=0a1b&x=1", "/v?X-Amz-Signature=[redacted]&x=1"],
    ["a token after a colon", "token: abcd1234efgh", "token: [redacted]"],
    ["a provider's key", "Authorization: Key abc:def, x", "Authorization: Key [redacted], x"],
    ["a provider's key with its name", "FAL_KEY=abc:def", "FAL_KEY=[redacted]"],
    [
      "a provider's key without its name",
      "sent 7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968:0123456789abcdef0123456789abcdef",
      "sent [redacted]",
    ],
    ["an unknown scheme", "authorization: Token abc", "authorization: [redacted]"],
    ["cookies", "Cookie: sid=a; other=b", "Cookie: [redacted]"],
    ["a payment key", "sk_live_0123456789abcdef01", "sk_live_[redacted]"],
    ["a cloud key", "used AKIAIOSFODNN7EXAMPLE", "used [redacted]"],
    [
      "a private key",
      "x -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- y",
      "x [redacted] y",
    ],
    ["a store's receipt", `bad receipt MIIT${"a".repeat(200)}==`, "bad receipt [redacted]"],
    ["a purchase token", `consume ${"abcdefghij".repeat(2)}.AO-J1Ox${"y".repeat(40)}`, "consume [redacted]"],
    [
      "a value that Postgres tells",
      "Key (password)=(hunter2) already exists",
      "Key (password)=[redacted] already exists",
    ],
  ])("hides %s", (_title, text, clean) => {
    expect(redactText(text)).toBe(clean);
  });

  it.each([
    "token: expired",
    "Unexpected token < in JSON at position 4",
    "Password is wrong",
    "tokens used: 12345678",
    "idempotency_key=abc-123",
    "receipt validation failed: 21002",
    "the signature is invalid: 401",
    "Key (email)=(ada@example.com) already exists",
    "ada@example.com",
    "a basic plan, bearer of news",
    "sb_publishable_abc",
    "https://example.com/a:b@c",
    "eyJ",
  ])("leaves %j alone", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("hides addresses when it is asked to, in values, keys and text", () => {
    const clean = redact(
      { "ada@example.com": 1, list: [{ to: "Ada <ada.l+x@mail.example.co.uk>" }] },
      { emails: true },
    );
    expect(clean).toEqual({ "[email]": 1, list: [{ to: "Ada <[email]>" }] });
    expect(redactText("a@b is none, ada@example.com is", { emails: true })).toBe("a@b is none, [email] is");
  });

  it("keeps as much text as it is told to", () => {
    const texts = Array.from({ length: 100 }, () => "y".repeat(1_000));
    expect(JSON.stringify(redact(texts, { maxText: 5_000 })).length).toBeLessThan(8_500);
    expect(JSON.stringify(redact(texts)).length).toBeGreaterThan(60_000);
  });

  it("bounds keys and plain values too", () => {
    const keys = Array.from({ length: 100 }, (_, i) => ({
      ["k".repeat(4_000) + i]: { ["j".repeat(4_000)]: 1 },
    }));
    expect(JSON.stringify(redact(keys)).length).toBeLessThan(100_000);
    const numbers = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 1.2345678901234));
    expect(JSON.stringify(redact(numbers)).length).toBeLessThan(100_000);
  });

  it("hides secrets in keys and in the messages of errors and their causes", () => {
    const error = new Error(`refused ${jwt}`, { cause: new Error("sb_secret_abc") });
    const clean = JSON.stringify(redact({ [jwt]: 1, error }));
    expect(clean).not.toContain("eyJ");
    expect(clean).not.toContain("secret_abc");
    expect(clean).toContain('"name":"Error"');
  });

  it("keeps JSON values and turns the rest into JSON values", () => {
    expect(
      redact({
        big: 12345678901234567890n,
        date: new Date(0),
        badDate: new Date(Number.NaN),
        infinite: Number.POSITIVE_INFINITY,
        none: undefined,
        nothing: null,
        list: [undefined, 1],
        call: () => 1,
        symbol: Symbol("s"),
        map: new Map<unknown, unknown>([
          ["token", "t"],
          [1, 2],
        ]),
        set: new Set([1]),
        bytes: new Uint8Array(3),
        url: new URL("https://u:p@example.com/"),
        headers: new Headers({ apikey: "k", accept: "a" }),
      }),
    ).toEqual({
      big: "12345678901234567890",
      date: "1970-01-01T00:00:00.000Z",
      badDate: "Invalid Date",
      infinite: "Infinity",
      nothing: null,
      list: [null, 1],
      call: "[function]",
      symbol: "[symbol]",
      map: { token: "[redacted]", 1: 2 },
      set: [1],
      bytes: "[3 bytes]",
      url: "https://u:[redacted]@example.com/",
      headers: { accept: "a", apikey: "[redacted]" },
    });
  });

  it("survives cycles, and does not take a value that is met twice for one", () => {
    const shared = { a: 1 };
    const value: Record<string, unknown> = { first: shared, second: shared };
    value.self = value;
    expect(redact(value)).toEqual({ first: { a: 1 }, second: { a: 1 }, self: "[circular]" });
  });

  it("survives getters and proxies that throw, and never calls toJSON", () => {
    const hostile = {
      get bad(): string {
        throw new Error("no");
      },
      toJSON: () => {
        throw new Error("no");
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    };
    expect(redact(hostile)).toEqual({ bad: "[unreadable]", toJSON: "[function]", proxy: "[unreadable]" });
  });

  it("makes a key named __proto__ plain data", () => {
    const clean = redact(JSON.parse('{"__proto__":{"admin":true}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
    expect(clean.admin).toBeUndefined();
    expect(Object.keys(clean)).toEqual(["__proto__"]);
  });

  it("bounds text, depth, and the number of values", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    const wide = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => ({ a: 1 })));
    const texts = Array.from({ length: 90 }, () => "y".repeat(4_000));
    const line = JSON.stringify(redact({ text: "x".repeat(5_000_000), deep, texts, wide }));
    expect(line.length).toBeLessThan(100_000);
    expect(line).toContain("[too much text]");
    expect(line).toContain("[5000000 characters in all]");
    expect(line).toContain("[too deep]");
    expect(line).toContain("[100 more]");
    expect(line).toContain("[too many values]");
  });

  it("hides a secret that lies across the cut of a long text", () => {
    const text = `${"x".repeat(4_090)} ${jwt}${"y".repeat(10_000)}`;
    expect(redactText(text)).not.toContain("eyJ");
  });

  it("takes time in proportion to the text, whatever it holds", () => {
    const started = performance.now();
    const pieces = [
      "eyJ",
      "Bearer ",
      "a://b:",
      "sb_secret_",
      "eyJaaaaaa.",
      "a.b-",
      "a@",
      "password",
      "token=",
      "token: a",
      "key ",
      "authorization: ",
      "MII",
      "a",
      "?key=",
      "-----BEGIN PRIVATE KEY-----",
      "api key ",
      'secret:"',
      "cookie: ",
    ];
    for (const piece of pieces) redactText(piece.repeat(1_000_000), { emails: true });
    expect(performance.now() - started).toBeLessThan(500);
  });
});
