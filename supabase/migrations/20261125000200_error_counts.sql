-- How many errors of each kind there were in each five minutes, counted as they are logged: a day of an outage has millions of
-- rows, and who asks what is on fire cannot wait for them to be read. One row holds six hours of one kind in 72 numbers: once for
-- each language, and once for all languages, since few ask for one and all would pay for reading so many more rows. Rows of an
-- hour would be six times as many to read for a day, rows of a day too long to write anew for each error.
--
-- Counting never waits. Two transactions that meet on one row do not queue: the second takes another row of the same kind, or
-- writes one; whoever reads adds them up. And it never costs the error itself: if counting fails, the error is stored and the
-- server's log says so.

create table if not exists vidops.error_counts (
  span timestamptz not null,
  fingerprint text not null,
  error_code text not null,
  endpoint text not null,
  language text not null,
  counts integer[] not null,
  total bigint not null,
  last_seen timestamptz not null,
  last_id bigint not null
) with (fillfactor = 70);
comment on table vidops.error_counts is 'Errors by kind and six hours (from span on): endpoint without ids, language ''*'' for all together, counts by five minutes, 1 to 72, from the first to the last that has any. A kind may have several rows.';
create index if not exists error_counts_span_idx on vidops.error_counts (language, span, fingerprint);
create index if not exists error_counts_age_idx on vidops.error_counts (span);

create table if not exists vidops.error_counting (
  only_row boolean primary key default true check (only_row),
  complete_since timestamptz not null
);
comment on table vidops.error_counting is 'Since when error_counts has every error of error_log.';

alter table vidops.error_counts enable row level security;
alter table vidops.error_counting enable row level security;
revoke all on vidops.error_counts, vidops.error_counting from public, anon, authenticated, service_role;

-- The rows of error_log in the form of error_counts: of all users, or of one and then all languages together or one alone as '*'.
create or replace function vidops.count_error_log(p_from timestamptz, p_until timestamptz, p_user_id uuid default null, p_language text default null)
returns setof vidops.error_counts language plpgsql stable set search_path = '' as $$
begin
  -- Of millions of rows only the few different endpoints are taken apart.
  return query execute format($query$
    with cells as materialized (
      select date_bin('5 minutes', e.created_at, 'epoch') as five, coalesce(e.fingerprint, vidops.error_fingerprint(e.error_code, e.endpoint, e.error_details)) as fingerprint,
        e.error_code, e.endpoint, e.language, count(*)::integer as amount, max(e.created_at) as last_seen, max(e.id) as last_id
      from public.error_log e
      where e.created_at >= $1 and e.created_at < $2 and isfinite(e.created_at) and %2$s
      group by 1, 2, 3, 4, 5
    ), patterns as materialized (
      select endpoint, vidops.endpoint_pattern(endpoint) as pattern from (select distinct endpoint from cells) e
    ), placed as materialized (
      -- Not joined into what follows, which would compute place anew for each of the 72 sums.
      select date_bin('6 hours', five, 'epoch') as span, extract(epoch from five - date_bin('6 hours', five, 'epoch'))::integer / 300 + 1 as place, *
      from cells join patterns using (endpoint) cross join lateral (values %3$s) l(counted_language)
      where counted_language is not null
    )
    select span, fingerprint, error_code, pattern, counted_language, array[%1$s], sum(amount), max(last_seen), max(last_id)
    from placed group by 1, 2, 3, 4, 5
    $query$,
    (select string_agg(format('coalesce(sum(amount) filter (where place = %s), 0)::integer', i), ', ' order by i) from generate_series(1, 72) i),
    case when p_user_id is null then 'e.fingerprint is not null' else 'e.user_id = $3 and ($4 is null or e.language = $4)' end,
    case when p_user_id is null then '(''*''), (cells.language)' else '(''*'')' end)
  using p_from, p_until, p_user_id, p_language;
end $$;

-- Counts anew what error_log holds, in whole six hours, e.g. after rows were loaded while triggers were off. Inserts wait meanwhile.
create or replace function vidops.recount_errors(p_from timestamptz, p_until timestamptz)
returns bigint language plpgsql volatile set search_path = '' as $$
declare
  v_from timestamptz := case when isfinite(p_from) then date_bin('6 hours', p_from, 'epoch') else p_from end;
  v_until timestamptz := case when isfinite(p_until) then date_bin('6 hours', p_until, 'epoch') + interval '6 hours' else p_until end;
  v_count bigint;
begin
  lock table public.error_log in share row exclusive mode;
  delete from vidops.error_counts where span >= v_from and span < v_until;
  -- In the order in which they are read.
  insert into vidops.error_counts select * from vidops.count_error_log(v_from, v_until) order by language, span;
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- enable_seqscan: a plan that a connection made while the table was small would stay with it for ever.
create or replace function vidops.count_errors()
returns trigger language plpgsql volatile security definer set search_path = '' set enable_seqscan = off as $$
declare
  -- Elsewhere a row that changed since the snapshot would end the transaction with a serialization failure.
  v_may_share boolean := current_setting('transaction_isolation') = 'read committed';
  v_place tid;
  v_counts integer[];
  v_kind record;
begin
  for v_kind in
    select date_bin('6 hours', i.created_at, 'epoch') as span,
      extract(epoch from date_bin('5 minutes', i.created_at, 'epoch') - date_bin('6 hours', i.created_at, 'epoch'))::integer / 300 + 1 as place,
      i.fingerprint, i.error_code, vidops.endpoint_pattern(i.endpoint) as endpoint, l.language,
      count(*)::integer as amount, max(i.created_at) as last_seen, max(i.id) as last_id
    from inserted i cross join lateral (values ('*'), (i.language)) l(language)
    where isfinite(i.created_at) and i.fingerprint is not null and l.language is not null
    group by 1, 2, 3, 4, 5, 6
  loop
    v_place := null;
    if v_may_share then
      -- Two statements: only the second one's snapshot surely sees the version of the row that the first one locked.
      select c.ctid, c.counts into v_place, v_counts from vidops.error_counts c
      where c.language = v_kind.language and c.span = v_kind.span and c.fingerprint = v_kind.fingerprint
        and c.error_code = v_kind.error_code and c.endpoint = v_kind.endpoint
      limit 1 for update skip locked;
    end if;
    if v_place is not null then
      -- Zeros up to the new place, so that none is null: numbers of an array without nulls are found at once.
      v_counts := array_fill(0, array[greatest(array_lower(v_counts, 1) - v_kind.place, 0)], array[v_kind.place])
        || v_counts || array_fill(0, array[greatest(v_kind.place - array_upper(v_counts, 1), 0)]);
      v_counts[v_kind.place] := v_counts[v_kind.place] + v_kind.amount;
      update vidops.error_counts c
      set counts = v_counts, total = c.total + v_kind.amount,
        last_seen = greatest(c.last_seen, v_kind.last_seen), last_id = greatest(c.last_id, v_kind.last_id)
      where c.ctid = v_place;
    else
      insert into vidops.error_counts (span, fingerprint, error_code, endpoint, language, counts, total, last_seen, last_id)
      values (v_kind.span, v_kind.fingerprint, v_kind.error_code, v_kind.endpoint, v_kind.language,
        array_fill(v_kind.amount, array[1], array[v_kind.place]), v_kind.amount, v_kind.last_seen, v_kind.last_id);
    end if;
  end loop;
  return null;
exception when others then
  raise warning 'vidops: errors were logged but not counted: % (%)', sqlerrm, sqlstate
    using hint = 'Mend the cause, then: select vidops.recount_errors(<from>, <until>).';
  return null;
end $$;

revoke execute on function vidops.count_error_log(timestamptz, timestamptz, uuid, text) from public, anon, authenticated, service_role;
revoke execute on function vidops.recount_errors(timestamptz, timestamptz) from public, anon, authenticated, service_role;
revoke execute on function vidops.count_errors() from public, anon, authenticated, service_role;

create or replace trigger error_log_count after insert on public.error_log
  referencing new table as inserted for each statement execute function vidops.count_errors();

-- Earlier rows that have a group are counted once. Where older ones have none, the end of these is remembered.
do $$
begin
  if exists (select from vidops.error_counting) then
    return;
  end if;
  perform vidops.recount_errors('-infinity', 'infinity');
  insert into vidops.error_counting (complete_since)
  select coalesce(max(created_at) + interval '1 second', '-infinity')
  from public.error_log where fingerprint is null and isfinite(created_at);
end $$;
