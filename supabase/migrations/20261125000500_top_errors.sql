-- What is on fire: the most frequent errors of a time, by code, endpoint or fingerprint, each beside the time before. Read from
-- the counts, in whole five minutes, so it takes the same time in an outage; of one user from the log itself, by its index.

-- The numbers of a span that lie in a time, as an expression; added up by name, which is five times as fast as unnest.
create or replace function vidops.sum_of_counts(p_span timestamptz, p_from timestamptz, p_until timestamptz)
returns text language sql immutable set search_path = '' as $$
  select coalesce(string_agg(format('coalesce(c.counts[%s]::bigint, 0)', i), ' + ' order by i), '0') from generate_series(1, 72) i
  where p_span + (i - 1) * interval '5 minutes' >= p_from and p_span + (i - 1) * interval '5 minutes' < p_until;
$$;
revoke execute on function vidops.sum_of_counts(timestamptz, timestamptz, timestamptz) from public, anon, authenticated, service_role;

create or replace function public.top_errors(
  p_by text, p_since timestamptz, p_until timestamptz default null, p_code text default null, p_endpoint text default null,
  p_user_id uuid default null, p_language text default null, p_limit integer default 20)
returns jsonb language plpgsql stable security definer set search_path = '' set work_mem = '32MB' set jit = off as $$
declare
  v_since timestamptz := date_bin('5 minutes', p_since, 'epoch');
  v_until timestamptz := coalesce(p_until, now());
  -- The last five minutes may have just begun.
  v_end timestamptz := date_bin('5 minutes', coalesce(p_until, now()) + interval '299.999999 seconds', 'epoch');
  v_previous timestamptz;
  v_slot_seconds integer;
  v_slots integer;
  v_now text;
  v_before text;
  v_answer jsonb;
begin
  perform vidops.require_operator();
  if p_by is null or p_by not in ('code', 'endpoint', 'fingerprint') then
    raise exception 'p_by must be code, endpoint or fingerprint, got %', coalesce(p_by, 'null') using errcode = '22023';
  elsif p_limit is null or p_limit not between 1 and 100 then
    raise exception 'p_limit must be between 1 and 100, got %', coalesce(p_limit::text, 'null') using errcode = '22023';
  elsif p_since is null or not isfinite(p_since) or not isfinite(v_until) then
    raise exception 'p_since and p_until must be times' using errcode = '22023';
  elsif p_since > now() then
    raise exception 'p_since is in the future' using errcode = '22023';
  elsif p_since >= v_until then
    raise exception 'p_since must be before p_until' using errcode = '22023';
  elsif p_since < v_until - interval '400 days' then
    raise exception 'p_since must be at most 400 days before p_until' using errcode = '22023';
  end if;
  v_previous := v_since - (v_end - v_since);
  -- At most 24 slots, or one more of five minutes. They are counted from the end, so that the newest is a whole one; the oldest
  -- takes the five minutes in addition by which the time is rounded, where that does not show.
  select step, ceil((extract(epoch from v_end - v_since) - case when step >= 1800 then 300 else 0 end) / step)::integer
  into v_slot_seconds, v_slots
  from unnest(array[300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200]) step
  where step * 24 + 300 >= extract(epoch from v_end - v_since) order by step limit 1;

  -- Most spans lie wholly in one window: they have their total. Of one on an edge the numbers inside are added up.
  select string_agg(format('when to_timestamp(%s) then %s', extract(epoch from span), vidops.sum_of_counts(span, v_since, v_end)), ' '),
    string_agg(format('when to_timestamp(%s) then %s', extract(epoch from span), vidops.sum_of_counts(span, v_previous, v_since)), ' ')
  into v_now, v_before
  from (select distinct date_bin('6 hours', t, 'epoch') as span from unnest(array[v_previous, v_since, v_end]) t) edges;

  execute format($query$
    with spans as materialized (
      select case $1 when 'code' then c.error_code when 'endpoint' then c.endpoint else c.fingerprint end as key,
        c.span, c.error_code, c.endpoint, c.counts, c.last_seen, c.last_id,
        case when c.span >= $2 and c.span <= $3 - interval '6 hours' then c.total else case c.span %1$s else 0 end end as now_count,
        case when c.span >= $4 and c.span <= $2 - interval '6 hours' then c.total else case c.span %2$s else 0 end end as before_count
      from (
        select * from vidops.error_counts
        where $7 is null and language = coalesce($8, '*') and span > $4 - interval '6 hours' and span < $3
        union all
        select * from vidops.count_error_log($4, $3, $7, $8) where $7 is not null
      ) c
      where ($5 is null or c.error_code = $5) and ($6 is null or c.endpoint = $6)
    ), groups as (
      select key, min(error_code) as error_code, min(endpoint) as endpoint, sum(now_count) as now_count, sum(before_count) as before_count,
        least(max(last_seen), $10) as last_seen, max(last_id) as last_id
      from spans where now_count > 0 or before_count > 0 group by key
    ), top as (
      select * from groups order by now_count desc, before_count desc, key limit $9
    ), top_spans as (
      select key, span, array[%3$s] as counts from spans where now_count > 0 and key in (select key from top) group by key, span
    ), filled as (
      select t.key, greatest($12 - floor((extract(epoch from $3 - t.span) - i * 300) / $11)::integer, 1) as slot, sum(n) as amount
      from top_spans t cross join unnest(t.counts) with ordinality u(n, i)
      where n > 0 and t.span + (i - 1) * interval '5 minutes' >= $2 and t.span + (i - 1) * interval '5 minutes' < $3
      group by 1, 2
    ), slots as (
      select t.key, jsonb_agg(coalesce(f.amount, 0) order by s.slot) as amounts
      from top t cross join generate_series(1, $12) s(slot) left join filled f on f.key = t.key and f.slot = s.slot
      group by t.key
    )
    select jsonb_build_object('success', true, 'by', $1, 'since', $2, 'until', $10, 'previous_since', $4,
      'total', (select coalesce(sum(now_count), 0) from groups), 'previous_total', (select coalesce(sum(before_count), 0) from groups),
      'slot_seconds', $11,
      'groups', coalesce((select jsonb_agg(jsonb_build_object('key', t.key,
          'error_code', case when $1 <> 'endpoint' then t.error_code end, 'endpoint', case when $1 <> 'code' then t.endpoint end,
          'fingerprint', case when $1 = 'fingerprint' then t.key end, 'count', t.now_count, 'previous_count', t.before_count,
          'slots', s.amounts, 'last_seen', t.last_seen, 'example', t.last_id::text)
          order by t.now_count desc, t.before_count desc, t.key)
        from top t join slots s using (key)), '[]'))
    $query$, v_now, v_before, (select string_agg(format('sum(counts[%s])', i), ', ' order by i) from generate_series(1, 72) i))
  into v_answer
  using p_by, v_since, v_end, v_previous, p_code, vidops.endpoint_pattern(p_endpoint), p_user_id, p_language, p_limit, v_until, v_slot_seconds, v_slots;
  return v_answer || jsonb_build_object('counted_since',
    case when p_user_id is null then (select complete_since from vidops.error_counting where complete_since > v_previous) end);
end $$;

comment on function public.top_errors(text, timestamptz, timestamptz, text, text, uuid, text, integer) is
  'The p_limit most frequent errors since p_since by code, endpoint (without ids) or fingerprint, in whole five minutes: count, count in the equally long time before, counts per slot oldest first, last time seen, and the id of one. counted_since tells when earlier errors were not counted.';
revoke execute on function public.top_errors(text, timestamptz, timestamptz, text, text, uuid, text, integer) from public, anon;
grant execute on function public.top_errors(text, timestamptz, timestamptz, text, text, uuid, text, integer) to authenticated, service_role;
