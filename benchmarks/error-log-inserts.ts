import postgres from "postgres";
import { type Comparison, compare, median, throughput } from "./measure.ts";

/** Single rows a second into the log as it is, without its triggers, and into the seed's table. */
export async function insertCost(dbUrl: string, connections: number): Promise<Comparison[]> {
  const sql = postgres(dbUrl, { max: connections, onnotice: () => {} });
  try {
    const row = (index: number) =>
      [
        `ERR_${4001 + (index % 40)}`,
        `/functions/v1/${index % 200}`,
        { model: "kling", prompt: "a fox runs a fox runs" },
        {
          name: "VidopsError",
          message: `provider timed out after ${index} s at step ${index % 26}`,
          stack: "at call (file.ts:12:3) ".repeat(4),
        },
      ] as const;
    let index = 0;
    const into = (table: string) => () => {
      const [code, endpoint, request, details] = row(index++);
      return sql`insert into ${sql(table)} (error_code, endpoint, request_data, error_details) values (${code}, ${endpoint}, ${sql.json(request)}, ${sql.json(details)})`;
    };
    const logged = () => {
      const [code, endpoint, request, details] = row(index++);
      return sql`select public.log_error(${code}, ${endpoint}, null, ${`req_${index}`}, 'en', 500, ${sql.json(request)}, ${sql.json(details)})`;
    };
    const measured = {
      seed: [] as number[],
      plain: [] as number[],
      bare: [] as number[],
      logged: [] as number[],
    };
    for (let round = 0; round < 3; round++) {
      measured.seed.push(await throughput(connections, 1500, into("public.seed_error_log")));
      measured.plain.push(await throughput(connections, 1500, into("public.error_log")));
      measured.logged.push(await throughput(connections, 1500, logged));
      await sql`alter table public.error_log disable trigger user`;
      measured.bare.push(await throughput(connections, 1500, into("public.error_log")));
      await sql`alter table public.error_log enable trigger user`;
    }
    const of = connections === 1 ? "1 connection" : `${connections} connections`;
    const against = {
      unit: "rows/s",
      baseline: "the seed's table",
      baselineValue: median(measured.seed),
      bound: null,
    };
    return [
      compare({ what: `insert, ${of}`, value: median(measured.plain), ...against }),
      compare({ what: `insert without triggers, ${of}`, value: median(measured.bare), ...against }),
      compare({ what: `log_error, ${of}`, value: median(measured.logged), ...against }),
    ];
  } finally {
    await sql.end();
  }
}
