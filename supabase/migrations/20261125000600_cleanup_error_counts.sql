-- Counts go with the errors that they count: each batch takes those along whose errors are all gone, six hours at a time.

create or replace function public.cleanup_error_log(p_older_than_seconds integer default 7776000, p_batch_size integer default 50000, p_dry_run boolean default false, p_after timestamptz default null)
returns jsonb language plpgsql volatile security definer set search_path = '' as $$
declare
  v_answer jsonb;
begin
  if p_older_than_seconds = 0 then
    raise exception 'p_older_than_seconds must be positive' using errcode = '22023';
  end if;
  v_answer := vidops.delete_batch('public.error_log', 'created_at', p_older_than_seconds, p_batch_size, p_dry_run, p_after);
  if not p_dry_run and not (v_answer ->> 'busy')::boolean then
    -- From the six hours in which this batch began: spares what earlier batches left.
    delete from vidops.error_counts
    where span >= coalesce(p_after, '-infinity') - interval '6 hours'
      and span <= coalesce((v_answer ->> 'next_after')::timestamptz, (v_answer ->> 'cutoff')::timestamptz) - interval '6 hours';
  end if;
  return v_answer;
end $$;

comment on function public.cleanup_error_log(integer, integer, boolean, timestamptz) is
  'Deletes up to p_batch_size error rows older than p_older_than_seconds (90 days), and their counts, and says whether more are left.';
revoke execute on function public.cleanup_error_log(integer, integer, boolean, timestamptz) from public, anon, authenticated;
grant execute on function public.cleanup_error_log(integer, integer, boolean, timestamptz) to service_role;
