-- One index for each way in which ops look for errors, each with the time behind, so that a page is read in order and costs the
-- same on the first day and on the last. Rows of one instant are sorted by id as they are read (there are few), which saves the
-- eight bytes of the id in every entry. An endpoint has few codes: a list of one endpoint merges its codes (see list_errors),
-- and the same index answers endpoint and code together, which no two single indexes can.
--
-- The time stands as `created_at at time zone 'UTC'`, and list_errors orders by the same words when it filters. An index on
-- created_at alone then does not give that order, so Postgres cannot fall for it: for a frequent code it would read the log from
-- its end, and when that code's outage is over, read on through all that came since.

do $$
begin
  if to_regclass('public.idx_error_code') is not null
    and pg_catalog.pg_get_indexdef('public.idx_error_code'::regclass) !~ 'UTC' then
    drop index public.idx_error_code;
  end if;
end $$;
create index if not exists idx_error_code on public.error_log (error_code, (created_at at time zone 'UTC'));
create index if not exists error_log_endpoint_idx on public.error_log (endpoint, error_code, (created_at at time zone 'UTC'));
create index if not exists error_log_fingerprint_idx on public.error_log (fingerprint, (created_at at time zone 'UTC')) where fingerprint is not null;
create index if not exists error_log_language_idx on public.error_log (language, (created_at at time zone 'UTC')) where language is not null;
create index if not exists error_log_request_idx on public.error_log using hash (request_id) where request_id is not null;
