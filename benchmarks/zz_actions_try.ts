import { startLocal } from "@vidops/local";
import postgres from "postgres";
import { spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { fillActs, fillPeople } from "./admin-chain-fill.ts";
await using stack = await startLocal({ port: 0, dbPort: 0, ephemeral: true });
const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} });
await fillPeople(sql, 5000);
await fillActs(sql, 200_000, console.log);
for (const size of ["500", "1000", "2000", "5000"]) {
  const r = await promisify(execFile)(process.execPath, [...process.execArgv, "/work/main/benchmarks/zz_actions_verify.ts", stack.url, stack.secretKey, `0:${"0".repeat(64)}`, size]).catch((e) => e);
  console.log(size, r.stdout, (r.stderr ?? "").slice(0, 800));
}
await sql.end();
