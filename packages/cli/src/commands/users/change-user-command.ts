import { addActOptions } from "../../act-options.ts";
import { exitCodes } from "../../exit-codes.ts";
import { lookOf } from "../../output/look.ts";
import type { CommandModule } from "../command-module.ts";
import type { UserVerb } from "./change-user.view.ts";

/** What `users ban`, `unban`, `grant-admin` and `revoke-admin` have in common. */
export function changeUserCommand(
  verb: UserVerb,
  words: Pick<CommandModule, "description" | "examples">,
): CommandModule {
  return {
    ...words,
    exits: [
      ...[exitCodes.notFound, exitCodes.notAllowed, exitCodes.refused, exitCodes.consentNeeded],
      ...[exitCodes.outcomeUnknown, exitCodes.tryLater, exitCodes.interrupted],
    ],
    configure: (command) => {
      if (verb === "ban")
        command.option(
          "--public-reason <text>",
          "what the user may read on their account (default: nothing)",
        );
      addActOptions(command.argument("[user]", "id or whole email; left out on a terminal: search and pick"));
    },
    run: async ([user], options, session) => {
      const [
        { parseActInput },
        { parseReason },
        { parseUserTarget },
        { changeUser },
        { changeData, changeView },
      ] = await Promise.all([
        import("../../act-input.ts"),
        import("../../arguments.ts"),
        import("./user-target.ts"),
        import("./change-user.handler.ts"),
        import("./change-user.view.ts"),
      ]);
      const example = `vidops users ${verb} ada@example.com --reason WHY`;
      const told = options.publicReason as string | undefined;
      const input = {
        ...parseActInput(options),
        publicReason: told === undefined ? null : parseReason(told, "--public-reason"),
        user: parseUserTarget(user, session, "[user]", example),
      };
      const report = await changeUser(verb, input, session);
      return { result: { data: changeData(report), document: changeView(report, lookOf(session)) } };
    },
  };
}
