-- Retention. One call deletes one bounded batch in its own transaction, oldest first, and says whether more is left: it can be
-- stopped at any time and run again, and two at once skip each other's rows. The ledger and the audit have no such function.

create or replace function vidops.delete_batch(p_table regclass, p_column text, p_older_than_seconds integer, p_batch_size integer, p_dry_run boolean)
returns jsonb language plpgsql volatile set search_path = '' as $$
declare
  v_cutoff timestamptz;
  v_count bigint;
begin
  if p_older_than_seconds is null or p_older_than_seconds < 0 then
    raise exception 'p_older_than_seconds must be a positive number of seconds, got %', coalesce(p_older_than_seconds::text, 'null') using errcode = '22023';
  elsif p_batch_size is null or p_batch_size not between 1 and 100000 then
    raise exception 'p_batch_size must be between 1 and 100000, got %', coalesce(p_batch_size::text, 'null') using errcode = '22023';
  end if;
  v_cutoff := now() - make_interval(secs => p_older_than_seconds);

  if p_dry_run then
    execute format('select count(*) from %s where %I < $1', p_table, p_column) into v_count using v_cutoff;
    return jsonb_build_object('success', true, 'deleted', 0, 'more', v_count > 0, 'would_delete', v_count, 'cutoff', v_cutoff, 'batch_size', p_batch_size);
  end if;

  execute format(
    'with doomed as materialized (select ctid from %1$s where %2$I < $1 order by %2$I limit $2 for update skip locked)
     delete from %1$s t using doomed where t.ctid = doomed.ctid', p_table, p_column)
  using v_cutoff, p_batch_size;
  get diagnostics v_count = row_count;
  return jsonb_build_object('success', true, 'deleted', v_count, 'more', v_count = p_batch_size, 'would_delete', null, 'cutoff', v_cutoff, 'batch_size', p_batch_size);
end $$;
revoke execute on function vidops.delete_batch(regclass, text, integer, integer, boolean) from public, anon, authenticated, service_role;

create or replace function public.cleanup_rate_limit_logs(p_older_than_seconds integer default 604800, p_batch_size integer default 10000, p_dry_run boolean default false)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  return vidops.delete_batch('public.rate_limit_log', 'created_at', p_older_than_seconds, p_batch_size, p_dry_run);
end $$;

create or replace function public.cleanup_expired_idempotency_keys(p_older_than_seconds integer default 0, p_batch_size integer default 10000, p_dry_run boolean default false)
returns jsonb language sql volatile security definer set search_path = '' as $$
  select vidops.delete_batch('public.idempotency_log', 'expires_at', p_older_than_seconds, p_batch_size, p_dry_run);
$$;

create or replace function public.cleanup_error_log(p_older_than_seconds integer default 7776000, p_batch_size integer default 10000, p_dry_run boolean default false)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  return vidops.delete_batch('public.error_log', 'created_at', p_older_than_seconds, p_batch_size, p_dry_run);
end $$;

comment on function public.cleanup_rate_limit_logs(integer, integer, boolean) is
  'Deletes up to p_batch_size rate-limit rows older than p_older_than_seconds (7 days) and says whether more are left.';
comment on function public.cleanup_expired_idempotency_keys(integer, integer, boolean) is
  'Deletes up to p_batch_size keys that expired more than p_older_than_seconds (0) ago and says whether more are left. Refund keys live elsewhere.';
comment on function public.cleanup_error_log(integer, integer, boolean) is
  'Deletes up to p_batch_size error rows older than p_older_than_seconds (90 days) and says whether more are left.';

revoke execute on function public.cleanup_rate_limit_logs(integer, integer, boolean) from public, anon, authenticated;
revoke execute on function public.cleanup_expired_idempotency_keys(integer, integer, boolean) from public, anon, authenticated;
revoke execute on function public.cleanup_error_log(integer, integer, boolean) from public, anon, authenticated;
grant execute on function public.cleanup_rate_limit_logs(integer, integer, boolean) to service_role;
grant execute on function public.cleanup_expired_idempotency_keys(integer, integer, boolean) to service_role;
grant execute on function public.cleanup_error_log(integer, integer, boolean) to service_role;
