import type { Command } from "commander";
import { addActOptions } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { type ExitCode, exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule, Outcome } from "../command-module.ts";
import type { Change } from "./change-input.ts";

type Options = Readonly<Record<string, unknown>>;

/** What one command that changes a model is, beside what all of them are. */
export interface ModelCommand extends Pick<CommandModule, "description" | "examples"> {
  /** Its own options. */
  options?(command: Command): Command;
  change(options: Options): Promise<Change>;
}

const exits: readonly ExitCode[] = [
  exitCodes.notFound,
  exitCodes.notAllowed,
  exitCodes.refused,
  exitCodes.consentNeeded,
  exitCodes.outcomeUnknown,
  exitCodes.tryLater,
  exitCodes.interrupted,
];

/** Makes a command that changes one column of a model: they differ in words alone. */
export function modelCommand({
  description,
  examples,
  options: own = (command) => command,
  change,
}: ModelCommand): CommandModule {
  return {
    description: `${description} Without a name, on a terminal, it lets you search and pick. Written to the audit.`,
    examples,
    exits,
    configure: (command) => {
      addActOptions(own(command.argument("[model]", "its id or whole name (any case)")));
    },
    run: ([reference], options, session) =>
      run(reference, options, session, change, examples[0]?.command ?? ""),
  };
}

async function run(
  reference: string | undefined,
  options: Options,
  session: CommandSession,
  change: ModelCommand["change"],
  example: string,
): Promise<Outcome> {
  const { parseChangeInput } = await import("./change-input.ts");
  const input = await parseChangeInput(reference, options, session, await change(options), example);
  const [{ changeModel }, { changeData, changeView }] = await Promise.all([
    import("./change.handler.ts"),
    import("./change.view.ts"),
  ]);
  const report = await changeModel(input, session);
  return { result: { data: changeData(report), document: changeView(report, lookOf(session)) } };
}
