-- What limits no longer count goes, in batches as all retention: rows of clients that have been gone for a while, and reservations
-- with nothing left to give back. A row that somebody holds is in use again and is passed over, so cleanup never waits for a check
-- and no check for it twice: checks lock several rows in an order that is not that of their age.

create or replace function public.cleanup_rate_limit_state(p_older_than_seconds integer default 0, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_cutoff timestamptz := now() - make_interval(secs => p_older_than_seconds);
  v_count bigint;
  v_newest timestamptz;
begin
  if p_dry_run or p_older_than_seconds is null or p_older_than_seconds < 0 or p_batch_size is null or p_batch_size not between 1 and 100000 then
    return vidops.delete_batch('vidops.rate_limit_state', 'expires_at', p_older_than_seconds, p_batch_size, true, p_after);
  end if;
  perform set_config('synchronous_commit', 'off', true);
  with old as materialized (
    select s.ctid as place, s.expires_at from vidops.rate_limit_state s
    where s.expires_at >= coalesce(p_after, '-infinity') and s.expires_at < v_cutoff
    order by s.expires_at limit p_batch_size for update skip locked
  ), gone as (
    delete from vidops.rate_limit_state s using old where s.ctid = old.place
  )
  select count(*), max(old.expires_at) into v_count, v_newest from old;
  return jsonb_build_object('success', true, 'deleted', v_count, 'more', v_count = p_batch_size, 'busy', false, 'would_delete', null,
    'next_after', v_newest, 'cutoff', v_cutoff, 'batch_size', p_batch_size);
end $$;

create or replace function public.cleanup_rate_limit_reservations(p_older_than_seconds integer default 86400, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
begin
  return vidops.delete_batch('vidops.rate_limit_reservations', 'expires_at', p_older_than_seconds, p_batch_size, p_dry_run, p_after);
end $$;

comment on function public.cleanup_rate_limit_state(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size rows of limits that count nothing any more, p_older_than_seconds (0) after they expired, and says whether more are left.';
comment on function public.cleanup_rate_limit_reservations(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size reservations that have nothing left to give back, p_older_than_seconds (a day) after they expired, and says whether more are left.';
revoke execute on function public.cleanup_rate_limit_state(integer, integer, boolean, timestamptz) from public, anon, authenticated;
revoke execute on function public.cleanup_rate_limit_reservations(integer, integer, boolean, timestamptz) from public, anon, authenticated;
grant execute on function public.cleanup_rate_limit_state(integer, integer, boolean, timestamptz) to service_role;
grant execute on function public.cleanup_rate_limit_reservations(integer, integer, boolean, timestamptz) to service_role;
