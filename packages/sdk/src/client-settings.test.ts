import { describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import { fakeProject, key, token, url } from "./testing/fake-project.ts";

const field = (name: string) => expect.objectContaining({ code: "ERR_4008", field: name });

it.each([
  "",
  "abc.supabase.co",
  "ftp://abc",
  "https://abc.supabase.co/rest/v1",
  "https://user:secret@abc",
  "https://",
])("refuses what is no address of a project: %j", (wrong) => {
  expect(() => createVidops({ url: wrong, key })).toThrow(field("url"));
});

it.each([url, `${url}/`, " http://127.0.0.1:54321 ", "http://[::1]:54321", "http://localhost:54321"])(
  "takes %j",
  (right) => {
    expect(() => createVidops({ url: right, key })).not.toThrow();
  },
);

it.each(["", "two words", "sb_secret_abc", token({ role: "service_role" })])(
  "refuses a key that is none, or that no app may hold: %s",
  (wrong) => {
    expect(() => createVidops({ url, key: wrong })).toThrow(field("key"));
  },
);

describe("what is sent with each request", () => {
  const models = { "get-models": () => Response.json({ models: [] }) };

  it("is the key, which is no token", async () => {
    const project = fakeProject(models);
    await createVidops({ url, key, fetch: project.fetch }).models.list();
    expect(Object.fromEntries(project.arrived[0]?.headers ?? [])).toEqual({ apikey: key });
  });

  it("is a legacy key as the token too, as the gateway of those wants it", async () => {
    const project = fakeProject(models);
    const anon = token({ role: "anon" });
    await createVidops({ url, key: anon, fetch: project.fetch }).models.list();
    expect(project.arrived[0]?.headers.get("authorization")).toBe(`Bearer ${anon}`);
  });

  it("is the language that the app has now", async () => {
    const project = fakeProject(models);
    let language = "tr";
    const vidops = createVidops({ url, key, fetch: project.fetch, language: () => language });
    await vidops.models.list();
    language = "es";
    await vidops.models.list({ headers: { "x-note": "1" } });
    expect(project.arrived.map(({ headers }) => headers.get("accept-language"))).toEqual(["tr", "es"]);
    expect(project.arrived[1]?.headers.get("x-note")).toBe("1");
  });
});
