import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestStack, type TestStack } from "../testing/index.ts";

let stack: TestStack;
let server: SupabaseClient;
const videos = () => server.storage.from("videos");
const bytes = new TextEncoder().encode("0123456789");
beforeAll(async () => {
  stack = await createTestStack();
  server = createClient(stack.url, stack.secretKey);
});
afterAll(() => stack[Symbol.asyncDispose]());

describe("a server with the secret key", () => {
  it("uploads bytes and blobs, reads them back, and finds their rows", async () => {
    const type = { contentType: "video/mp4" };
    expect(await videos().upload("ann/one.mp4", bytes, type)).toMatchObject({
      error: null,
      data: { path: "ann/one.mp4", fullPath: "videos/ann/one.mp4", id: expect.any(String) },
    });
    expect(await videos().upload("ann/two ü.mp4", new Blob([bytes], { type: "video/mp4" }))).toMatchObject({
      error: null,
    });
    for (const name of ["ann/one.mp4", "ann/two ü.mp4"]) {
      const { data } = await videos().download(name);
      expect([data?.type, await data?.text()]).toEqual(["video/mp4", "0123456789"]);
    }
    expect(
      await stack.sql`select name, metadata->>'size' as size from storage.objects order by name`,
    ).toEqual([
      { name: "ann/one.mp4", size: "10" },
      { name: "ann/two ü.mp4", size: "10" },
    ]);
  });

  it("does not overwrite unless it is told to", async () => {
    await videos().upload("bob/a.mp4", bytes);
    expect((await videos().upload("bob/a.mp4", "other")).error).toMatchObject({ statusCode: "409" });
    expect(await (await videos().download("bob/a.mp4")).data?.text()).toBe("0123456789");
    expect((await videos().upload("bob/a.mp4", "other", { upsert: true })).error).toBeNull();
    expect(await (await videos().download("bob/a.mp4")).data?.text()).toBe("other");
  });

  it("streams an upload, and keeps nothing of one that breaks off", async () => {
    let sent = 0;
    const broken = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent < 4) controller.enqueue(new Uint8Array(1_000));
        else controller.error(new Error("the source is gone"));
      },
    });
    expect((await videos().upload("bob/broken.mp4", broken, { duplex: "half" })).error).not.toBeNull();
    expect(await stack.sql`select id from storage.objects where name = 'bob/broken.mp4'`).toEqual([]);
  });

  it("lists a folder, and removes what it names", async () => {
    for (const name of ["eve/b.mp4", "eve/a.mp4", "eve/old/c.mp4"]) await videos().upload(name, bytes);
    const { data } = await videos().list("eve");
    expect(data?.map(({ name, id }) => [name, id === null])).toEqual([
      ["a.mp4", false],
      ["b.mp4", false],
      ["old", true],
    ]);
    expect((await videos().list("eve", { limit: 1, offset: 1 })).data).toMatchObject([{ name: "b.mp4" }]);
    const removed = await videos().remove(["eve/a.mp4", "eve/never-there.mp4"]);
    expect(removed.data?.map(({ name }) => name)).toEqual(["eve/a.mp4"]);
    expect((await videos().download("eve/a.mp4")).error).not.toBeNull();
    expect((await videos().list("eve")).data).toHaveLength(2);
  });

  it.each(["", "../a", "a/../b", "a//b", "/a", "./a"])("is refused the name %j", async (name) => {
    const response = await fetch(`${stack.url}/storage/v1/object/videos/${encodeURIComponent(name)}`, {
      method: "POST",
      headers: { apikey: stack.secretKey },
      body: "x",
    });
    expect(response.status).toBe(400);
  });

  it("is refused a name with the character U+0000, in a path and in a list", async () => {
    const send = async (method: string, path: string, body: string | null) => {
      const headers = { apikey: stack.secretKey, "content-type": "application/json" };
      return (await fetch(`${stack.url}/storage/v1/object/${path}`, { method, headers, body })).status;
    };
    const nul = String.raw`"a\u0000"`;
    expect(await send("POST", "videos/a%00b.mp4", "x")).toBe(400);
    expect(await send("GET", "videos/a%00b.mp4", null)).toBe(400);
    expect(await send("DELETE", "videos", `{"prefixes":[${nul}]}`)).toBe(400);
    expect(await send("POST", "list/videos", `{"prefix":${nul}}`)).toBe(400);
    expect(await send("POST", "sign/videos", `{"expiresIn":60,"paths":[${nul}]}`)).toBe(200);
  });

  it("is told of a bucket that there is not, and held to a bucket's bounds", async () => {
    expect((await server.storage.from("nowhere").upload("a", bytes)).error).toMatchObject({
      statusCode: "404",
    });
    await stack.sql`insert into storage.buckets (id, name, file_size_limit, allowed_mime_types)
      values ('small', 'small', 9, '{video/mp4}')`;
    const small = server.storage.from("small");
    expect((await small.upload("a", bytes, { contentType: "video/mp4" })).error).toMatchObject({
      statusCode: "413",
    });
    expect((await small.upload("a", "x", { contentType: "text/html" })).error).toMatchObject({
      statusCode: "415",
    });
    expect(await stack.sql`select id from storage.objects where bucket_id = 'small'`).toEqual([]);
  });
});

describe("everybody else", () => {
  it("reads a file of a private bucket by a signed URL alone, until it ends", async () => {
    await videos().upload("zoe/v.mp4", bytes, { contentType: "video/mp4", cacheControl: "60" });
    const signed = (await videos().createSignedUrl("zoe/v.mp4", 60)).data?.signedUrl ?? "";
    const response = await fetch(signed);
    expect(await response.text()).toBe("0123456789");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "video/mp4",
      "content-length": "10",
      "accept-ranges": "bytes",
      "cache-control": "max-age=60",
      "access-control-allow-origin": "*",
    });
    expect((await fetch(signed.replace("v.mp4", "w.mp4"))).status).toBe(400);
    expect((await fetch(`${signed.slice(0, -4)}AAAA`)).status).toBe(400);
    const short = (await videos().createSignedUrl("zoe/v.mp4", 1)).data?.signedUrl ?? "";
    await expect.poll(async () => (await fetch(short)).status, { timeout: 4_000 }).toBe(400);
    expect((await videos().createSignedUrl("zoe/none.mp4", 60)).error).not.toBeNull();
    const several = await videos().createSignedUrls(["zoe/v.mp4", "zoe/none.mp4"], 60);
    expect(several.data?.map(({ signedUrl, error }) => [signedUrl === null, error === null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=8-", 206, "89", "bytes 8-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=4-99", 206, "456789", "bytes 4-9/10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["bytes=10-", 416, null, null],
  ])("gets the range %s as a player asks for it", async (range, status, body, contentRange) => {
    await videos().upload("zoe/r.mp4", bytes, { upsert: true });
    const signed = (await videos().createSignedUrl("zoe/r.mp4", 60)).data?.signedUrl ?? "";
    const response = await fetch(signed, { headers: { range } });
    expect([response.status, response.headers.get("content-range")]).toEqual([status, contentRange]);
    if (body !== null) expect(await response.text()).toBe(body);
  });

  it("asks for the size alone, as a player does", async () => {
    await videos().upload("zoe/h.mp4", bytes, { upsert: true });
    const signed = (await videos().createSignedUrl("zoe/h.mp4", 60)).data?.signedUrl ?? "";
    const response = await fetch(signed, { method: "HEAD" });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([
      200,
      "10",
      "",
    ]);
  });

  it("can neither write, list, sign nor read with the publishable key or a user's token", async () => {
    const user = await stack.createUser();
    const clients = [
      createClient(stack.url, stack.publishableKey),
      createClient(stack.url, stack.publishableKey, { accessToken: async () => user.accessToken }),
    ];
    await videos().upload("zoe/p.mp4", bytes, { upsert: true });
    for (const client of clients) {
      const bucket = client.storage.from("videos");
      const answers = [
        await bucket.upload("zoe/q.mp4", bytes),
        await bucket.list("zoe"),
        await bucket.createSignedUrl("zoe/p.mp4", 60),
        await bucket.download("zoe/p.mp4"),
        await bucket.remove(["zoe/p.mp4"]),
      ];
      for (const { error } of answers) expect(error).not.toBeNull();
    }
    expect((await videos().download("zoe/p.mp4")).error).toBeNull();
    expect((await fetch(`${stack.url}/storage/v1/object/videos/zoe/p.mp4`)).status).toBe(401);
    expect((await fetch(`${stack.url}/storage/v1/object/public/videos/zoe/p.mp4`)).status).toBe(400);
    const byOwnToken = `${stack.url}/storage/v1/object/sign/videos/zoe/p.mp4?token=${user.accessToken}`;
    expect((await fetch(byOwnToken)).status).toBe(400);
  });

  it("reads a public bucket without a key", async () => {
    const thumbnails = server.storage.from("thumbnails");
    await thumbnails.upload("m/one.png", bytes, { contentType: "image/png" });
    const { publicUrl } = thumbnails.getPublicUrl("m/one.png", { download: "x.png" }).data;
    const response = await fetch(publicUrl);
    expect(await response.text()).toBe("0123456789");
    expect(response.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''x.png");
  });
});
