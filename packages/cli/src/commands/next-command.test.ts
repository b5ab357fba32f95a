import { describe, expect, it } from "vitest";
import { commandTable } from "./command-table.ts";
import { aboutProject, nextCommand, projectCommands } from "./next-command.ts";

const prod = { profile: "prod", url: null };
const other = { profile: null, url: "https://b.example/it's" };

describe("aboutProject", () => {
  it("knows every command but those without a project", () => {
    const firsts = new Set(commandTable.map(({ path: [first] }) => first));
    for (const name of ["completion", "demo", "i18n", "local"]) firsts.delete(name);
    expect(new Set(projectCommands)).toEqual(firsts);
  });

  it.each([
    ["Sign in again: vidops login", "Sign in again: vidops --profile prod login"],
    [
      "Look at it again: `vidops approvals show`. Or: `vidops actions verify`.",
      "Look at it again: `vidops --profile prod approvals show`. Or: `vidops --profile prod actions verify`.",
    ],
    ["Another vidops is refreshing your login.", "Another vidops is refreshing your login."],
    ["This version of vidops differs.", "This version of vidops differs."],
    ["Start one: vidops local start", "Start one: vidops local start"],
  ])("makes the commands of %j about the project of this one", (text, expected) => {
    expect(aboutProject(text, prod)).toBe(expected);
  });

  it("leaves a command that names its project, and every one where no project was named", () => {
    const whole = `Look: ${nextCommand(["approvals", "show", "1"], other)}`;
    expect(aboutProject(whole, other)).toBe(whole);
    expect(aboutProject("vidops login", { profile: null, url: null })).toBe("vidops login");
  });

  it("quotes for the shell", () => {
    expect(aboutProject("vidops login", other)).toBe("vidops --url 'https://b.example/it'\\''s' login");
  });
});
