import { Command } from "commander";
import { describe, expect, it } from "vitest";
import type { CommandContext } from "../command-context.ts";
import { commandTable } from "../commands/command-table.ts";
import { shells } from "../commands/completion/scripts.ts";
import { addGlobalFlags } from "../global-flags.ts";
import { namedCandidate } from "./candidate.ts";
import { complete } from "./complete.ts";
import { completedValues } from "./completed-values.ts";

const context = { env: {}, home: "/nowhere", cwd: "/", platform: "linux" } as CommandContext;

async function values(...words: string[]): Promise<string[]> {
  const answer = await complete(["zsh", ...words], context);
  return answer.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

describe("complete", () => {
  it("offers commands, then those of a group, with their summaries for zsh and fish", async () => {
    expect(await values("mod")).toEqual(["models"]);
    expect(await values("models", "")).toEqual(["list", "show", "enable", "disable", "price", "feature"]);
    expect(await complete(["fish", "models", "pri"], context)).toBe("price\tset what one generation costs\n");
    expect(await values("help", "models", "li")).toEqual(["list"]);
    expect(await values("--profile", "x", "--json", "models", "li")).toEqual(["list"]);
  });

  it("offers options that were not given, a command's own first", async () => {
    const all = await values("models", "price", "--credits", "5", "--");
    expect(all[0]).toBe("--reason");
    expect(all).toContain("--yes");
    expect(all).not.toContain("--credits");
    expect(await values("models", "price", "--credits=5", "--cr")).toEqual([]);
    expect(await values("errors", "explain", "--", "--")).toEqual([]);
  });

  it("offers values where a value stands, also behind an equals sign and a short option", async () => {
    expect(await values("models", "list", "--output", "")).toEqual(["table", "json", "ndjson", "csv"]);
    expect(await values("models", "list", "--output=n")).toEqual(["--output=ndjson"]);
    expect(await values("limits", "set", "login", "--per", "")).toEqual(["ip", "user", "global"]);
    expect(await values("cleanup", "errors", "id")).toEqual(["idempotency"]);
    expect(await values("-y", "completion", "")).toEqual([...shells]);
    expect(await values("errors", "explain", "err_4001")).toEqual(["ERR_4001"]);
    expect(await values("i18n", "check", "")).toEqual([":files"]);
  });

  it("offers nothing where anything may stand, or nothing is known", async () => {
    expect(await values("models", "list", "--since", "")).toEqual([]);
    expect(await values("models", "price", "--reason", "")).toEqual([]);
    expect(await values("nonsense", "")).toEqual([]);
    expect(await values("models", "show", "a", "b", "")).toEqual([]);
    expect(await values("models", "list", "--nonsense=")).toEqual([]);
  });

  it("puts no name on a command line that a terminal or a shell would take for something else, but its id", () => {
    for (const name of ["\u001b[31mred", "a\u202eb", "a\nb", " a", "-rf", "x".repeat(201), ""])
      expect(namedCandidate(name, "id", "").value).toBe("id");
    expect(namedCandidate("Kling 2.1; $(rm)", "id", "").value).toBe("Kling 2.1; $(rm)");
  });
});

describe("the table of values", () => {
  it.each(Object.entries(completedValues))(
    "%s is there, and its words are those of its help",
    async (key, source) => {
      const [, path = "", name = ""] = /^(.*) (\S+)$/.exec(key) ?? [];
      const entries = commandTable.filter((entry) => path === "*" || entry.path.join(" ") === path);
      const described: string[] = [];
      for (const entry of entries) {
        const command = new Command();
        (await entry.load()).configure(command);
        addGlobalFlags(command);
        for (const option of command.options) if (option.long === name) described.push(option.description);
        for (const argument of command.registeredArguments)
          if (argument.name() === name) described.push(`${argument.description} ${name}`);
      }
      expect(described.length).toBeGreaterThan(0);
      for (const word of "words" in source ? source.words : [])
        expect(described.join(" ")).toMatch(new RegExp(`\\b${word}\\b`));
    },
  );
});
