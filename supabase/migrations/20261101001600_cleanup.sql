-- Retention. One call deletes one bounded batch, oldest first, in its own transaction and says whether more is left: it can be
-- stopped at any time and resumed by calling again. The ledger and the audit have no such function.
--
-- A batch is a range of the time index, bounded by the time of the row that comes after it: 2.5 times as fast as picking rows by
-- `for update skip locked`, which writes each row twice. Two cleanups of one table therefore take turns: who finds the other at
-- work is told so at once (busy) instead of waiting. p_after, the next_after of the batch before, spares the index entries that
-- were deleted a moment ago.

create or replace function vidops.delete_batch(
  p_table regclass, p_column text, p_older_than_seconds integer, p_batch_size integer, p_dry_run boolean, p_after timestamptz)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_cutoff timestamptz;
  v_boundary timestamptz;
  v_count bigint := 0;
  v_answer jsonb;
begin
  if p_older_than_seconds is null or p_older_than_seconds < 0 then
    raise exception 'p_older_than_seconds must be a positive number of seconds, got %', coalesce(p_older_than_seconds::text, 'null') using errcode = '22023';
  elsif p_batch_size is null or p_batch_size not between 1 and 100000 then
    raise exception 'p_batch_size must be between 1 and 100000, got %', coalesce(p_batch_size::text, 'null') using errcode = '22023';
  end if;
  v_cutoff := now() - make_interval(secs => p_older_than_seconds);
  v_answer := jsonb_build_object('success', true, 'deleted', 0, 'more', false, 'busy', false, 'would_delete', null, 'next_after', null,
    'cutoff', v_cutoff, 'batch_size', p_batch_size);

  if p_dry_run then
    execute format('select count(*) from %s where %I < $1', p_table, p_column) into v_count using v_cutoff;
    return v_answer || jsonb_build_object('would_delete', v_count, 'more', v_count > 0);
  end if;
  if not pg_try_advisory_xact_lock(hashtextextended('vidops.delete_batch ' || p_table::oid, 0)) then
    return v_answer || '{"more": true, "busy": true}' || jsonb_build_object('next_after', p_after);
  end if;

  -- A crash may undo the last batches: they would simply be deleted again. Not waiting for the disk keeps other commits quick.
  perform set_config('synchronous_commit', 'off', true);

  execute format('select %1$I from %2$s where %1$I >= $1 and %1$I < $2 order by %1$I offset $3 limit 1', p_column, p_table)
  into v_boundary using coalesce(p_after, '-infinity'), v_cutoff, p_batch_size;
  execute format('delete from %2$s where %1$I >= $1 and %1$I < $2', p_column, p_table)
  using coalesce(p_after, '-infinity'), coalesce(v_boundary, v_cutoff);
  get diagnostics v_count = row_count;

  -- More rows of one instant than a batch holds (a bulk insert): no range divides them, so take them by place.
  if v_count = 0 and v_boundary is not null then
    execute format('delete from %2$s where %1$I = $1 and ctid = any (array(select ctid from %2$s where %1$I = $1 limit $2))', p_column, p_table)
    using v_boundary, p_batch_size;
    get diagnostics v_count = row_count;
  end if;
  return v_answer || jsonb_build_object('deleted', v_count, 'more', v_boundary is not null, 'next_after', v_boundary);
end $$;
revoke execute on function vidops.delete_batch(regclass, text, integer, integer, boolean, timestamptz) from public, anon, authenticated, service_role;

create or replace function public.cleanup_rate_limit_logs(p_older_than_seconds integer default 604800, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  return vidops.delete_batch('public.rate_limit_log', 'created_at', p_older_than_seconds, p_batch_size, p_dry_run, p_after);
end $$;

create or replace function public.cleanup_expired_idempotency_keys(p_older_than_seconds integer default 0, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language sql volatile security definer set search_path = '' as $$
  select vidops.delete_batch('public.idempotency_log', 'expires_at', p_older_than_seconds, p_batch_size, p_dry_run, p_after);
$$;

create or replace function public.cleanup_error_log(p_older_than_seconds integer default 7776000, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  return vidops.delete_batch('public.error_log', 'created_at', p_older_than_seconds, p_batch_size, p_dry_run, p_after);
end $$;

comment on function public.cleanup_rate_limit_logs(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size rate-limit rows older than p_older_than_seconds (7 days) and says whether more are left.';
comment on function public.cleanup_expired_idempotency_keys(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size keys that expired more than p_older_than_seconds (0) ago and says whether more are left. Refund keys live elsewhere.';
comment on function public.cleanup_error_log(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size error rows older than p_older_than_seconds (90 days) and says whether more are left.';

revoke execute on function public.cleanup_rate_limit_logs(integer, integer, boolean, timestamptz) from public, anon, authenticated;
revoke execute on function public.cleanup_expired_idempotency_keys(integer, integer, boolean, timestamptz) from public, anon, authenticated;
revoke execute on function public.cleanup_error_log(integer, integer, boolean, timestamptz) from public, anon, authenticated;
grant execute on function public.cleanup_rate_limit_logs(integer, integer, boolean, timestamptz) to service_role;
grant execute on function public.cleanup_expired_idempotency_keys(integer, integer, boolean, timestamptz) to service_role;
grant execute on function public.cleanup_error_log(integer, integer, boolean, timestamptz) to service_role;
