-- One index for each way in which ops look for errors, each with the time behind, so that a page is read in order and costs the
-- same on the first day and on the last. Rows of one instant are sorted by id as they are read (there are few), which saves the
-- eight bytes of the id in every entry. An endpoint has few codes: a list of one endpoint merges its codes (see list_errors),
-- and the same index answers endpoint and code together, which no two single indexes can.

do $$
begin
  if to_regclass('public.idx_error_code') is not null
    and pg_catalog.pg_get_indexdef('public.idx_error_code'::regclass) !~ 'created_at' then
    drop index public.idx_error_code;
  end if;
end $$;
create index if not exists idx_error_code on public.error_log (error_code, created_at);
create index if not exists error_log_endpoint_idx on public.error_log (endpoint, error_code, created_at);
create index if not exists error_log_fingerprint_idx on public.error_log (fingerprint, created_at) where fingerprint is not null;
create index if not exists error_log_language_idx on public.error_log (language, created_at) where language is not null;
create index if not exists error_log_request_idx on public.error_log using hash (request_id) where request_id is not null;
