import type { CommandModule } from "../command-module.ts";

export const localStartCommand: CommandModule = {
  description:
    "Starts what hosted Supabase is (Postgres 17, PostgREST, Auth, Storage, one gateway) on this machine, applies " +
    "supabase/migrations, serves supabase/functions (with the npm package deno), and runs in the foreground until interrupted. While it runs, --profile local reaches it.",
  examples: [
    { command: "vidops local start --seed demo", comment: "with a believable business in it" },
    {
      command: "vidops local start --ephemeral --port 0 --db-port 0 --json",
      comment: "throw-away, free ports, one JSON line once ready",
    },
  ],
  exits: [],
  configure: (command) => {
    command
      .option("--port <n>", "the gateway's port; 0 picks a free one (default 54321)")
      .option("--db-port <n>", "Postgres's port; 0 picks a free one (default 54322)")
      .option("--data-dir <folder>", "where the data lives")
      .option("--ephemeral", "keep the data in a temporary folder that goes at the end")
      .option("--seed <name>", "demo or none (default none)");
  },
  run: async (_args, options, session) => {
    const { parseStartInput, runLocal } = await import("./start.handler.ts");
    await runLocal(parseStartInput(options), session);
    return { result: null };
  },
};
