import { describe, expect, it } from "vitest";
import { modelFixture } from "../../testing/model-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const models = modelFixture();
const nasty = '=HYPERLINK("http://x.example")\u001b[31m\u202e';

function vidops(...args: string[]): Promise<Run> {
  return models.vidops(["models", ...args]);
}

describe("models list", () => {
  it("tells price, state and use of the last seven days, by name, in one request", async () => {
    const kling = await models.model("kling");
    await models.model("Veo", { is_available: false, cost_per_generation: 12 });
    await models.jobs(kling, 9);
    await models.jobs(kling, 3, { status: "failed", credits_refunded: 5 }, "6 days");
    await models.jobs(kling, 2, {}, "8 days");
    const run = await vidops("list");
    expect(run.exitCode, run.stderr).toBe(0);
    const [head = "", first, second] = run.stdout.split("\n");
    expect(head).toMatch(/^model +price +state +jobs +failed +% +credits +refunded +featured +provider/);
    expect(first).toMatch(/^kling +5 +enabled +12 +3 +25 +60 +15 +fal /);
    expect(second).toMatch(/^Veo +12 +disabled +0 +0 +0 +0 +fal /);
    expect(models.stack.requests.map(({ path }) => path)).toEqual(["/rest/v1/rpc/list_model_usage"]);
  });

  it("gives JSON with slots, and ndjson and csv of the same flat columns", async () => {
    const id = await models.model("Kling");
    await models.jobs(id, 2);
    const { data, meta } = (await vidops("list", "--since", "3h", "--json")).json();
    expect(data).toMatchObject({ slot_seconds: 3600, next_cursor: null });
    expect(data.models[0]).toMatchObject({
      ...{ id, name: "Kling", cost_per_generation: 5, is_available: true, is_featured: false },
      ...{ jobs: 2, failed: 0, completed: 2, credits: 10, refunded: 0 },
      slots: { jobs: [0, 0, 2], failed: [0, 0, 0] },
    });
    expect(meta.next_cursor).toBeNull();
    const ndjson = JSON.parse((await vidops("list", "--output", "ndjson")).stdout);
    const { slots: _, ...flat } = data.models[0];
    expect(ndjson).toEqual(flat);
    const csv = (await vidops("list", "--output", "csv")).stdout.trim().split(/\r?\n/);
    expect(csv[0]).toBe(Object.keys(flat).join(","));
    expect(csv).toHaveLength(2);
  });

  it("pages with the same filters and times, and filters by each column", async () => {
    for (const name of ["a model", "B model", "c model"]) await models.model(name);
    await models.model("other", { provider: "pika", category: "text", is_featured: true });
    const first = await vidops("list", "model", "--limit", "2", "--since", "2d");
    const more = /More: vidops (.*)\n/.exec(first.stdout)?.[1]?.split(" ") ?? [];
    expect(more.slice(0, 7)).toEqual(["models", "list", "model", "--since", "2d", "--limit", "2"]);
    const second = await models.vidops([...more, "--json"]);
    expect(second.json().data).toMatchObject({ models: [{ name: "c model" }], next_cursor: null });
    for (const filter of [["--provider", "pika"], ["--category", "text"], ["--featured"], ["OTHER"]]) {
      const { data } = (await vidops("list", ...filter, "--json")).json();
      expect(data.models.map(({ name }: { name: string }) => name)).toEqual(["other"]);
    }
    expect((await vidops("list", "--disabled")).stdout).toBe(
      "There are no models that fit.\nAll models: vidops models list\n",
    );
  });

  it("shows names as text only: no escape codes, no formula in csv, and whole in JSON", async () => {
    await models.model(nasty);
    await models.model("x".repeat(10_000));
    const text = await vidops("list");
    for (const code of ["\u001b", "\u202e"]) expect(text.stdout).not.toContain(code);
    const csv = await vidops("list", "--output", "csv");
    expect(csv.stdout).toMatch(/,"?'=HYPERLINK/);
    const { data } = (await vidops("list", "--json")).json();
    expect(data.models.map(({ name }: { name: string }) => name)).toContain(nasty);
  });
});

describe("models show", () => {
  it("prints one model whole, by id and by name in any case", async () => {
    const id = await models.model("Kling 2.1", { description: "cats", category: "text" });
    await models.jobs(id, 10, { status: "failed" });
    for (const name of [id, "KLING 2.1"]) {
      const run = await vidops("show", name);
      expect(run.exitCode, run.stderr).toBe(0);
      expect(run.stdout).toMatch(/^Kling 2\.1\n {2}id +/);
      expect(run.stdout).toContain("failed    10 (100 %)");
      expect(run.stdout).toContain(`vidops models disable ${id} --reason WHY`);
    }
    const { data } = (await vidops("show", "kling 2.1", "--json", "--since", "2h")).json();
    expect(data).toMatchObject({ id, description: "cats", failed: 10, slots: { jobs: [0, 10] } });
  });

  it("names those that have it in their name: and those that share it: exit 5", async () => {
    const pro = await models.model("Kling Pro");
    await models.model("kling std");
    const part = await vidops("show", "kling");
    expect(part).toMatchObject({ exitCode: 5, stdout: "" });
    expect((await vidops("show", "kling pr", "--json")).json().error.reason).toBe("not_exact");
    expect(part.stderr).toContain(`Kling Pro  ${pro}`);
    expect((await vidops("show", "nothing like it")).exitCode).toBe(3);
    expect((await vidops("show", "nothing like it")).stderr).toContain("vidops models list");
    await models.model("KLING PRO");
    const shared = await vidops("show", "kling pro", "--json");
    expect(shared.exitCode).toBe(5);
    expect(shared.json().error).toMatchObject({
      reason: "ambiguous_model",
      details: { candidates: [{ id: expect.any(String) }, { id: expect.any(String) }] },
    });
  });

  it("is cut where a name is a book", async () => {
    const id = await models.model("y".repeat(10_000));
    expect((await vidops("show", id)).stdout.split("\n")[0]).toBe(`${"y".repeat(79)}…`);
  });
});
