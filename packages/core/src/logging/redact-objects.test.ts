import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { redact } from "./redact.ts";

describe("redact of objects of another realm", () => {
  it("keeps what an error says, with its stack, cause and own properties", () => {
    const error = runInNewContext(
      "Object.assign(new TypeError('refused', { cause: new Error('why') }), { code: 'ECONNREFUSED', token: 't' })",
    );
    expect(error instanceof Error).toBe(false);
    expect(redact(error)).toMatchObject({
      name: "TypeError",
      message: "refused",
      stack: expect.stringContaining("refused"),
      cause: { name: "Error", message: "why" },
      code: "ECONNREFUSED",
      token: "[redacted]",
    });
  });

  it("keeps maps, sets, dates and bytes", () => {
    const value = runInNewContext(`({
      map: new Map([["apikey", "x"], ["a", 1]]), set: new Set([1]), date: new Date(0),
      bytes: new Uint8Array(3), buffer: new ArrayBuffer(4),
    })`);
    expect(redact(value)).toEqual({
      map: { apikey: "[redacted]", a: 1 },
      set: [1],
      date: "1970-01-01T00:00:00.000Z",
      bytes: "[3 bytes]",
      buffer: "[4 bytes]",
    });
  });

  it("takes an object that only says that it is a map for what it holds", () => {
    expect(redact({ a: 1, [Symbol.toStringTag]: "Map" })).toEqual({ a: 1 });
    class Fake {
      a = 1;
      get [Symbol.toStringTag]() {
        return "Map";
      }
    }
    expect(redact(new Fake())).toEqual({ a: 1 });
  });
});

describe("redact of errors", () => {
  it("keeps the errors of an AggregateError, and each property once", () => {
    const error = new AggregateError([new Error("a"), "b"], "both failed");
    expect(redact(error)).toMatchObject({ message: "both failed", errors: [{ message: "a" }, "b"] });
    const own = Object.assign(new Error("outer"), { cause: { detail: 1 }, name: "Own" });
    expect(redact(own)).toMatchObject({ name: "Own", cause: { detail: 1 } });
  });
});

describe("redact of what fetch brings", () => {
  it("keeps the entries of queries and forms, the repeated ones as lists, and the size of files", () => {
    expect(redact(new URLSearchParams("token=x&page=2&tag=a&tag=b&tag=c"))).toEqual({
      token: "[redacted]",
      page: "2",
      tag: ["a", "b", "c"],
    });
    const form = new FormData();
    form.append("password", "hunter2");
    form.append("title", "A video");
    form.append("video", new File(["12345"], "a.mp4"));
    expect(redact(form)).toEqual({ password: "[redacted]", title: "A video", video: "[file 5 bytes]" });
    expect(redact(new Blob(["12"]))).toBe("[file 2 bytes]");
  });

  it("keeps method, address and status of requests and answers, without headers and bodies", () => {
    const request = new Request("https://api.example.com/v1?key=abc&page=2", {
      ...{ method: "POST", body: "hunter2", headers: { authorization: "Bearer abcdefgh1234" } },
    });
    expect(redact({ request, response: new Response("hunter2", { status: 503 }) })).toEqual({
      request: { method: "POST", url: "https://api.example.com/v1?key=[redacted]&page=2" },
      response: { status: 503, url: "" },
    });
  });
});

describe("redact of very many entries", () => {
  it("looks at no more of them than it keeps, and says how many more there are", () => {
    let looks = 0;
    function* counted<Entry>(entries: Iterable<Entry>): Generator<Entry> {
      for (const entry of entries) {
        looks += 1;
        yield entry;
      }
    }
    class CountedMap extends Map<number, number> {
      override [Symbol.iterator](): MapIterator<[number, number]> {
        return counted(super[Symbol.iterator]()) as MapIterator<[number, number]>;
      }
    }
    class CountedSet extends Set<number> {
      override [Symbol.iterator](): SetIterator<number> {
        return counted(super[Symbol.iterator]()) as SetIterator<number>;
      }
    }
    const numbers = Array.from({ length: 2_000 }, (_, at) => at);
    const properties = new Proxy(Object.fromEntries(numbers.map((at) => [`p${at}`, at])), {
      get: (target, key) => {
        looks += 1;
        return Reflect.get(target, key);
      },
    });
    expect(redact(new CountedMap(numbers.map((at) => [at, at])))).toMatchObject({ "…": "[1900 more]" });
    expect(redact(new CountedSet(numbers))).toContain("[1900 more]");
    expect(redact(properties)).toMatchObject({ p99: 99, "…": "[1900 more]" });
    expect(looks).toBeLessThan(310);
  });

  it("says that there are more where only counting would tell how many", () => {
    const query = new URLSearchParams(Array.from({ length: 200 }, (_, at) => [`p${at}`, "x"]));
    expect(redact(query)).toMatchObject({ p99: "x", "…": "[more]" });
  });
});
