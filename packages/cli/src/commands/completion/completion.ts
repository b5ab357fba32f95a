import type { CommandModule } from "../command-module.ts";

export const completionCommand: CommandModule = {
  description:
    "Prints a script that lets a shell complete commands, options and their values with Tab; of the database models, emails by " +
    "their beginning, pending requests and the latest acts. It waits at most 0.4 s for those, refreshes no login and asks no " +
    "keychain, so names are completed with a login in a file, an access token or a secret key.",
  examples: [
    {
      command: "vidops completion fish > ~/.config/fish/completions/vidops.fish",
      comment: "for fish; again after an update",
    },
    { command: `eval "$(vidops completion bash)"`, comment: "for bash: add this line to ~/.bashrc" },
    {
      command: `eval "$(vidops completion zsh)"`,
      comment: "for zsh: add this line to ~/.zshrc, after compinit",
    },
  ],
  exits: [],
  configure: (command) => {
    command.argument("<shell>", "bash, zsh or fish");
  },
  run: async ([name = ""], _options, session) => {
    const [{ completionScripts, shells }, { usageError }, { shown }] = await Promise.all([
      import("./scripts.ts"),
      import("../../command-error.ts"),
      import("../../arguments.ts"),
    ]);
    const shell = shells.find((known) => known === name);
    if (shell === undefined)
      throw usageError(`There is no completion for ${shown(name)}.`, `Choose from ${shells.join(", ")}.`);
    const script = completionScripts[shell];
    if (session.output.format === "json") return { result: { data: { shell, script }, document: [] } };
    session.context.stdout.write(script);
    return { result: null };
  },
};
