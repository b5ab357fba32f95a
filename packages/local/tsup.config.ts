import { cpSync, existsSync, readdirSync } from "node:fs";
import { defineConfig } from "tsup";

const supabase = "../../supabase";

/** `tsc -b` writes the declarations. The supervisor and what serves functions are programs of their own, started by their paths. */
export default defineConfig({
  entry: {
    index: "src/index.ts",
    "testing/index": "src/testing/index.ts",
    "supervisor/main": "src/supervisor/main.ts",
    "functions/deno-main": "src/functions/deno-main.ts",
  },
  format: "esm",
  target: "node22",
  platform: "node",
  splitting: true,
  sourcemap: true,
  clean: false,
  dts: false,
  // The migrations that a stack applies where it finds none nearer: dist carries a copy of them.
  onSuccess: async () => {
    for (const file of existsSync(`${supabase}/migrations`) ? readdirSync(`${supabase}/migrations`) : []) {
      if (file.endsWith(".sql")) cpSync(`${supabase}/migrations/${file}`, `dist/supabase/migrations/${file}`);
    }
    if (existsSync(`${supabase}/seed.sql`)) cpSync(`${supabase}/seed.sql`, "dist/supabase/seed.sql");
  },
});
