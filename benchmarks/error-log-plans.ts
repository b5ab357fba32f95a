import type { Sql } from "postgres";

/** The plans of the very statements that list_errors runs, and of what top_errors reads. */
export async function sayPlans(sql: Sql, say: (line: string) => void): Promise<void> {
  const [rare] =
    await sql`select error_code, endpoint, fingerprint from vidops.error_counts order by total, span limit 1`;
  const [user] = await sql`select id from public.users limit 1`;
  const explain = async (title: string, statement: string): Promise<void> => {
    say(title);
    for (const line of await sql.unsafe(`explain (analyze, buffers, timing off) ${statement}`))
      say(`  ${line["QUERY PLAN"]}`);
  };
  const lists = [
    [],
    ["code"],
    ["endpoint"],
    ["code", "endpoint"],
    ["user_id"],
    ["language"],
    ["fingerprint"],
    ["request_id"],
    ["code", "since", "before"],
  ];
  for (const given of lists) {
    const [row] = await sql`select vidops.error_page_statement(${given}) as statement`;
    await sql.unsafe(
      `prepare page (text, text, uuid, text, text, text, timestamptz, timestamptz, timestamptz, bigint, integer) as ${row?.statement}`,
    );
    await explain(
      `plan of a page by ${given.join(" and ") || "nothing"}, a rare value`,
      `execute page ('${rare?.error_code}', '${rare?.endpoint}', '${user?.id}', 'ja', '${rare?.fingerprint}', 'req_7',
        now() - interval '20 days', now(), now() - interval '10 days', 7, 50)`,
    );
    await sql.unsafe("deallocate page");
  }
  await explain(
    "plan of what top reads",
    `select error_code, span, sum(total), sum(counts[1]) from vidops.error_counts
     where language = '*' and span > now() - interval '54 hours' and span < now() group by 1, 2`,
  );
}
