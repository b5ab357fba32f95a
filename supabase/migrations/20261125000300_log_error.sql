-- How the app's server logs an error. It is called while something else has failed already, so it bends rather than refuses: an
-- unknown user does not cost the entry, nor does a lock on that user's row, and what is too large is kept by its start.

create or replace function public.log_error(
  p_error_code text, p_endpoint text, p_user_id uuid default null, p_request_id text default null, p_language text default null,
  p_status integer default null, p_request_data jsonb default null, p_error_details jsonb default null)
returns jsonb language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s' as $$
declare
  v_row public.error_log;
begin
  if p_error_code is null or btrim(p_error_code) = '' then
    raise exception 'p_error_code must not be blank' using errcode = '22023';
  elsif p_endpoint is null or btrim(p_endpoint) = '' then
    raise exception 'p_endpoint must not be blank' using errcode = '22023';
  elsif p_status not between 100 and 599 then
    raise exception 'p_status must be an HTTP status, got %', p_status using errcode = '22023';
  end if;
  v_row.error_code := btrim(p_error_code);
  v_row.endpoint := btrim(p_endpoint);
  v_row.request_data := vidops.capped_json(p_request_data);
  v_row.error_details := vidops.capped_json(p_error_details);
  begin
    insert into public.error_log (user_id, error_code, endpoint, request_id, language, status, request_data, error_details)
    values (p_user_id, v_row.error_code, v_row.endpoint, p_request_id, p_language, p_status, v_row.request_data, v_row.error_details)
    returning id, fingerprint into v_row.id, v_row.fingerprint;
  exception when foreign_key_violation or lock_not_available then
    -- The user was never there, is deleted, or is held by somebody who deletes it just now.
    v_row.error_details := case when jsonb_typeof(v_row.error_details) = 'object' then v_row.error_details
      when v_row.error_details is null then '{}' else jsonb_build_object('details', v_row.error_details) end
      || jsonb_build_object('unknown_user_id', p_user_id);
    insert into public.error_log (error_code, endpoint, request_id, language, status, request_data, error_details)
    values (v_row.error_code, v_row.endpoint, p_request_id, p_language, p_status, v_row.request_data, v_row.error_details)
    returning id, fingerprint into v_row.id, v_row.fingerprint;
  end;
  return jsonb_build_object('success', true, 'id', v_row.id::text, 'fingerprint', v_row.fingerprint);
end $$;

-- At most 64 KiB of JSON, or the start of it.
create or replace function vidops.capped_json(p_value jsonb)
returns jsonb language plpgsql immutable strict parallel safe set search_path = '' as $$
begin
  if octet_length(p_value::text) <= 65536 then
    return p_value;
  end if;
  return jsonb_build_object('too_large_bytes', octet_length(p_value::text), 'start', left(p_value::text, 4000));
end $$;

comment on function public.log_error(text, text, uuid, text, text, integer, jsonb, jsonb) is
  'Stores an error that a user met; returns its id and fingerprint. A user that is not there is kept in error_details.unknown_user_id. Data over 64 KiB is cut.';
revoke execute on function vidops.capped_json(jsonb) from public, anon, authenticated, service_role;
revoke execute on function public.log_error(text, text, uuid, text, text, integer, jsonb, jsonb) from public, anon, authenticated;
grant execute on function public.log_error(text, text, uuid, text, text, integer, jsonb, jsonb) to service_role;
